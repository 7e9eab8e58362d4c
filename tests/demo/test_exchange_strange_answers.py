"""Reads that are behind, rows in odd shapes, answers no client expects."""

import json

import pytest

from demo.exchange.accounts import Plan
from demo.exchange.faults import (
    Answer,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    View,
)
from demo.exchange.lags import book_lags, margins_lag, positions_lag, socket_lags
from demo.exchange.wire import KiteError


def listen(exchange, user_id="FA0001"):
    """Connect a socket; return what it is sent as text."""
    session = exchange.login(user_id)
    heard: list = []
    exchange.sockets.connect(
        session.api_key,
        session.access_token,
        lambda frame: heard.append(frame) if isinstance(frame, str) else None,
    )
    return heard


def test_the_book_is_behind_the_socket(exchange, father, clock):
    heard = listen(exchange)
    father.log_in()
    exchange.faults.add(book_lags("FA0001", seconds=1))
    order_id = father.market()
    assert [json.loads(text)["data"]["status"] for text in heard] == ["OPEN", "COMPLETE"]
    assert father.get("/orders") == []
    clock.advance(1)
    assert [(row["order_id"], row["status"]) for row in father.get("/orders")] == [
        (order_id, "COMPLETE")
    ]


def test_the_socket_is_behind_the_book(exchange, father, clock):
    heard = listen(exchange)
    father.log_in()
    exchange.faults.add(socket_lags("FA0001", seconds=3))
    father.market()
    assert [row["status"] for row in father.get("/orders")] == ["COMPLETE"]
    assert heard == []
    clock.advance(3)
    exchange.step()
    assert [json.loads(text)["data"]["status"] for text in heard] == ["OPEN", "COMPLETE"]


def test_positions_and_funds_are_behind_the_book(exchange, father, clock):
    before = father.get("/user/margins/equity")["net"]
    clock.advance(2)
    father.market(quantity=10)
    father.place(quantity=10)
    exchange.faults.add(positions_lag(seconds=1), margins_lag(seconds=1))
    assert [row["quantity"] for row in father.get("/portfolio/positions")["net"]] == [0]
    assert father.get("/user/margins/equity")["net"] == before
    clock.advance(1)
    assert [row["quantity"] for row in father.get("/portfolio/positions")["net"]] == [10]
    assert father.get("/user/margins/equity")["net"] == before - 15300 - 15000


@pytest.mark.parametrize(
    ("answer", "content_type", "body"),
    [
        (Answer.WRONG_TYPE, "text/plain; charset=utf-8", b'{"status":"success","data":[]}'),
        (Answer.NO_DATA, "application/json", b'{"status":"success"}'),
        (Answer.NULL_DATA, "application/json", b'{"status":"success","data":null}'),
        (Answer.ARRAY, "application/json", b"[]"),
        (Answer.EMPTY, "application/json", b""),
    ],
)
def test_an_answer_may_be_no_kite_answer_at_all(exchange, father, answer, content_type, body):
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.ORDERS), answer=answer))
    reply = father.call("GET", "/orders")
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (200, content_type, body)


def test_a_success_may_come_with_the_status_of_a_failure(exchange, father):
    meets = Meets(operation=Operation.ORDERS)
    exchange.faults.add(ReadFault(meets=meets, answer=Answer.FALSE_ALARM, status=500))
    reply = father.call("GET", "/orders")
    assert (reply.status, reply.json()["status"]) == (500, "success")


def orders_as(exchange, father, view):
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.ORDERS), view=view))
    return father.get("/orders")


def test_rows_lose_and_gain_keys(exchange, father):
    order_id = father.place(tag="KC1")
    bare, extra = (orders_as(exchange, father, view)[0] for view in (View.BARE, View.EXTRA))
    true = father.row(order_id)
    assert bare.items() < true.items() < extra.items()
    assert (bare["order_id"], bare["tag"]) == (order_id, "KC1")
    assert "tags" not in bare


def test_a_live_order_may_have_a_status_nobody_heard_of(exchange, father):
    father.place()
    father.market()
    assert [row["status"] for row in orders_as(exchange, father, View.ODD_STATUS)] == [
        "AFTER AUCTION REVIEW PENDING", "COMPLETE",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["MODIFY AMO REQ RECEIVED", "OPEN PENDING"])
def test_the_strange_status_may_be_any(exchange, father, status):
    father.place()
    meets = Meets(operation=Operation.ORDERS)
    exchange.faults.add(ReadFault(meets=meets, view=View.ODD_STATUS, odd_status=status))
    assert father.get("/orders")[0]["status"] == status


def test_a_cancelled_row_may_count_nothing_as_cancelled(exchange, father):
    father.cancel(father.place(quantity=5))
    (row,) = orders_as(exchange, father, View.UNCOUNTED)
    assert (row["status"], row["cancelled_quantity"], row["pending_quantity"]) == (
        "CANCELLED", 0, 5,
    )  # fmt: skip


def test_a_history_may_begin_with_a_row_of_another_make(exchange, father):
    order_id = father.place()
    father.modify(order_id, price="1501")
    meets = Meets(operation=Operation.HISTORY)
    exchange.faults.add(ReadFault(meets=meets, view=View.ODD_HISTORY))
    first, *others = father.get(f"/orders/{order_id}")
    assert (first["instrument_token"], first["modified"]) == (1, False)
    assert {row["instrument_token"] for row in others} == {408065}
    assert others[-1]["modified"] is True


def test_time_stamps_may_be_times_of_day(exchange, father):
    father.place()
    (row,) = orders_as(exchange, father, View.TIME_ONLY)
    assert (row["order_timestamp"], row["exchange_timestamp"]) == ("10:00:00", "10:00:00")


@pytest.mark.parametrize("path", ["/portfolio/positions", "/portfolio/holdings", "/trades"])
def test_other_reads_gain_keys_as_well(exchange, father, path):
    exchange.give_holding("FA0001", "INFY", 5)
    father.market()
    exchange.faults.add(ReadFault(meets=Meets(), view=View.EXTRA))
    data = father.get(path)
    rows = data["net"] + data["day"] if isinstance(data, dict) else data
    assert rows
    assert all("hints" in row for row in rows)


def test_frames_may_be_strange(exchange, father):
    heard = listen(exchange)
    father.log_in()
    meets = Meets(operation=Operation.FRAME)
    for trouble in (SocketTrouble.STRANGE, SocketTrouble.FOREIGN, SocketTrouble.GARBLED):
        exchange.faults.add(SocketFault(meets=meets, trouble=trouble))
        father.place()
    strange, foreign, garbled = heard
    assert json.loads(strange)["data"].keys() >= {"hints", "status"}
    assert "guid" not in json.loads(strange)["data"]
    assert json.loads(foreign)["type"] == "order_v2"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(garbled)


def test_a_personal_app_trades_without_stream_quotes_and_candles(exchange, father):
    father.account.plan = Plan.PERSONAL
    session = exchange.login("FA0001")
    with pytest.raises(KiteError) as refusal:
        exchange.sockets.connect(session.api_key, session.access_token, lambda _: None)
    assert refusal.value.status == 403
    father.log_in()
    for path in (
        "/quote/ltp?i=NSE:INFY",
        "/instruments/historical/408065/day?from=2026-11-16&to=2026-11-18",
    ):
        reply = father.call("GET", path)
        assert (reply.status, reply.json()["error_type"]) == (403, "PermissionException")
    assert father.market()
    assert father.get("/portfolio/positions")["net"]
