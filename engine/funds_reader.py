"""Reads what one account may spend, for everybody who asks: sizing, margins of baskets, and paper accounts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from engine.clock import Clock
from engine.core.values.orders import Funds
from engine.ports import AccountReader


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsReading:
    """What an account had when it was asked, and when that was; ``began`` in seconds of the monotonic clock."""

    funds: Funds
    asked_at: datetime
    at: datetime
    began: float


class FundsReader:
    """One account's ``/user/margins``: one request at a time, and one answer for all whom it is young enough.

    Kite takes ten requests a second for all that an account is asked, so what was just read is not read again.
    """

    def __init__(self, reader: AccountReader, *, clock: Clock) -> None:
        """Prepare; nothing is read yet."""
        self._reader = reader
        self._clock = clock
        self._newest: FundsReading | None = None
        self._asks = asyncio.Lock()

    def forget(self) -> None:
        """Take no earlier answer: the session is another one."""
        self._newest = None

    async def read(self, *, max_age_s: float) -> FundsReading:
        """Return a reading that was begun no longer than so many seconds before this call.

        Raises:
            BrokerError: It was asked and not told. Nobody is told an older one instead.
        """
        since = self._clock.monotonic() - max_age_s
        async with self._asks:
            known = self._newest
            if known is not None and known.began >= since:
                return known
            began, asked_at = self._clock.monotonic(), self._clock.now()
            funds = await self._reader.funds()
            found = FundsReading(funds=funds, asked_at=asked_at, at=self._clock.now(), began=began)
            self._newest = found
            return found
