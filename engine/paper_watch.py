"""What paper accounts need by themselves: time that passes, and what their real accounts may spend."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.state.state import State
from engine.core.values.market import AccountName, Venue
from engine.core.values.orders import Funds
from engine.errors import BrokerError
from engine.funds_reader import FundsReader

_log = logging.getLogger(__name__)

#: Seconds between looks after paper orders: DAY orders end, waiting ones are named.
LOOK_S = 1.0
#: Between attempts to read funds that could not be read.
RETRY = timedelta(seconds=30)
#: Longest time one read of funds may take, seconds.
TIMEOUT_S = 10.0


class Passing(Protocol):
    """A paper account, as far as time is concerned."""

    def pass_time(self) -> None:
        """Do what is due by now."""
        ...


class PaperWatch:
    """Looks after all paper accounts.

    Funds are read once a trading day, from the follower's own account where it has a session: what he
    could spend for real is what he may spend on paper.
    """

    def __init__(
        self,
        venues: Mapping[AccountName, Passing],
        readers: Mapping[AccountName, FundsReader],
        *,
        clock: Clock,
        state: Callable[[], State],
    ) -> None:
        self._venues = venues
        self._readers = readers
        self._clock = clock
        self._state = state
        self._funds: dict[AccountName, tuple[date, Funds]] = {}
        self._tried: dict[AccountName, datetime] = {}

    def funds(self, name: AccountName) -> Funds | None:
        """Return what an account may spend today in rupees, before paper orders; None while not known."""
        known = self._funds.get(name)
        if known is None or known[0] != trading_day_of(self._clock.now()):
            return None
        return known[1]

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as reads:
            while True:
                for name, venue in self._venues.items():
                    venue.pass_time()
                    if self._wants_funds(name):
                        self._tried[name] = self._clock.now()
                        reads.create_task(self._read(name))
                await self._clock.sleep(LOOK_S)

    def _wants_funds(self, name: AccountName) -> bool:
        state, tried = self._state(), self._tried.get(name)
        if state.venue is not Venue.PAPER or not state.account(name).session_ok:
            return False
        waited = tried is None or self._clock.now() - tried >= RETRY
        return waited and self.funds(name) is None

    async def _read(self, name: AccountName) -> None:
        reader = self._readers.get(name)
        if reader is None:  # removed meanwhile
            return
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await reader.read(max_age_s=RETRY.total_seconds())
        except (BrokerError, TimeoutError) as error:
            _log.info(
                "funds not read",
                extra={"action": "paper_funds", "account": name, "why": str(error)},
            )
            return
        self._funds[name] = trading_day_of(self._clock.now()), found.funds
