"""Sockets without a network: who hears what, heartbeats, subscriptions, and how they end."""

import json
import struct

import pytest

from demo.exchange.accounts import Plan
from demo.exchange.faults import Operation, SocketTrouble
from demo.exchange.ticks import HEARTBEAT
from demo.exchange.wire import KiteError
from tests.demo.ear import Ear, day_with, fault, trade

INFY = 408065


def test_a_socket_hears_all_orders_of_its_user_and_of_nobody_else(exchange, ear):
    trade(exchange)
    trade(exchange, "FA0001")
    assert ear.statuses == ["OPEN", "COMPLETE"]
    data = json.loads(ear.heard[0])["data"]
    assert data["user_id"] == "MA0001"
    assert data["unfilled_quantity"] == 10
    assert "modified" not in data


def test_a_heartbeat_is_one_byte_and_comes_only_when_nothing_else_did(exchange, ear):
    exchange.sockets.beat()
    exchange.sockets.beat()
    trade(exchange)
    exchange.sockets.beat()
    assert [each for each in ear.heard if isinstance(each, bytes)] == [HEARTBEAT] * 2
    assert len(HEARTBEAT) == 1


def test_nothing_is_replayed_to_a_socket_that_comes_later(exchange):
    trade(exchange)
    assert Ear(exchange, "MA0001").heard == []


@pytest.mark.parametrize(("mode", "length"), [("ltp", 8), ("quote", 44), ("full", 184)])
def test_a_subscription_is_answered_with_a_packet_of_its_mode(exchange, ear, mode, length):
    ear.say("mode", [mode, [INFY]])
    count, size = struct.unpack(">HH", ear.heard[0][:4])
    assert (count, size, len(ear.heard[0])) == (1, length, 4 + length)
    assert struct.unpack(">II", ear.heard[0][4:12]) == (INFY, 153000)


def test_only_what_changed_is_streamed_and_nothing_after_unsubscribing(exchange, ear):
    ear.say("subscribe", [INFY, 738561])
    ear.heard.clear()
    exchange.set_price("NSE", "INFY", "1531")
    exchange.set_price("NSE", "SBIN", "970")
    (frame,) = ear.heard
    assert struct.unpack(">HHII", frame[:12]) == (1, 44, INFY, 153100)
    ear.say("unsubscribe", [INFY])
    exchange.set_price("NSE", "INFY", "1532")
    assert ear.heard == [frame]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"a":"mode","v":[]}', '{"a":"mode","v":["loud",[1]]}',
             '{"a":"subscribe","v":["x"]}', '{"a":"subscribe","v":[999]}', '{"a":1,"v":null}'],
)  # fmt: skip
def test_nonsense_from_a_client_is_ignored(exchange, ear, text):
    exchange.sockets.receive(ear.socket, text)
    assert ear.heard == []


def test_a_bad_token_a_personal_app_and_a_fourth_socket_are_refused(exchange):
    session = exchange.login("MA0001")

    def connect(token=session.access_token):
        return exchange.sockets.connect(session.api_key, token, lambda _: None)

    with pytest.raises(KiteError) as refused:
        connect("wrong")
    assert refused.value.status == 403
    sockets = [connect() for _ in range(3)]
    with pytest.raises(KiteError) as refused:
        connect()
    assert refused.value.status == 429
    exchange.sockets.forget(sockets[0])
    connect()
    exchange.accounts.by_user("MA0001").plan = Plan.PERSONAL
    exchange.sockets.forget(sockets[1])
    with pytest.raises(KiteError) as refused:
        connect()
    assert refused.value.status == 403


def test_a_connection_can_break_off(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.CLOSE, status_of_order="OPEN"))
    trade(exchange)
    assert ear.statuses == ["OPEN"]
    assert ear.heard[-1] is None
    assert exchange.sockets.open_for("MA0001") == ()


def test_a_connection_can_fall_silent_without_closing(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.SILENT, operation=Operation.BEAT))
    exchange.sockets.beat()
    trade(exchange)
    exchange.sockets.beat()
    assert ear.heard == []
    assert len(exchange.sockets.open_for("MA0001")) == 1


def test_an_upgrade_can_be_refused_for_a_while(exchange):
    exchange.faults.add(fault(SocketTrouble.REFUSE, operation=Operation.CONNECT, times=2))
    for _ in range(2):
        with pytest.raises(KiteError):
            Ear(exchange, "MA0001")
    Ear(exchange, "MA0001")


def test_an_upgrade_may_be_refused_with_any_status(exchange):
    error = (429, "NetworkException", "Too many requests")
    exchange.faults.add(fault(SocketTrouble.REFUSE, operation=Operation.CONNECT, error=error))
    with pytest.raises(KiteError) as refused:
        Ear(exchange, "MA0001")
    assert refused.value.status == 429


@pytest.mark.parametrize(
    ("rules", "hears", "stays"),
    [
        ({}, True, 1),
        ({"silence_sockets_with_token": True}, False, 1),
        ({"close_sockets_with_token": True}, False, 0),
    ],
    ids=["speaks on", "silent", "closed"],
)
def test_a_socket_may_outlive_its_token_fall_silent_or_close(clock, rules, hears, stays):
    day = day_with(clock, **rules)
    ear = Ear(day, "MA0001")
    day.sessions.kill("MA0001")
    day.sockets.beat()
    trade(day)
    assert (ear.statuses == ["OPEN", "COMPLETE"]) is hears
    assert len(day.sockets.open_for("MA0001")) == stays


def test_a_socket_hears_orders_from_wherever_they_come(exchange, master, ear):
    ear.session = exchange.login("MA0001")
    master.log_in()
    ear = Ear(exchange, "MA0001")
    master.headers["Authorization"] = f"token {master.account.api_key}:{ear.session.access_token}"
    master.market(product="MIS", quantity=3)
    trade(exchange)
    order = {"transaction_type": "BUY", "quantity": 2, "order_type": "LIMIT", "product": "CNC",
             "price": 1530}  # fmt: skip
    condition = {"exchange": "NSE", "tradingsymbol": "INFY", "last_price": 1530,
                 "trigger_values": [1520]}  # fmt: skip
    master.call("POST", "/gtt/triggers", type="single", condition=json.dumps(condition),
                orders=json.dumps([order]))  # fmt: skip
    exchange.set_price("NSE", "INFY", "1520")
    exchange.events.place_by_dealer("MA0001", exchange="NSE", tradingsymbol="INFY", quantity=1,
                                    transaction_type="BUY", product="CNC")  # fmt: skip
    exchange.events.square_off("MA0001")
    assert ear.statuses == ["OPEN", "COMPLETE"] * 5
    frames = [json.loads(each)["data"] for each in ear.heard if isinstance(each, str)]
    assert [frame["placed_by"] for frame in frames[1::2]] == [
        "MA0001", "MA0001", "MA0001", "DEALER", "RMS",
    ]  # fmt: skip
