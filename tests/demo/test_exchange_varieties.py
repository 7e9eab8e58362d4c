"""Icebergs, slices, after-market and cover orders."""

import random

import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.faults import Meets, Operation, WriteFault
from demo.exchange.rules import ExchangeRules

FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "product": "NRML", "price": "26000"}


def rows(client):
    return client.exchange.orders_of(client.user_id)


def place(client, variety, **fields):
    asked = {
        "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 10,
        "product": "MIS", "order_type": "LIMIT", "price": "1500",
    }  # fmt: skip
    reply = client.call("POST", f"/orders/{variety}", **(asked | fields))
    assert reply.status == 200, reply.body
    return reply.json()["data"]["order_id"]


def test_an_iceberg_shows_one_leg_at_a_time(exchange, father):
    exchange.set_depth("NSE", "INFY", 0)
    first = place(father, "iceberg", quantity=25, iceberg_legs=3, iceberg_quantity=9, tag="KC1")

    (row,) = rows(father)
    assert (row["order_id"], row["quantity"], row["variety"]) == (first, 9, "iceberg")
    assert row["meta"] == {
        "iceberg": {
            "leg": 1, "legs": 3, "leg_quantity": 9, "total_quantity": 25, "remaining_quantity": 16,
        }
    }  # fmt: skip
    exchange.set_price("NSE", "INFY", "1500")
    exchange.set_depth("NSE", "INFY", 9)
    assert [(row["quantity"], row["status"]) for row in rows(father)] == [
        (9, "COMPLETE"), (9, "OPEN"),
    ]  # fmt: skip
    exchange.set_depth("NSE", "INFY", None)
    assert [(row["quantity"], row["status"]) for row in rows(father)] == [
        (9, "COMPLETE"), (9, "COMPLETE"), (7, "COMPLETE"),
    ]  # fmt: skip
    assert {row["tag"] for row in rows(father)} == {"KC1"}
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "MIS"): 25}
    assert len(exchange.ledger.placed("FA0001")) == 1


def test_a_cancelled_leg_ends_its_iceberg_and_a_new_price_is_kept(exchange, father):
    exchange.set_depth("NSE", "INFY", 0)
    first = place(father, "iceberg", quantity=30, iceberg_legs=3, iceberg_quantity=10)
    path = f"/orders/iceberg/{first}"
    assert father.call("PUT", path, price="1505").status == 200
    assert "iceberg leg" in father.call("PUT", path, quantity=7).json()["message"]
    exchange.set_price("NSE", "INFY", "1505")
    exchange.set_depth("NSE", "INFY", 10)
    second = rows(father)[1]
    assert second["price"] == 1505.0
    assert father.call("DELETE", f"/orders/iceberg/{second['order_id']}").status == 200
    exchange.set_depth("NSE", "INFY", None)
    assert [row["status"] for row in rows(father)] == ["COMPLETE", "CANCELLED"]


def test_the_next_leg_may_keep_people_waiting(clock):
    slow = demo_exchange(clock, random.Random(1), rules=ExchangeRules(iceberg_gap_s=2.0))
    slow.place_from_app(
        "MA0001", exchange="NFO", tradingsymbol="NIFTY26DECFUT", transaction_type="BUY",
        quantity=31 * 65, product="NRML", variety="iceberg", iceberg_legs=2,
        iceberg_quantity=16 * 65,
    )  # fmt: skip
    assert len(slow.orders_of("MA0001")) == 1
    clock.advance(2)
    slow.step()
    assert [row["quantity"] for row in slow.orders_of("MA0001")] == [16 * 65, 15 * 65]


def test_slices_are_orders_of_their_own_under_an_id_that_is_none(exchange, father):
    reply = father.order(**FUTURE, quantity=4030, autoslice="true", tag="KC1")
    data = reply.json()["data"]
    parent, children = data["order_id"], [child["order_id"] for child in data["children"]]

    assert [row["order_id"] for row in rows(father)] == children
    assert [row["quantity"] for row in rows(father)] == [1755, 1755, 520]
    for row in rows(father):
        assert row["tag"] == "KC1"
        assert row["tags"] == ["KC1", "autoslice", f"autoslice:{parent}"]
    assert father.call("GET", f"/orders/{parent}").status == 400


def test_some_slices_may_be_refused(exchange, father):
    father.account.equity_funds *= 0
    father.account.equity_funds += 6_000_000  # enough for one slice
    meets = Meets(operation=Operation.PLACE)
    data = father.order(**FUTURE, quantity=3510, autoslice="true").json()["data"]
    assert "order_id" in data["children"][0]
    assert data["children"][1]["error"]["error_type"] == "MarginException"

    exchange.faults.add(
        WriteFault(meets=meets, failing_slices=frozenset({1}), error=(400, "InputException", "no"))
    )
    father.account.equity_funds *= 100
    data = father.order(**FUTURE, quantity=3510, autoslice="true").json()["data"]
    assert [list(child) for child in data["children"]] == [["error"], ["order_id"]]
    assert len(rows(father)) == 2


@pytest.mark.parametrize("fields", [{**FUTURE, "quantity": 1755}, {"quantity": 10}], ids=str)
def test_what_needs_no_slicing_is_refused(father, fields):
    reply = father.order(**fields, autoslice="true")
    assert reply.status == 400
    assert "for order slicing" in reply.json()["message"]


def test_an_after_market_order_waits_and_is_taken_at_the_open_in_silence(exchange, father, frames):
    order_id = place(father, "amo")
    path = f"/orders/amo/{order_id}"
    assert father.row(order_id)["status"] == "AMO REQ RECEIVED"
    assert father.call("PUT", path, price="1501", quantity=7).status == 200
    assert father.row(order_id)["status"] == "AMO REQ RECEIVED"
    exchange.set_price("NSE", "INFY", "1490")  # nothing trades before the open
    exchange.set_price("NSE", "INFY", "1530")

    assert exchange.events.open_market() == 1

    row = father.row(order_id)
    assert (row["status"], row["price"], row["quantity"]) == ("OPEN", 1501.0, 7)
    assert [row["status"] for row in father.get(f"/orders/{order_id}")] == [
        "AMO REQ RECEIVED", "AMO REQ RECEIVED", "PUT ORDER REQ RECEIVED", "VALIDATION PENDING",
        "OPEN PENDING", "OPEN",
    ]  # fmt: skip
    assert frames == []
    exchange.set_price("NSE", "INFY", "1500")
    assert [status for _, status, _ in frames] == ["COMPLETE"]


def test_an_after_market_order_is_cancelled_or_rejected_in_its_turn(exchange, father, frames):
    cancelled, poor = place(father, "amo"), place(father, "amo")
    assert father.call("DELETE", f"/orders/amo/{cancelled}").status == 200
    assert frames == []
    father.account.equity_funds *= 0
    exchange.events.open_market("NSE")
    assert father.row(cancelled)["status"] == "CANCELLED"
    assert father.row(poor)["status"] == "REJECTED"
    assert "Insufficient funds" in father.row(poor)["status_message"]


def test_the_clock_opens_the_market_for_after_market_orders(clock):
    day = demo_exchange(clock, random.Random(1), rules=ExchangeRules(always_open=False))
    order = {
        "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 1,
        "product": "CNC", "variety": "amo", "price": "1400",
    }  # fmt: skip
    from demo.exchange.wire import KiteError

    with pytest.raises(KiteError, match="not accepted during market hours"):
        day.place_from_app("MA0001", **order)
    clock.at = clock.at.replace(hour=8)
    day.place_from_app("MA0001", **order)
    day.step()
    assert day.orders_of("MA0001")[0]["status"] == "AMO REQ RECEIVED"
    clock.at = clock.at.replace(hour=9, minute=15)
    day.step()
    assert day.orders_of("MA0001")[0]["status"] == "OPEN"


def test_a_cover_order_grows_its_stop_with_its_entry(exchange, father):
    exchange.set_depth("NSE", "INFY", 4)
    entry = place(father, "co", price="1530", trigger_price="1510")
    first, second = rows(father)
    assert (first["filled_quantity"], first["parent_order_id"]) == (4, None)
    assert second["parent_order_id"] == entry
    assert (second["transaction_type"], second["status"], second["quantity"]) == (
        "SELL", "TRIGGER PENDING", 4,
    )  # fmt: skip
    exchange.set_depth("NSE", "INFY", None)
    first, second = rows(father)
    assert (first["status"], second["quantity"]) == ("COMPLETE", 10)

    stop = f"/orders/co/{second['order_id']}"
    assert "second leg" in father.call("PUT", stop, quantity=20).json()["message"]
    reply = father.call("PUT", stop, trigger_price="1512", parent_order_id=entry)
    assert reply.status == 200, reply.body
    exchange.set_price("NSE", "INFY", "1511")
    assert rows(father)[1]["status"] == "COMPLETE"
    assert exchange.net_positions("FA0001") == {}


@pytest.mark.parametrize("by", ["entry", "second leg"])
def test_a_cover_order_is_exited_by_cancelling(exchange, father, by):
    entry = place(father, "co", order_type="MARKET", price=None, market_protection=-1,
                  trigger_price="1510")  # fmt: skip
    second = rows(father)[1]["order_id"]
    target = entry if by == "entry" else second
    assert father.call("DELETE", f"/orders/co/{target}?parent_order_id={entry}").status == 200
    assert rows(father)[1]["status"] == "COMPLETE"
    assert exchange.net_positions("FA0001") == {}


def test_a_cover_order_that_never_filled_is_cancelled_whole(exchange, father):
    entry = place(father, "co", trigger_price="1490")
    assert father.call("DELETE", f"/orders/co/{entry}").status == 200
    assert [row["status"] for row in rows(father)] == ["CANCELLED"]
