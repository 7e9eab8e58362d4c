"""Gets updates for ever. An outage, a flood or a second poller only makes it wait."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from telegram import Bot, Update
from telegram.error import Conflict, TelegramError, TimedOut

from bot.chat.wire import FloodWaitError

_log = logging.getLogger(__name__)

#: How long the server may hold a poll. With the transport's read timeout on top, a dead
#: connection is noticed within 15 s.
LONG_POLL_SECONDS = 10

#: Longest wait for the handlers of a batch. What changes state is in the store within the same turn of
#: the loop; what takes longer only looks, and a later /stop must not wait for it.
HANDLED_S = 1.0
#: Update numbers remembered: what is listed twice is handled once.
REMEMBERED = 1_000
#: The owner hears of a second poller so often.
CONFLICT_EVERY_S = 600.0
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
        deliver: Handles one update to its end; must not raise.
        on_conflict: Told, once in a while, that another program polls with this token.
        on_reached: Told when a poll goes well after one that did not.
        retry_s: First wait after a failure; doubles up to ``retry_max_s``.
        retry_max_s: Longest wait, seconds.
    """

    def __init__(
        self,
        bot: Bot,
        deliver: Callable[[Update], Awaitable[None]],
        on_conflict: Callable[[], None],
        *,
        on_reached: Callable[[], None] = lambda: None,
        retry_s: float = 0.5,
        retry_max_s: float = 2.5,
    ) -> None:
        self._bot = bot
        self._deliver = deliver
        self._on_conflict = on_conflict
        self._on_reached = on_reached
        self._retry_s = retry_s
        self._retry_max_s = retry_max_s
        self._offset = 0
        self._failures = 0
        self._conflict_told_at: float | None = None
        self._read: OrderedDict[int, None] = OrderedDict()
        self._conflict_at: float | None = None
        self._heard_at: float | None = None

    @property
    def heard_at(self) -> float | None:
        """When a poll last ended without an error, loop seconds; None before the first."""
        return self._heard_at

    @property
    def in_conflict(self) -> bool:
        """Whether another program polled with this token a moment ago; the two take turns."""
        if self._conflict_at is None:
            return False
        return asyncio.get_running_loop().time() - self._conflict_at < CONFLICT_LASTS_S

    async def run(self) -> None:
        """Poll until cancelled. Nothing that Telegram does ends it."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                wait = await self._poll_once(tasks)
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

    async def _poll_once(self, tasks: asyncio.TaskGroup) -> float:
        """Get one batch and return the seconds to wait before the next."""
        try:
            updates = await self._bot.get_updates(
                offset=self._offset,
                # After a failure the server is not to hold it: what waits to be said waits for its answer.
                timeout=0 if self._failures else LONG_POLL_SECONDS,
                allowed_updates=ALLOWED_UPDATES,
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
            self._on_reached()
        self._failures = 0
        self._heard_at = asyncio.get_running_loop().time()
        if updates:
            await self._handle(updates, tasks)
        return 0.0

    async def _handle(self, updates: Sequence[Update], tasks: asyncio.TaskGroup) -> None:
        """Handle what was not read before, in its order; only then is it acknowledged.

        The next poll acknowledges: what a command changes is in the store by then, so that a kill
        in between brings the command again instead of losing it.
        """
        new = sorted((u for u in updates if u.update_id not in self._read), key=_number)
        for update in new:
            self._read[update.update_id] = None
        while len(self._read) > REMEMBERED:
            self._read.popitem(last=False)
        handled = [tasks.create_task(self._handle_one(u)) for u in _each_once(new)]
        if handled:
            await asyncio.wait(handled, timeout=HANDLED_S)
        self._offset = max(map(_number, updates)) + 1

    async def _handle_one(self, update: Update) -> None:
        await self._deliver(update)

    def _backoff(self) -> float:
        wait: float = min(self._retry_max_s, self._retry_s * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return wait

    def _note_conflict(self) -> None:
        self._conflict_at = now = asyncio.get_running_loop().time()
        told_at = self._conflict_told_at
        # Between two conflicts polls succeed: the other one is the same all the same.
        if told_at is None or now - told_at > CONFLICT_EVERY_S:
            self._conflict_told_at = now
            # The chat may not be read while another program takes the messages: said here as well.
            _log.error(
                "another program polls with this bot token, perhaps a second copy of this one - stop"
                " it; to stop entries meanwhile: copytrader kill",
                extra={"action": "chat_poll"},
            )
            self._on_conflict()


def _number(update: Update) -> int:
    return update.update_id


def _each_once(updates: Iterable[Update]) -> list[Update]:
    return list({update.update_id: update for update in updates}.values())
