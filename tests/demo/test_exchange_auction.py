"""The closing auction by its phases and by the clock, and days on which nothing trades."""

import random
from datetime import date

import pytest

from demo.exchange import happenings as it
from demo.exchange.build import demo_exchange
from demo.exchange.happen import happen
from demo.exchange.rules import AuctionTimes, ExchangeRules
from demo.exchange.wire import KiteError

MARKET = {"order_type": "MARKET", "price": None, "market_protection": -1}


def test_a_share_without_derivatives_trades_on_through_the_auction(exchange, father):
    bank = {"tradingsymbol": "J&KBANK", "price": "104"}
    stop = father.place(tradingsymbol="J&KBANK", order_type="SL", trigger_price="110", price="111")
    happen(exchange, it.AuctionStarts(exchange="NSE"))
    exchange.set_price("NSE", "J&KBANK", "104")
    assert father.row(father.place(**bank))["status"] == "COMPLETE"
    assert father.order(**bank, validity="IOC").status == 200
    resting = father.place(tradingsymbol="J&KBANK", price="100")
    happen(exchange, it.AuctionEnds(exchange="NSE"))
    assert father.row(resting)["status"] == "OPEN"
    assert father.row(stop)["status"] == "TRIGGER PENDING"


def test_in_its_last_minutes_the_auction_takes_limits_alone(exchange, father):
    happen(exchange, it.AuctionStarts(exchange="NSE"))
    market, limit = father.market(), father.place(price="1520")
    assert father.row(market)["status"] == "OPEN"  # taken; nothing trades before the end
    happen(exchange, it.AuctionNarrows(exchange="NSE"))

    assert father.order(**MARKET).json()["message"] == "Market orders are currently not allowed."
    for reply in (father.modify(market, price="1540"), father.cancel(market)):
        assert "being processed" in reply.json()["message"]
    assert father.modify(limit, price="1521").status == 200
    assert father.cancel(limit).status == 200
    happen(exchange, it.AuctionEnds(exchange="NSE"))
    assert father.row(market)["status"] == "COMPLETE"


def test_an_auction_that_is_not_held_is_not_narrowed(exchange, father):
    happen(exchange, it.AuctionNarrows(exchange="NSE"))
    assert father.row(father.market())["status"] == "COMPLETE"


def test_the_clock_holds_the_auction_once_a_day(clock, client_of):
    rules = ExchangeRules(always_open=False, closing_auction=AuctionTimes())
    day = demo_exchange(clock, random.Random(1), rules=rules)
    day.set_price("NSE", "INFY", "1530")
    father = client_of(day, "FA0001")
    stop = father.place(order_type="SL", trigger_price="1540", price="1545")
    low = father.place(price="1500")
    clock.move_to(15, 15)
    day.step()
    assert father.row(stop)["status"] == "CANCELLED"
    bought = father.market()
    clock.move_to(15, 25)
    day.step()
    assert father.order(**MARKET).status == 400
    clock.move_to(15, 30)
    day.step()
    day.step()
    assert [father.row(each)["status"] for each in (bought, low)] == ["COMPLETE", "CANCELLED"]
    assert "Markets are closed" in father.order().json()["message"]


@pytest.mark.parametrize("shut", [date(2026, 11, 18), date(2026, 11, 19)])
def test_an_exchange_is_shut_on_a_day_that_no_list_has(clock, shut):
    rules = ExchangeRules(always_open=False, extra_holidays=frozenset({shut}))
    day = demo_exchange(clock, random.Random(1), rules=rules)
    order = {"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
             "quantity": 1, "product": "CNC", "price": "1500"}  # fmt: skip
    if shut == clock().date():
        with pytest.raises(KiteError, match="Markets are closed"):
            day.place_from_app("MA0001", **order)
        day.place_from_app("MA0001", **order, variety="amo")
        day.step()
        assert day.orders_of("MA0001")[0]["status"] == "AMO REQ RECEIVED"
    else:
        assert day.place_from_app("MA0001", **order)
