"""Delivery over days against the local exchange: T1, both exchanges, consent and conversions."""

from collections.abc import Awaitable, Callable

import pytest

from engine.core.chat.reading import positions_view
from engine.core.state.delivery import delivery_net
from engine.core.values import control as c
from engine.core.values.keys import MasterKey
from engine.core.values.market import Product
from tests.sim.sim_days import FATHER, FATHER_ID, MASTER_ID, Days
from tests.sim.virtual_loop import run_virtually

INFY = MasterKey(exchange="NSE", symbol="INFY", product=Product.CNC)


@pytest.fixture
def live(new_store) -> Callable[[Callable[[Days], Awaitable[None]], str], None]:
    def run(story: Callable[[Days], Awaitable[None]], multiplier: str) -> None:
        async def work() -> None:
            await story(Days(new_store(), multiplier=multiplier))

        run_virtually(work())

    return run


def net_read(days: Days) -> int | None:
    return delivery_net(days.state.account(FATHER), INFY)


def test_bought_for_delivery_sold_in_parts_the_next_day_and_the_rest_on_the_other_exchange(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 40)
            assert days.fathers_orders() == [("NSE", "CNC", "BUY", 20, "COMPLETE")]
            await days.clock.sleep(35)
            assert net_read(days) == 20
        async with days.day():
            assert (days.owned(), days.copied(), net_read(days)) == (20, 20, 20)
            await days.master("SELL", 10)
            assert days.fathers_orders() == [("NSE", "CNC", "SELL", 5, "COMPLETE")]
            assert len(days.told("5 of the 5 INFY being sold are T1")) == 1
            await days.clock.sleep(35)
            assert (days.owned(), days.copied(), net_read(days)) == (15, 15, 15)
            (account,) = positions_view(days.state, FATHER)
            assert [(row.net, row.copied) for row in account.rows] == [(15, 15)]
            await days.master("SELL", 30, "BSE")
            assert days.fathers_orders()[1:] == [("BSE", "CNC", "SELL", 15, "COMPLETE")]
            await days.clock.sleep(35)
            assert (days.owned(), days.copied(), net_read(days)) == (0, 0, 0)
        async with days.day():
            assert days.fathers_orders() == []
            assert not days.told("still holds")

    live(story, "0.5")


def test_buys_and_sells_over_days_keep_ledger_and_broker_together(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 60)
            await days.master("SELL", 20, "BSE")
        async with days.day():
            await days.master("BUY", 10, "BSE")
            await days.master("SELL", 30)
            await days.clock.sleep(35)
            assert days.copied() == days.owned() == net_read(days) == 20
        async with days.day():
            await days.master("SELL", 20, "BSE")
            assert days.copied() == days.owned() == 0
            assert {order[4] for order in days.fathers_orders()} == {"COMPLETE"}
            assert not days.told("this morning")

    live(story, "1")


def test_an_exit_without_consent_goes_out_once_its_owner_gave_it(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 20)
        async with days.day():
            pass
        days.exchange.accounts.by_user(FATHER_ID).demat_consent = False
        async with days.day():
            await days.master("SELL", 20)
            await days.clock.sleep(60)
            assert days.fathers_orders() == []
            assert len(days.told("with your TPIN")) == 1
            days.exchange.events.authorise(FATHER_ID, "INFY")
            assert days.life is not None
            await days.life.ask(c.ResumeFollower(follower=FATHER))
            await days.clock.sleep(5)
            assert days.fathers_orders() == [("NSE", "CNC", "SELL", 20, "COMPLETE")]
            assert days.copied() == days.owned() == 0

    live(story, "1")


def test_a_conversion_of_the_master_loses_no_exit_and_closes_nobody(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 40, product="MIS")
            await days.clock.sleep(20)
            days.exchange.events.convert(MASTER_ID, ("NSE", "INFY", "MIS"), 40, "CNC")
            await days.clock.sleep(70)
            assert len(days.told("converted 40 INFY from MIS to CNC")) == 1
            assert days.copied() == days.owned() == 20
            await days.master("SELL", 40)
            assert days.fathers_orders()[1:] == [("NSE", "MIS", "SELL", 20, "COMPLETE")]
            assert days.copied() == days.owned() == 0

    live(story, "0.5")


def test_a_sale_seconds_after_the_conversion_is_an_exit_too(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 40, product="MIS")
            await days.clock.sleep(20)
            days.exchange.events.convert(MASTER_ID, ("NSE", "INFY", "MIS"), 40, "CNC")
            await days.clock.sleep(2)
            await days.master("SELL", 40)
            assert days.fathers_orders()[1:] == [("NSE", "MIS", "SELL", 20, "COMPLETE")]
            assert days.copied() == days.owned() == 0
            assert not days.told("cannot be sold short")

    live(story, "0.5")


def test_both_convert_and_sell_as_delivery_the_next_day(live):
    async def story(days: Days) -> None:
        async with days.day():
            await days.master("BUY", 40, product="MIS")
            await days.clock.sleep(40)
            for user_id, units in ((MASTER_ID, 40), (FATHER_ID, 20)):
                days.exchange.events.convert(user_id, ("NSE", "INFY", "MIS"), units, "CNC")
            await days.clock.sleep(70)
            assert days.told("converted from MIS to CNC by hand")
        async with days.day():
            assert days.copied() == days.owned() == net_read(days) == 20
            await days.master("SELL", 40, "BSE")
            assert days.fathers_orders() == [("BSE", "CNC", "SELL", 20, "COMPLETE")]
            assert days.copied() == days.owned() == 0

    live(story, "0.5")
