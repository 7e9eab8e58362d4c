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


def test_what_an_order_that_was_left_out_was_to_take_of_a_lot_is_owed_to_the_next():
    """Half a lot each: the third waits with a lot, the fourth is none beside it, and then the third is too old."""
    world = World(a_follower(multiplier="0.5"))
    world.master(done("M1", quantity=150, **NRML))
    unknown = world.place()
    world.lose(unknown)
    for order_id in ("M2", "M3", "M4"):
        world.master(done(order_id, quantity=75, **NRML))
    world.wait(12)
    parts = world.ledger(FUTURE, product=Product.NRML).parts
    (third,), (fourth,) = parts["M3"].skips.values(), parts["M4"].skips.values()
    assert (third.reason, fourth.reason) == (SkipReason.STALE, SkipReason.ZERO_LOTS)
    world.book_row(unknown)
    world.fill(unknown)
    world.wait(3)
    assert not world.pending, "what is no lot at its decision is never sent by itself later"
    world.master(done("M5", quantity=75, **NRML))
    entry = world.ack_and_fill()
    assert (entry.side, entry.quantity) == ("BUY", 75)
    world.master(done("M6", quantity=75, **NRML))
    assert world.ack_and_fill().quantity == 75, "with the half of the second or of the fourth"
    world.check_journal()
