"""What looks after paper accounts: time passes for them, and funds are read once a day where somebody is logged in."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.state.state import State
from engine.core.values.market import AccountName, Venue
from engine.core.values.orders import Funds
from engine.errors import BrokerUnavailable
from engine.funds_reader import FundsReader
from engine.paper_watch import RETRY, PaperWatch
from tests.engine_shell.shell_world import ManualClock, settle

FATHER = AccountName("father")
RICH = Funds(equity=Decimal(100), commodity=Decimal(50))


class Account:
    """A paper account that counts its looks, and the real one behind it."""

    def __init__(self) -> None:
        self.looks = self.reads = 0
        self.fails = False

    def pass_time(self) -> None:
        self.looks += 1

    async def funds(self) -> Funds:
        self.reads += 1
        if self.fails:
            raise BrokerUnavailable("Kite answered 503")
        return RICH


class Watched:
    def __init__(self) -> None:
        self.clock, self.account, self.state = ManualClock(), Account(), State()
        self.state.venue = Venue.PAPER
        self.watch = PaperWatch(
            {FATHER: self.account}, {FATHER: FundsReader(self.account, clock=self.clock)},
            clock=self.clock, state=lambda: self.state,
        )  # fmt: skip

    async def wait(self, seconds: float) -> None:
        """Let so much time pass, look by look."""
        for _ in range(round(seconds)):
            await self.clock.pass_time(1.0)


@asynccontextmanager
async def watching(*, venue: Venue = Venue.PAPER, logged_in: bool = True, fails: bool = False):
    world = Watched()
    world.state.venue, world.account.fails = venue, fails
    world.state.account(FATHER).session_ok = logged_in
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.watch.run())
        await settle()
        yield world
        task.cancel()


async def test_time_passes_every_second():
    async with watching() as watched:
        before = watched.account.looks
        await watched.wait(5)
        assert watched.account.looks == before + 5


async def test_funds_are_read_once_a_day_and_are_of_that_day():
    async with watching() as watched:
        await watched.wait(60)
        assert watched.account.reads == 1
        assert watched.watch.funds(FATHER) == RICH
        watched.clock.set(watched.clock.now() + timedelta(days=1))
        assert watched.watch.funds(FATHER) is None, "yesterday's say nothing"
        await watched.wait(2)
        assert watched.account.reads == 2


async def test_a_read_that_fails_is_tried_again_after_a_while_and_not_before():
    async with watching(fails=True) as watched:
        await watched.wait(RETRY.total_seconds() - 2)
        assert watched.account.reads == 1
        assert watched.watch.funds(FATHER) is None
        watched.account.fails = False
        await watched.wait(4)
        assert watched.account.reads == 2
        assert watched.watch.funds(FATHER) == RICH


@pytest.mark.parametrize(("venue", "logged_in"), [(Venue.LIVE, True), (Venue.PAPER, False)])
async def test_nothing_is_read_in_live_nor_without_a_session(venue, logged_in):
    async with watching(venue=venue, logged_in=logged_in) as watched:
        await watched.wait(5)
        assert watched.account.reads == 0
