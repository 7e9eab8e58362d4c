"""Sockets without a network: who hears what, heartbeats, subscriptions, and their faults."""

import json
import struct

import pytest

from demo.exchange.accounts import Plan
from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble
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


def test_an_open_socket_may_die_with_its_token(clock):
    import random

    from demo.exchange.build import demo_exchange
    from demo.exchange.rules import ExchangeRules, OrphanSockets

    strict = demo_exchange(
        clock, random.Random(1), rules=ExchangeRules(orphan_sockets=OrphanSockets.CLOSED)
    )
    ear = Ear(strict, "MA0001")
    strict.sessions.kill("MA0001")
    strict.sockets.beat()
    assert ear.heard[-1] is None or None in ear.heard
