"""Sockets without a network: who hears what, heartbeats, subscriptions, and their faults."""

import json
import random
import struct

import pytest

from demo.exchange.accounts import MarginRefusal, Plan
from demo.exchange.build import demo_exchange
from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble
from demo.exchange.rules import ExchangeRules
from demo.exchange.ticks import HEARTBEAT
from demo.exchange.wire import KiteError

INFY = 408065


class Ear:
    """Keeps what one socket is sent."""

    def __init__(self, exchange, user_id):
        self.exchange = exchange
        session = exchange.login(user_id)
        self.session = session
        self.heard: list = []
        self.socket = exchange.sockets.connect(
            session.api_key, session.access_token, self.heard.append
        )

    def say(self, action, value):
        self.exchange.sockets.receive(self.socket, json.dumps({"a": action, "v": value}))

    @property
    def statuses(self):
        frames = [json.loads(each)["data"] for each in self.heard if isinstance(each, str)]
        return [frame["status"] for frame in frames]


@pytest.fixture
def ear(exchange):
    return Ear(exchange, "MA0001")


def trade(exchange, user_id="MA0001", **more):
    return exchange.place_from_app(
        user_id, exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
        product="MIS", **more,
    )  # fmt: skip


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


def fault(trouble, **more):
    times = more.pop("times", 1)
    meets = Meets(user_id="MA0001", operation=more.pop("operation", Operation.FRAME), times=times)
    return SocketFault(meets=meets, trouble=trouble, **more)


def test_a_frame_can_be_lost_while_the_truth_goes_on(exchange, ear, frames):
    exchange.faults.add(fault(SocketTrouble.LOSE, status_of_order="COMPLETE"))
    trade(exchange)
    assert ear.statuses == ["OPEN"]
    assert [status for _, status, _ in frames] == ["OPEN", "COMPLETE"]


def test_a_frame_can_come_twice(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.DOUBLE, status_of_order="COMPLETE"))
    trade(exchange)
    assert ear.statuses == ["OPEN", "COMPLETE", "COMPLETE"]


def test_frames_can_change_places(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.SWAP, status_of_order="OPEN"))
    trade(exchange)
    assert ear.statuses == ["COMPLETE", "OPEN"]


def test_frames_that_change_places_again_and_again_are_all_sent(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.SWAP, times=None))
    trade(exchange)
    trade(exchange)
    assert sorted(ear.statuses) == ["COMPLETE", "COMPLETE", "OPEN", "OPEN"]


def test_a_frame_can_be_late(exchange, ear, clock):
    exchange.faults.add(fault(SocketTrouble.DELAY, status_of_order="OPEN", seconds=3))
    trade(exchange)
    assert ear.statuses == ["COMPLETE"]
    clock.advance(3)
    exchange.step()
    assert ear.statuses == ["COMPLETE", "OPEN"]


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


def test_a_cancellation_may_be_told_twice_with_small_differences(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.REVISED, status_of_order="CANCELLED"))
    order_id = trade(exchange, price="1500")
    exchange.cancel_from_app("MA0001", order_id)
    assert ear.statuses == ["OPEN", "CANCELLED", "CANCELLED"]
    early, late = (json.loads(each)["data"] for each in ear.heard[1:])
    assert {name for name in late if early[name] != late[name]} == {
        "cancelled_quantity", "exchange_update_timestamp", "exchange_timestamp",
    }  # fmt: skip
    assert (early["cancelled_quantity"], late["cancelled_quantity"]) == (0, 10)
    assert early["order_id"] == late["order_id"] == order_id


def test_a_partial_fill_may_be_told_after_the_last_one(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.SWAP, status_of_order="UPDATE"))
    exchange.set_depth("NSE", "INFY", 4)
    trade(exchange)
    exchange.set_depth("NSE", "INFY", None)
    assert ear.statuses == ["OPEN", "COMPLETE", "UPDATE"]
    filled = [json.loads(each)["data"]["filled_quantity"] for each in ear.heard]
    assert filled == [0, 10, 4]


def test_a_frame_may_have_a_status_nobody_heard_of(exchange, ear):
    exchange.faults.add(fault(SocketTrouble.ODD_STATUS))
    trade(exchange)
    assert ear.statuses == ["AFTER AUCTION REVIEW PENDING", "COMPLETE"]


def day_with(clock, **rules):
    return demo_exchange(clock, random.Random(1), rules=ExchangeRules(**rules))


def test_a_socket_may_call_a_partial_fill_open(clock):
    day = day_with(clock, partial_fill_status="OPEN")
    ear = Ear(day, "MA0001")
    day.set_depth("NSE", "INFY", 4)
    trade(day)
    assert ear.statuses == ["OPEN", "OPEN"]


def test_statuses_may_never_be_sent_at_all(clock):
    day = day_with(clock, silent_statuses=frozenset({"OPEN", "REJECTED"}))
    ear = Ear(day, "MA0001")
    trade(day)
    account = day.accounts.by_user("MA0001")
    account.equity_funds *= 0
    account.margin_refusal = MarginRefusal.IN_THE_BOOK
    trade(day)
    assert [row["status"] for row in day.orders_of("MA0001")] == ["COMPLETE", "REJECTED"]
    assert ear.statuses == ["COMPLETE"]


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
