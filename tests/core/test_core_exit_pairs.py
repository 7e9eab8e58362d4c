"""Target and stop of one position: both rest, and what both filled is covered."""

import pytest

from engine.core.values.market import OrderType, Side
from tests.core.core_holdings import holding
from tests.core.core_world import an_order, done


def test_target_and_stop_both_rest_and_neither_exceeds_the_holding():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    assert (target.quantity, second.quantity) == (10, 10)
    world.fill(target)
    # Held is zero: the other one is cancelled at once, without waiting for the master.
    assert world.cancel().order_id == world.order_ids[second.tag]


def test_two_exits_that_both_filled_are_covered_at_once_by_one_order():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    world.fill(target)
    world.cancel()
    world.fill(second)
    cover = world.place()
    assert (cover.side, cover.quantity, cover.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert cover.priority == "exit"
    assert world.alerts("through zero")[0].severity == "critical"
    world.ack_and_fill(cover)
    assert world.held() == 0
    world.wait(10)
    assert not world.pending
    world.check_journal()


@pytest.mark.parametrize("his", ["T1", "T2"])
def test_an_exit_that_was_covered_is_made_again_when_the_masters_own_fills_later(his):
    world = holding()
    resting = {}
    for order_id, price in (("T1", "110"), ("T2", "108")):
        world.master(an_order(order_id, "SELL", price=price))
        resting[order_id] = world.ack()
    other = "T1" if his == "T2" else "T2"
    world.fill(resting[his])
    world.cancel()
    world.master(done(his, "SELL"))
    world.fill(resting[other])
    world.ack_and_fill(world.place())
    assert world.held() == 0
    # He is in again, and the order that never filled for him works on as an exit of that.
    world.master(done("E2", "BUY"))
    world.ack_and_fill(world.place())
    again = world.ack(world.place())
    assert (again.side, again.quantity, again.order_type) == (Side.SELL, 10, OrderType.LIMIT)
    world.master(done(other, "SELL"))
    world.fill(again)
    world.wait(60)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()
