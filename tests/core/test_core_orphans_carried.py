"""The close of what is left goes out as an exit of an order that can carry it, never of one that exits the other side."""

from engine.core.values.market import Side
from tests.core.core_holdings import a_position
from tests.core.core_world import World, an_order, done


def ten_filled_late_after_a_short_that_his_owner_had_closed() -> World:
    """The master withdrew a buy, went short and home; our copy of the buy turns out to have filled only then."""
    world = World()
    world.master(an_order("M1", price="99.5"))
    late = world.ack()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.cancelled(world.cancel())
    world.obliging = True
    world.master(done("S1", "SELL", 5))
    world.obliging = False
    assert world.held() == -5
    world.wait(4)
    world.positions(a_position(0))
    world.master(done("X1", "BUY", 5))
    world.read()
    assert world.held() == 0
    assert world.part("X1").gone == 5, "the owner had bought them back himself"
    world.fill(late)
    world.positions(a_position(10))
    return world


def test_what_filled_late_is_closed_though_his_newest_order_exits_the_other_side():
    world = ten_filled_late_after_a_short_that_his_owner_had_closed()
    assert world.held() == 10
    world.wait(4)
    close = world.place()
    assert (close.side, close.quantity) == (Side.SELL, 10)
    world.ack_and_fill(close)
    assert world.held() == 0
    world.check_journal()
