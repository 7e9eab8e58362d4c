"""What happens though nobody asked: square-offs, auctions, circuits, and contracts that refuse."""

import random
from datetime import time

import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.instruments import Key
from demo.exchange.rules import ExchangeRules
from demo.exchange.wide_catalogue import wide_catalogue

FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "price": "26000"}


def rows(client):
    return client.exchange.orders_of(client.user_id)


def test_rms_squares_intraday_positions_off_in_slices_under_its_own_name(exchange, father, frames):
    father.market(quantity=10, product="MIS")
    father.market(quantity=10, product="CNC")
    waiting = father.place(product="MIS", price="1490")
    for _ in range(2):
        father.market(**FUTURE | {"price": None}, transaction_type="SELL", quantity=1755,
                      product="MIS")  # fmt: skip
    frames.clear()

    closing = exchange.events.square_off("FA0001")

    assert father.row(waiting)["status"] == "CANCELLED"
    assert "auto square-off" in father.row(waiting)["status_message"]
    mine = [father.row(order.order_id) for order in closing]
    assert [(row["transaction_type"], row["quantity"]) for row in mine] == [
        ("SELL", 10), ("BUY", 1755), ("BUY", 1755),
    ]  # fmt: skip
    assert {(row["placed_by"], row["status"]) for row in mine} == {("RMS", "COMPLETE")}
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "CNC"): 10}
    assert [status for _, status, _ in frames].count("COMPLETE") == 3


def test_the_clock_squares_off_once_and_then_only_exits_are_taken(clock, client_of):
    rules = ExchangeRules(square_off_times={"NSE": time(15, 20)})
    day = demo_exchange(clock, random.Random(1), rules=rules)
    day.set_price("NSE", "INFY", "1530")
    father = client_of(day, "FA0001")
    father.market(quantity=10, product="MIS")
    clock.at = clock.at.replace(hour=15, minute=20)
    day.set_depth("NSE", "INFY", 4)

    reply = father.order(product="MIS")
    assert "not allowed after the square-off time" in reply.json()["message"]
    assert father.order(product="CNC").status == 200
    assert (
        father.order(product="MIS", transaction_type="SELL", quantity=1, price="1600").status == 200
    )
    day.step()
    day.step()

    squared = [row for row in rows(father) if row["placed_by"] == "RMS"]
    assert [(row["quantity"], row["filled_quantity"]) for row in squared] == [(10, 4)]


def test_the_exchange_cancels_orders_nobody_asked_it_to(exchange, father, mother, frames):
    mine, other = father.place(), mother.place(tradingsymbol="SBIN", price="960")
    exchange.events.cancel_resting(tradingsymbol="INFY")
    row = father.row(mine)
    assert (row["status"], row["cancelled_quantity"]) == ("CANCELLED", 1)
    assert row["status_message"] == "Order cancelled by the exchange."
    assert mother.row(other)["status"] == "OPEN"
    assert frames[-1] == ("FA0001", "CANCELLED", 0)
    assert exchange.ledger.order_writes("FA0001")[-1].act == "place"


def test_a_closing_auction_takes_little_trades_once_and_cancels_the_rest(exchange, father):
    carried, low = father.place(quantity=5, price="1529"), father.place()
    stop = father.place(order_type="SL", trigger_price="1540", price="1545")
    future = father.place(exchange="NFO", tradingsymbol="RELIANCE26DECFUT", product="NRML",
                          quantity=500, price="1450")  # fmt: skip

    exchange.events.start_closing_auction()

    assert father.row(stop)["status"] == father.row(future)["status"] == "CANCELLED"
    assert father.row(carried)["status"] == father.row(low)["status"] == "OPEN"
    for fields, words in (
        ({"order_type": "SL", "trigger_price": "1540", "price": "1545"}, "not allowed in the clos"),
        ({"validity": "IOC", "price": "1530"}, "not allowed in the closing auction"),
        ({"price": "1480"}, "within 3%"),
    ):
        assert words in father.order(**fields).json()["message"]
    late = father.place(price="1530")
    exchange.set_price("NSE", "INFY", "1525")
    assert father.row(late)["status"] == father.row(carried)["status"] == "OPEN"

    exchange.events.end_closing_auction()

    assert father.row(carried)["status"] == father.row(late)["status"] == "COMPLETE"
    assert father.row(low)["status"] == "CANCELLED"


def test_at_the_upper_circuit_nobody_sells(exchange, father):
    exchange.events.lock_circuit("NSE", "INFY", upper=True)
    buy = father.place(price="1683")
    sell = father.place(product="MIS", transaction_type="SELL", price="1683")
    assert (father.row(buy)["status"], father.row(sell)["status"]) == ("OPEN", "COMPLETE")
    assert "upper circuit limit" in father.order(price="1683.1").json()["message"]


@pytest.fixture
def wide(clock, client_of):
    opened = demo_exchange(
        clock, random.Random(1), instruments=wide_catalogue(clock.at.date()),
        rules=ExchangeRules(limit_price_protection=True),
    )  # fmt: skip
    return client_of(opened, "FA0001")


@pytest.mark.parametrize(
    ("exchange", "symbol", "lot"),
    [("NFO", "RELIANCE26DEC1540CE", 500), ("MCX", "CRUDEOIL26DEC5450PE", 1)],
)
def test_options_on_shares_and_commodities_take_no_market_orders(wide, exchange, symbol, lot):
    order = {"exchange": exchange, "tradingsymbol": symbol, "quantity": lot, "product": "NRML"}
    reply = wide.order(**order, order_type="MARKET", price=None, market_protection=-1)
    assert "Market orders are not allowed" in reply.json()["message"]
    close = wide.exchange.instruments[exchange, symbol].close
    assert wide.order(**order, price=close).status == 200


def test_an_index_option_takes_market_orders_unless_it_has_no_trades(wide):
    option = {"exchange": "NFO", "tradingsymbol": "NIFTY26DEC26000CE", "quantity": 65,
              "product": "NRML"}  # fmt: skip
    wide.market(**option)
    wide.exchange.desk.untraded.add(Key("NFO", "NIFTY26DEC26000CE"))
    reply = wide.order(**option, order_type="MARKET", price=None, market_protection=-1)
    assert "no trades in this instrument" in reply.json()["message"]


@pytest.mark.parametrize(
    ("symbol", "lot", "factor", "taken"),
    [
        ("RELIANCE26DECFUT", 500, "1.02", True),
        ("RELIANCE26DECFUT", 500, "1.04", False),
        ("NIFTY26DEC26000CE", 65, "1.30", True),
        ("NIFTY26DEC26000CE", 65, "0.50", False),
        ("NIFTY26DECFUT", 65, "0.95", True),
    ],
)
def test_limits_far_from_the_last_price_meet_the_protection(wide, symbol, lot, factor, taken):
    row = wide.exchange.instruments["NFO", symbol]
    from decimal import Decimal

    from demo.exchange.instruments import Toward

    price = row.round(row.close * Decimal(factor), Toward.DOWN)
    reply = wide.order(
        exchange="NFO", tradingsymbol=symbol, quantity=lot, product="NRML", price=price
    )
    assert (reply.status == 200) is taken
    assert taken or "Price exceeds circuit limits" in reply.json()["message"]


def test_some_shares_take_no_intraday_orders(exchange, father):
    exchange.desk.intraday_refused.add(Key("NSE", "INFY"))
    assert "MIS and CO orders are not allowed" in father.order(product="MIS").json()["message"]
    assert father.order(product="CNC").status == 200


def test_index_options_take_no_market_orders_after_hours(exchange, father):
    fields = {
        "exchange": "NFO", "tradingsymbol": "NIFTY26DEC26000CE", "transaction_type": "BUY",
        "quantity": 65, "product": "NRML", "order_type": "MARKET", "market_protection": -1,
    }  # fmt: skip
    reply = father.call("POST", "/orders/amo", **fields)
    assert "Market orders are not allowed" in reply.json()["message"]


def test_a_plan_puts_events_on_the_agenda(exchange, father, clock):
    father.market(quantity=10, product="MIS")
    later = clock.at.replace(hour=15, minute=20)
    exchange.agenda.at(later, exchange.events.square_off)
    clock.at = later
    exchange.step()
    assert exchange.net_positions("FA0001") == {}
