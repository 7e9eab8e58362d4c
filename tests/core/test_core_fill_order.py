"""The socket may tell of two fills in either order: what crosses zero waits for the book then."""

from datetime import timedelta

from engine.core.market import Product
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done

CNC = {"product": Product.CNC}


def test_a_sale_told_before_the_purchase_it_sold_is_folded_after_it():
    """He holds 10, buys 10, sells 20: the sale is told first. He is flat; the follower too, in the end."""
    world = holding(quantity=10)
    world.master(an_order("M2", quantity=10, price=101))
    entry = world.ack(world.place())
    bought = done("M2", quantity=10, price=101, updated_at=world.now)
    sold = done("M3", "SELL", 20, updated_at=world.now + timedelta(seconds=1))
    world.wait(1)
    world.hint(sold)
    world.obliging = True
    while world.pending:
        world.ack_and_fill()
    world.hint(bought)
    world.fill(entry)
    world.master(bought, sold)
    world.wait(8)
    assert world.held() == 0
    assert world.ledger().virtual == 0
    assert world.state.master[world.key().master].net == 0
    assert not world.skip_of("M3")
    world.check_journal()


def test_what_he_held_before_is_exited_at_once_all_the_same():
    world = holding(quantity=10)
    world.master(an_order("M2", quantity=10, price=101))
    world.ack(world.place())
    world.hint(done("M3", "SELL", 20))
    assert world.place().quantity == 10


def test_a_reversal_with_nothing_else_working_does_not_wait():
    world = holding(quantity=10)
    world.obliging = True
    world.hint(done("M3", "SELL", 20))
    assert world.held() == -10


def test_delivery_shares_sold_before_their_purchase_is_told_are_not_taken_for_a_short_sale():
    world = World()
    world.master(an_order("M1", price=101, **CNC))
    entry = world.ack(world.place())
    bought = done("M1", price=101, updated_at=world.now, **CNC)
    sold = done("M2", "SELL", updated_at=world.now + timedelta(seconds=1), **CNC)
    world.wait(1)
    world.hint(sold)
    world.obliging = True
    world.hint(bought)
    world.fill(entry)
    world.master(bought, sold)
    world.wait(8)
    assert not world.alerts("cannot be sold short")
    assert world.ledger(product=Product.CNC).held == 0
    assert world.state.master[world.key(product=Product.CNC).master].net == 0
