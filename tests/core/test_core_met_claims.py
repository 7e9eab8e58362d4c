"""An entry of ours that fills too many may be the very exit that another fill of ours needs."""

from engine.core.values.commands import Place
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Side
from engine.core.values.rules import Mirror
from tests.core.core_world import FUTURE, World, a_follower, an_order, done


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


def test_an_entry_that_fills_in_many_pieces_is_exited_like_one_that_fills_at_once():
    """He has sold half of it; ours fills lot by lot after that, and half of a lot is no order."""
    of = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML, "price": 100}
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(an_order("M1", "BUY", 750, **of))
    entry = world.ack()
    world.master(done("M1", "BUY", 750, **of))
    world.master(done("X1", "SELL", 375, **of))
    world.obliging = True
    for _ in range(10):
        world.fill(entry, 75)
    sold = sum(child.filled for child in world.children("X1", Leg.EXIT))
    assert sold == 375
    assert world.ledger(FUTURE, product=Product.NRML).held == 375
    world.check_journal()
