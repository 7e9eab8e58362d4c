"""What a lot of a commodity blocks is asked of each follower's broker, once a day and only on paper."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.state.state import MasterPosition
from engine.core.values.keys import MasterKey
from engine.core.values.margins import MarginLeg
from engine.core.values.market import OrderType, Product, Side, Venue
from engine.errors import BrokerUnavailable
from engine.paper_margins import RETRY, LotMargins
from tests.core.core_world import FATHER, World
from tests.engine_shell.shell_world import ManualClock, settle

CRUDE = ("MCX", "CRUDEOIL26DECFUT", Product.NRML)


class Broker:
    def __init__(self) -> None:
        self.asked: list[MarginLeg] = []
        self.fails = False

    async def basket_margin(self, legs: Sequence[MarginLeg], *, timeout_s: float) -> Decimal:
        assert timeout_s > 0
        (leg,) = legs
        self.asked.append(leg)
        if self.fails:
            raise BrokerUnavailable("down")
        return Decimal(200_000) if leg.side is Side.BUY else Decimal(210_000)


class Watched:
    def __init__(self, *keys, venue: Venue) -> None:
        self.clock, self.broker = ManualClock(), Broker()
        self.state = World(venue=venue).state
        for exchange, symbol, product in keys:
            key = MasterKey(exchange=exchange, symbol=symbol, product=product)
            self.state.master[key] = MasterPosition()
        self.lots = LotMargins({FATHER: self.broker}, clock=self.clock, state=lambda: self.state)

    async def wait(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            await self.clock.pass_time(1.0)

    def told(self, side: Side = Side.BUY) -> Decimal | None:
        return self.lots.per_lot(FATHER, *CRUDE, side)


@asynccontextmanager
async def watching(*keys, venue: Venue = Venue.PAPER):
    watched = Watched(*keys, venue=venue)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watched.lots.run())
        await settle()
        yield watched
        task.cancel()


async def test_one_lot_of_each_side_is_asked_for_and_known_for_the_day():
    async with watching(CRUDE) as watched:
        await watched.wait(60)
        assert [(leg.side, leg.quantity, leg.order_type) for leg in watched.broker.asked] == [
            (Side.BUY, 1, OrderType.MARKET),
            (Side.SELL, 1, OrderType.MARKET),
        ]
        assert (watched.told(), watched.told(Side.SELL)) == (200_000, 210_000)
        watched.clock.set(watched.clock.now() + timedelta(days=1))
        assert watched.told() is None, "yesterday's says nothing"
        await watched.wait(2)
        assert watched.told() == 200_000
        assert len(watched.broker.asked) == 4


async def test_a_failure_is_tried_again_after_a_while_and_not_before():
    async with watching(CRUDE) as watched:
        watched.broker.fails = True
        watched.clock.set(watched.clock.now() + timedelta(days=1))
        watched.broker.asked.clear()
        await watched.wait(RETRY.total_seconds() - 2)
        assert len(watched.broker.asked) == 2
        assert watched.told() is None
        watched.broker.fails = False
        await watched.wait(4)
        assert watched.told() == 200_000


@pytest.mark.parametrize(
    "key",
    [
        ("NSE", "SBIN", Product.MIS),
        ("NFO", "NIFTY26DECFUT", Product.NRML),
        ("MCX", "CRUDEOIL26DECFUT", Product.CNC),
        ("MCX", "NOBODYLISTS", Product.NRML),
    ],
)
async def test_what_has_a_share_of_its_own_or_is_not_listed_is_not_asked_for(key):
    async with watching(key) as watched:
        await watched.wait(3)
        assert watched.broker.asked == []


async def test_nothing_is_asked_in_live():
    async with watching(CRUDE, venue=Venue.LIVE) as watched:
        await watched.wait(3)
        assert watched.broker.asked == []


async def test_nothing_is_asked_without_a_session():
    async with watching() as watched:
        watched.state.account(FATHER).session_ok = False
        key = MasterKey(exchange=CRUDE[0], symbol=CRUDE[1], product=CRUDE[2])
        watched.state.master[key] = MasterPosition()
        await watched.wait(3)
        assert watched.broker.asked == []
