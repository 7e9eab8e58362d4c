"""Order frames that are lost, doubled, late, in another order, or in other words."""

import json

from demo.exchange.accounts import MarginRefusal
from demo.exchange.faults import SocketTrouble
from tests.demo.ear import Ear, day_with, fault, trade


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
