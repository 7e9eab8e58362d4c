"""Asking for margins: each account by itself, one request at a time, and a failure is an answer too."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from engine.core.values import records as r
from engine.core.values.events import Event, MarginAnswered
from engine.core.values.keys import Key
from engine.core.values.margins import MarginLeg, MarginQuestion
from engine.core.values.market import AccountName, OrderId, OrderType, Product, Side, Venue
from engine.core.values.orders import Funds
from engine.errors import BrokerUnavailable
from engine.funds_reader import FundsReader
from engine.margin_desk import MarginDesk
from tests.core.core_world import FATHER, MORNING, MOTHER, a_follower
from tests.core.option_world import BOUGHT, SOLD, WINDOW, Options
from tests.engine_shell.shell_world import ManualClock, Shell, settle

MONEY = Funds(equity=Decimal(100), commodity=Decimal(0))


@dataclass
class Broker:
    """One account's margins and funds; the answer may wait, or be an error."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    error: str = ""
    asked: list[object] = field(default_factory=list)

    async def basket_margin(self, legs: Sequence[MarginLeg], *, timeout_s: float) -> Decimal:
        self.asked.append(tuple(legs))
        await self.answers.wait()
        if self.error == "margin":
            raise BrokerUnavailable("down")
        return Decimal(60)

    async def funds(self) -> Funds:
        self.asked.append("funds")
        if self.error == "funds":
            raise BrokerUnavailable("down")
        return MONEY


def a_question(name: AccountName) -> MarginQuestion:
    key = Key(venue=Venue.LIVE, follower=name, exchange="NFO", symbol=BOUGHT, product=Product.NRML)
    leg = MarginLeg(
        exchange="NFO", symbol=BOUGHT, side=Side.BUY, product=Product.NRML,
        order_type=OrderType.MARKET, quantity=65,
    )  # fmt: skip
    return MarginQuestion(key=key, order_id=OrderId("B1"), legs=(leg,))


@dataclass
class Office:
    """A desk over two brokers, and what it offered."""

    brokers: dict[AccountName, Broker]
    events: list[Event] = field(default_factory=list)
    desk: MarginDesk | None = None


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    found = Office({FATHER: Broker(), MOTHER: Broker()})
    clock = ManualClock()
    funds = {name: FundsReader(broker, clock=clock) for name, broker in found.brokers.items()}
    found.desk = MarginDesk(found.brokers, funds=funds, clock=clock, offer=found.events.append)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(found.desk.run())
        yield found
        task.cancel()


async def test_both_are_asked_at_once_and_one_does_not_wait_for_the_other(office):
    office.desk.ask([a_question(FATHER), a_question(MOTHER)])
    await settle()
    assert all(len(broker.asked) == 1 for broker in office.brokers.values())
    assert not office.events
    office.brokers[MOTHER].answers.set()
    await settle()
    (told,) = office.events
    assert told == MarginAnswered(
        key=a_question(MOTHER).key, order_id="B1", needed=Decimal(60), funds=MONEY, at=MORNING
    )
    office.brokers[FATHER].answers.set()
    await settle()
    assert [event.key.follower for event in office.events] == [MOTHER, FATHER]


async def test_an_account_has_one_request_under_way_for_a_question(office):
    office.desk.ask([a_question(FATHER)])
    await settle()
    assert "funds" not in office.brokers[FATHER].asked
    office.brokers[FATHER].answers.set()
    await settle()
    assert office.brokers[FATHER].asked[1:] == ["funds"]


@pytest.mark.parametrize(("error", "needed"), [("margin", None), ("funds", Decimal(60))])
async def test_what_fails_is_told_at_once_without_figures(office, error, needed):
    broker = office.brokers[FATHER]
    broker.error = error
    broker.answers.set()
    office.desk.ask([a_question(FATHER)])
    await settle()
    (told,) = office.events
    assert (told.needed, told.funds) == (needed, None)
    office.desk.ask([a_question(MOTHER)])
    office.brokers[MOTHER].answers.set()
    await settle()
    assert len(office.events) == 2


async def test_a_runner_hands_questions_over_after_its_commit_and_sends_by_the_answer():
    world = Options(a_follower(basket_window=WINDOW))
    world.margins_answer = True
    shell = Shell(world)
    shell.runner.offer(shell.master(world.sell(), world.buy()))
    await settle()
    (question,) = shell.questions
    assert question.legs[0].symbol == BOUGHT
    assert question.legs[1].symbol == SOLD
    assert not shell.gateway().sent
    kinds = [type(record) for batch in shell.journal.batches for _, rs in batch for record in rs]
    assert r.MarginAsked in kinds
    answer = MarginAnswered(
        key=question.key, order_id=question.order_id, needed=Decimal(1), funds=MONEY, at=MORNING
    )
    shell.runner.offer(answer)
    await settle()
    assert [each.symbol for each in shell.gateway().sent] == [BOUGHT]
