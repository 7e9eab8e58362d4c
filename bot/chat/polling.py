"""Gets updates for ever. An outage, a flood or a second poller only makes it wait."""

import asyncio
import logging
from collections.abc import Callable

from telegram import Bot, Update
from telegram.error import Conflict, TelegramError, TimedOut

from bot.chat.wire import FloodWaitError

_log = logging.getLogger(__name__)

#: How long the server may hold a poll. With the transport's read timeout on top, a dead
#: connection is noticed within 15 s.
LONG_POLL_SECONDS = 10

#: How long after a conflict the token counts as shared: two pollers throw each other out in turns, at
#: most one long poll apart.
CONFLICT_LASTS_S = 60.0

#: The only kinds that are asked for; the gate refuses all others as well.
ALLOWED_UPDATES = ("message", "callback_query")


class Polling:
    """The long poll of one bot.

    The library's own updater is not used: one 401 or 404, as a restarting server or a proxy gives,
    ends its private task for good, and nobody learns of it.

    Args:
        bot: The library's client.
        deliver: Takes each update; must not wait.
        on_conflict: Told once per conflict that another program polls with this token.
        retry_s: First wait after a failure; doubles up to ``retry_max_s``.
        retry_max_s: Longest wait, seconds.
    """

    def __init__(
        self,
        bot: Bot,
        deliver: Callable[[Update], None],
        on_conflict: Callable[[], None],
        *,
        retry_s: float = 0.5,
        retry_max_s: float = 2.5,
    ) -> None:
        self._bot = bot
        self._deliver = deliver
        self._on_conflict = on_conflict
        self._retry_s = retry_s
        self._retry_max_s = retry_max_s
        self._offset = 0
        self._failures = 0
        self._in_conflict = False
        self._conflict_at: float | None = None

    @property
    def in_conflict(self) -> bool:
        """Whether another program polled with this token a moment ago; the two take turns."""
        if self._conflict_at is None:
            return False
        return asyncio.get_running_loop().time() - self._conflict_at < CONFLICT_LASTS_S

    async def run(self) -> None:
        """Poll until cancelled. Nothing that Telegram does ends it."""
        while True:
            wait = await self._poll_once()
            if wait:
                await asyncio.sleep(wait)

    async def acknowledge(self) -> None:
        """Tell the server what was read, so that a restart does not get it again; best effort."""
        try:
            await self._bot.get_updates(
                offset=self._offset, timeout=0, allowed_updates=ALLOWED_UPDATES
            )
        except TelegramError as error:
            _log.info(
                "last updates not acknowledged",
                extra={"action": "chat_poll", "reason": type(error).__name__},
            )

    async def _poll_once(self) -> float:
        """Get one batch and return the seconds to wait before the next."""
        try:
            updates = await self._bot.get_updates(
                offset=self._offset, timeout=LONG_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
            )
        except FloodWaitError as wait:
            return wait.seconds
        except Conflict:
            self._note_conflict()
            return self._backoff()
        except Exception as error:  # noqa: BLE001 - nothing that comes over the wire ends the poll
            if self._failures == 0:
                # The text of InvalidToken holds the token: only the kind is logged.
                _log.warning(
                    "telegram not reached, trying again",
                    extra={"action": "chat_poll", "reason": type(error).__name__},
                )
            wait_s = self._backoff()
            return 0.0 if isinstance(error, TimedOut) and self._failures == 1 else wait_s
        if self._failures:
            _log.info("telegram reached again", extra={"action": "chat_poll"})
        self._failures = 0
        self._in_conflict = False
        for update in updates:
            self._offset = update.update_id + 1
            self._deliver(update)
        return 0.0

    def _backoff(self) -> float:
        wait: float = min(self._retry_max_s, self._retry_s * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return wait

    def _note_conflict(self) -> None:
        self._conflict_at = asyncio.get_running_loop().time()
        if not self._in_conflict:
            self._in_conflict = True
            # The chat may not be read while another program takes the messages: said here as well.
            _log.error(
                "another program polls with this bot token, perhaps a second copy of this one - stop"
                " it; to stop entries meanwhile: copytrader kill",
                extra={"action": "chat_poll"},
            )
            self._on_conflict()
