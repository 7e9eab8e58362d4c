"""Reads what an account has, for followers who are sized by it: beside the books, never before them."""

import logging
from collections.abc import Callable

from engine.clock import Clock
from engine.core.values.events import Event, FundsRead
from engine.core.values.market import AccountName
from engine.errors import BrokerError, RateLimited
from engine.funds_reader import FundsReader

_log = logging.getLogger(__name__)

#: Pause between two looks whether a read is due; what a login or a start waits at most.
LOOK_S = 1.0
#: Pause after a read that failed. Kite often does not tell margins between midnight and the early morning.
AFTER_FAULT_S = 15.0


class FundsWatch:
    """Reads one account's funds again and again while somebody is sized by them.

    A task of its own, since Kite may take seconds for an answer and the order book must not wait for it.
    Whether a session is dead is for the reads of the book to say.
    """

    def __init__(
        self,
        account: AccountName,
        reader: FundsReader,
        *,
        clock: Clock,
        every_s: Callable[[], float | None],
        offer: Callable[[Event], None],
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            account: Whose funds.
            reader: Reads them, or has just done so for somebody else.
            clock: Dates them, and waits.
            every_s: Seconds between reads now; None where nothing is to be read.
            offer: Takes what was read.
        """
        self._account = account
        self._reader = reader
        self._clock = clock
        self._every_s = every_s
        self._offer = offer
        self._read_at: float | None = None

    def forget(self) -> None:
        """Read anew at the next look: the session or the state is another one."""
        self._read_at = None
        self._reader.forget()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            every_s = self._every_s()
            if every_s is not None and self._is_due(every_s):
                await self._read(every_s)
            await self._clock.sleep(LOOK_S)

    def _is_due(self, every_s: float) -> bool:
        return self._read_at is None or self._clock.monotonic() - self._read_at >= every_s

    async def _read(self, every_s: float) -> None:
        try:
            found = await self._reader.read(max_age_s=max(0.0, every_s - LOOK_S))
        except RateLimited as error:
            # At a start everything is read at once; it says nothing against the account.
            await self._clock.sleep(error.retry_after.total_seconds())
            return
        except BrokerError as error:
            _log.warning(
                "read failed",
                extra={"action": "read funds", "account": self._account, "why": str(error)},
            )
            await self._clock.sleep(AFTER_FAULT_S)
            return
        self._read_at = found.began
        self._offer(
            FundsRead(
                account=self._account, funds=found.funds, asked_at=found.asked_at, at=found.at
            )
        )
