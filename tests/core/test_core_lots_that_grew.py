"""An order that was less than a lot at first: what it came to later waits its turn like any other entry."""

from engine.core.values.market import Product
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.core_world import FUTURE, World, a_follower, an_order, done

NRML = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML}


def test_what_it_grew_to_goes_out_once_the_unknown_order_before_it_is_found():
    world = World(a_follower(multiplier="0.5", mirror=Mirror.FILLS))
    world.master(an_order("M1", quantity=300, price=100, filled_quantity=75, **NRML))
    part = world.ledger(FUTURE, product=Product.NRML).parts["M1"]
    (skip,) = part.skips.values()
    assert skip.reason is SkipReason.ZERO_LOTS, "half a lot"
    world.master(done("M2", quantity=150, **NRML))
    unknown = world.place()
    world.lose(unknown)
    world.master(done("M1", quantity=300, price=100, **NRML))
    world.wait(1)
    assert not world.pending, "no entry leaves beside one of unknown fate"
    world.book_row(unknown)
    world.fill(unknown)
    world.wait(3)
    entry = world.place()
    assert (entry.side, entry.quantity) == ("BUY", 150)
    world.check_journal()
