"""An entry of ours that fills too many may be the very exit that another fill of ours needs."""

from engine.core.commands import Place
from engine.core.market import Side
from tests.core.core_world import World, an_order, done


def test_what_an_entry_sold_too_many_is_not_claimed_again_and_leaves_no_later_order_out():
    """His resting sale fills whole before ours is cut to what opens; what it was cut by fills here after it."""
    world = World()
    world.master(an_order("S1", "SELL", 30, price=101))
    sale = world.ack()
    world.change(sale, status="OPEN")
    world.master(done("M2", "BUY", 10))
    bought = next(each for each in world.pending if isinstance(each, Place))
    assert bought.side is Side.BUY
    world.pending.clear()
    world.fill(sale)
    world.master(an_order("S1", "SELL", 30, price=101, status="COMPLETE", filled_quantity=30))
    world.ack_and_fill(bought)
    assert world.held() == -20, "as much as it should be"
    assert not any(each.side is Side.SELL for each in world.pending if isinstance(each, Place))
    world.pending.clear()
    world.master(done("M3", "SELL", 5))
    assert world.ack_and_fill().quantity == 5
    world.obliging = True
    world.master(done("X1", "BUY", 25))
    assert world.held() == 0
    world.check_journal()
