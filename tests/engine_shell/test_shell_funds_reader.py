"""One reading of an account's funds for all who ask: one request, as long as its answer is young enough."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from engine.core.values.events import Event
from engine.core.values.orders import Funds
from engine.errors import BrokerUnavailable
from engine.funds_reader import FundsReader
from engine.funds_watch import FundsWatch
from engine.margin_desk import MarginDesk
from tests.core.core_world import FATHER
from tests.engine_shell.shell_world import ManualClock, settle
from tests.engine_shell.test_shell_margin_desk import a_question


@dataclass
class Kite:
    """An account that counts how often it is asked."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    asked: int = 0

    async def funds(self) -> Funds:
        self.asked += 1
        told = Funds(equity=Decimal(self.asked), commodity=Decimal(0))
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return told

    async def basket_margin(self, legs, *, timeout_s: float) -> Decimal:
        return Decimal(60)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def kite():
    found = Kite()
    found.answers.set()
    return found


@pytest.mark.parametrize(("age", "asked"), [(9.9, 2), (10, 1), (60, 1)])
async def test_an_answer_serves_whoever_takes_it_as_old_as_it_is(clock, kite, age, asked):
    reader = FundsReader(kite, clock=clock)
    await reader.read(max_age_s=0)
    await clock.pass_time(10)
    found = await reader.read(max_age_s=age)
    assert (kite.asked, found.funds.equity) == (asked, asked)


async def test_who_asks_while_a_request_is_under_way_waits_for_its_answer(clock, kite):
    kite.answers.clear()
    reader = FundsReader(kite, clock=clock)
    async with asyncio.TaskGroup() as group:
        asks = [group.create_task(reader.read(max_age_s=age)) for age in (30, 1, 0)]
        await settle()
        kite.answers.set()
    assert kite.asked == 1
    assert {each.result().funds.equity for each in asks} == {1}


async def test_another_session_and_a_failed_read_leave_nothing_to_be_told(clock, kite):
    reader = FundsReader(kite, clock=clock)
    await reader.read(max_age_s=60)
    reader.forget()
    kite.error = BrokerUnavailable("down")
    with pytest.raises(BrokerUnavailable):
        await reader.read(max_age_s=60)
    kite.error = None
    assert (await reader.read(max_age_s=60)).funds.equity == 3


async def test_two_baskets_at_once_and_a_follower_sized_by_funds_are_one_request(clock, kite):
    reader, events = FundsReader(kite, clock=clock), list[Event]()
    desk = MarginDesk({FATHER: kite}, funds={FATHER: reader}, clock=clock, offer=events.append)
    watch = FundsWatch(FATHER, reader, clock=clock, every_s=lambda: 60.0, offer=events.append)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(desk.run())]
        desk.ask([a_question(FATHER), a_question(FATHER)])
        await settle()
        tasks.append(group.create_task(watch.run()))
        await settle()
        for task in tasks:
            task.cancel()
    assert (kite.asked, len(events)) == (1, 3)


async def test_a_basket_is_not_told_what_was_free_before_it_was_asked(clock, kite):
    reader, events = FundsReader(kite, clock=clock), list[Event]()
    desk = MarginDesk({FATHER: kite}, funds={FATHER: reader}, clock=clock, offer=events.append)
    await reader.read(max_age_s=60)
    await clock.pass_time(0.2)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(desk.run())
        desk.ask([a_question(FATHER)])
        await settle()
        task.cancel()
    assert events[0].funds.equity == 2
