"""The status card edits itself while it is the newest message of its chat.

In memory only: after a restart nobody knows what was said since, so no card of before is touched.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.message import Message

_log = logging.getLogger(__name__)

#: However little has changed, a card shows so often that it is alive, seconds.
ALIVE_EVERY_S = 60.0


@dataclass(slots=True, kw_only=True)
class _Live:
    message_id: int
    said: str
    at: float


class LiveCards:
    """Knows the newest message of each chat, and whether it is a card that is kept up to date."""

    def __init__(self) -> None:
        #: Our own newest message, as long as the person has said nothing after it.
        self._newest: dict[int, int] = {}
        self._live: dict[int, _Live] = {}

    def said(self, chat_id: int, message_id: int) -> None:
        """Note a message of ours: a card above it stands still from now on; an edit of an older one is none."""
        if message_id > self._newest.get(chat_id, 0):
            self._newest[chat_id] = message_id
            self._live.pop(chat_id, None)

    def heard(self, chat_id: int) -> None:
        """Note a message of the person's: whatever is above it stands still from now on."""
        self._newest.pop(chat_id, None)
        self._live.pop(chat_id, None)

    def shows(self, chat_id: int, message_id: int, *, at: float) -> None:
        """Note that a message has become such a card; only the newest one counts."""
        if message_id and self._newest.get(chat_id) == message_id:
            self._live[chat_id] = _Live(message_id=message_id, said="", at=at)

    def drop(self, chat_id: int, message_id: int) -> None:
        """Leave a card alone: it is gone."""
        if self.is_live(chat_id, message_id):
            del self._live[chat_id]

    def is_live(self, chat_id: int, message_id: int) -> bool:
        """Return whether the card of this message may still be touched."""
        live = self._live.get(chat_id)
        return live is not None and live.message_id == message_id

    def due(self, chat_id: int, gist: str, *, at: float) -> int | None:
        """Return the message to be drawn anew: what it says has changed, or it was long ago; else None."""
        live = self._live.get(chat_id)
        if live is None:
            return None
        if live.said and live.said == gist and at - live.at < ALIVE_EVERY_S:
            return None
        live.said, live.at = gist, at
        return live.message_id

    @property
    def chats(self) -> tuple[int, ...]:
        """The chats that have such a card."""
        return tuple(self._live)


async def keep_up(
    cards: LiveCards,
    draw: Callable[[int], tuple[Message, str] | None],
    edit: Callable[[int, int, Message], None],
    *,
    every_s: float,
) -> None:
    """Draw the cards anew until cancelled.

    Args:
        cards: Which there are.
        draw: Returns the card of a chat as it is now, and what of it is worth an edit; None where
            nobody may see it any more.
        edit: Takes the edit of a message; nothing is awaited here.
        every_s: The least time between two edits of one card.
    """
    while True:
        await asyncio.sleep(every_s)
        for chat_id in cards.chats:
            try:
                drawn = draw(chat_id)
            except Exception as error:  # noqa: BLE001 - one card must not end the chat, nor be tried for ever
                _log.error(
                    "status card not drawn",
                    extra={"action": "chat_card", "reason": type(error).__name__},
                    exc_info=error,
                )
                drawn = None
            if drawn is None:
                cards.heard(chat_id)
                continue
            message, gist = drawn
            due = cards.due(chat_id, gist, at=asyncio.get_running_loop().time())
            if due is not None:
                edit(chat_id, due, message)
