"""Reading what accounts have: each minute, beside the books, and never twice as fast for a fault."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from engine.attention import FUNDS_CLOSED_S, FUNDS_OPEN_S, funds_every_s
from engine.core.risk.scale import READING_AGE, sized_by_funds
from engine.core.values.calendar import Calendar
from engine.core.values.events import Event, FundsRead
from engine.core.values.market import MASTER
from engine.core.values.orders import Funds
from engine.core.values.rules import Sizing
from engine.errors import BrokerUnavailable, RateLimited, SessionExpired
from engine.funds_reader import FundsReader
from engine.funds_watch import AFTER_FAULT_S, FundsWatch
from tests.core.core_world import FATHER, MORNING, MOTHER, World, a_follower
from tests.engine_shell.shell_world import ManualClock, settle

MONEY = Funds(equity=Decimal(100), commodity=Decimal(0))
ALWAYS = Calendar(holidays=frozenset(), always_open=True)
CLOSED = MORNING.replace(hour=3)


@dataclass
class Desk:
    """One account whose funds are read; the answer may wait, or be an error."""

    clock: ManualClock = field(default_factory=ManualClock)
    every_s: float | None = FUNDS_OPEN_S
    error: Exception | None = None
    asked: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def funds(self) -> Funds:
        self.asked.append(self.clock.monotonic())
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return MONEY

    async def let_pass(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.clock.pass_time(1.0)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    desk.answers.set()
    watch = FundsWatch(
        FATHER,
        FundsReader(desk, clock=desk.clock),
        clock=desk.clock,
        every_s=lambda: desk.every_s,
        offer=desk.events.append,
    )
    desk.forget = watch.forget
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        await settle()
        yield desk
        task.cancel()


async def test_it_is_read_at_a_start_and_then_every_minute(desk):
    await desk.let_pass(180)
    assert desk.asked == [0, 60, 120, 180]
    first = desk.events[0]
    assert first == FundsRead(account=FATHER, funds=MONEY, asked_at=MORNING, at=MORNING)


async def test_nobody_is_read_who_is_not_sized_by_it_and_at_once_when_he_is(desk):
    await desk.let_pass(1)
    desk.every_s = None
    desk.forget()
    await desk.let_pass(300)
    assert desk.asked == [0]
    desk.every_s = FUNDS_OPEN_S
    await desk.let_pass(1)
    assert desk.asked == [0, 302]


async def test_a_login_has_it_read_at_once(desk):
    await desk.let_pass(5)
    desk.forget()
    await desk.let_pass(1)
    assert desk.asked == [0, 6]


@pytest.mark.parametrize("error", [BrokerUnavailable("down"), SessionExpired("dead")])
async def test_a_failed_read_tells_nothing_and_is_tried_again_a_little_later(desk, error):
    desk.error = error
    await desk.let_pass(61)
    assert len(desk.events) == 1
    await desk.let_pass(30)
    desk.error = None
    await desk.let_pass(20)
    apart = desk.asked[2] - desk.asked[1]
    assert AFTER_FAULT_S <= apart <= AFTER_FAULT_S + 2
    assert len(desk.events) == 2


async def test_a_limit_of_reads_in_a_second_is_waited_for_and_no_longer(desk):
    desk.error = RateLimited("too many requests")
    await desk.let_pass(61)
    desk.error = None
    await desk.let_pass(3)
    assert len(desk.events) == 2


async def test_an_answer_that_takes_long_is_as_old_as_its_question(desk):
    desk.answers.clear()
    desk.forget()
    await desk.let_pass(8)
    desk.answers.set()
    await settle()
    event = desk.events[-1]
    assert (event.at - event.asked_at).total_seconds() == 7


def test_only_who_is_sized_by_it_is_read_and_the_master_then():
    world = World(a_follower(), a_follower("mother", sizing=Sizing.EQUITY))
    assert sized_by_funds(world.state) == {MOTHER, MASTER}
    assert sized_by_funds(World().state) == frozenset()
    every = {
        name: funds_every_s(world.state, name, ALWAYS, now=world.now)
        for name in (MASTER, FATHER, MOTHER)
    }
    assert every == {MASTER: FUNDS_OPEN_S, FATHER: None, MOTHER: FUNDS_OPEN_S}
    world.lose_session(MOTHER)
    assert funds_every_s(world.state, MOTHER, ALWAYS, now=world.now) is None


def test_before_the_open_it_is_read_so_often_that_the_first_order_finds_it():
    world = World(a_follower(sizing=Sizing.EQUITY))
    trading = Calendar(holidays=frozenset(), always_open=False)
    assert funds_every_s(world.state, FATHER, trading, now=CLOSED) == FUNDS_CLOSED_S
    assert READING_AGE.total_seconds() > FUNDS_CLOSED_S
