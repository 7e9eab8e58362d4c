"""Draws what people asked to see, beside everything else, and leaves it in the outbox."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from bot.chat.message import Message
from bot.chat.outbox import Outbox
from bot.pictures.renderer import PictureFailed
from bot.pictures.values import Picture

_log = logging.getLogger(__name__)

#: Turns a picture into a PNG; raises PictureFailed.
Draw = Callable[[Picture], Awaitable[bytes]]
#: Pictures that may wait; whoever asks for more is answered by text at once.
MOST_WAITING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    chats: tuple[int, ...]
    picture: Picture
    message: Message
    instead: Message
    message_id: int | None


class PictureDesk:
    """Takes orders for pictures and returns at once; every order is answered, if only by its text.

    Args:
        outbox: Where pictures and texts go.

    Attributes:
        draw: Draws one; while there is none, every order is answered by text.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.draw: Draw | None = None
        self._outbox = outbox
        self._orders: asyncio.Queue[_Order] = asyncio.Queue(MOST_WAITING)

    def show(
        self,
        chats: tuple[int, ...],
        picture: Picture,
        message: Message,
        *,
        instead: Message | None = None,
        message_id: int | None = None,
    ) -> None:
        """Show a picture with a text below it.

        Args:
            chats: Where; drawn once for all of them.
            picture: What.
            message: What it says, in words: the caption.
            instead: All there is where it cannot be drawn or shown; the caption if not given.
            message_id: The message of ours, in the only chat, that it takes the place of.
        """
        order = _Order(
            chats=chats,
            picture=picture,
            message=message,
            instead=instead or message,
            message_id=message_id,
        )
        if self.draw is None:
            self._say(order)
            return
        try:
            self._orders.put_nowait(order)
        except asyncio.QueueFull:
            self._say(order)

    async def run(self) -> None:
        """Draw until cancelled."""
        order: _Order | None = None
        try:
            while True:
                order = await self._orders.get()
                await self._serve(order)
                order = None
        finally:
            # The program ends: words can still be said.
            for left in (order, *self._left()):
                if left is not None:
                    self._say(left)

    async def _serve(self, order: _Order) -> None:
        if self.draw is None:
            self._say(order)
            return
        try:
            png = await self.draw(order.picture)
        except PictureFailed as error:
            _log.info("text for a picture", extra={"action": "picture", "reason": str(error)})
            self._say(order)
        except Exception as error:  # noqa: BLE001 - one picture must not end the chat
            _log.error(
                "picture failed",
                extra={"action": "picture", "reason": type(error).__name__},
                exc_info=error,
            )
            self._say(order)
        else:
            for chat_id in order.chats:
                self._outbox.photo(
                    chat_id,
                    png,
                    order.message,
                    instead=order.instead,
                    message_id=order.message_id,
                )

    def _left(self) -> Iterator[_Order]:
        while not self._orders.empty():
            yield self._orders.get_nowait()

    def _say(self, order: _Order) -> None:
        for chat_id in order.chats:
            if order.message_id is None:
                self._outbox.reply(chat_id, order.instead)
            else:
                self._outbox.edit(chat_id, order.message_id, order.instead)
