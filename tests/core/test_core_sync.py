"""What /sync proposes."""

from datetime import timedelta
from decimal import Decimal

from engine.core.observe.drift import drift_view
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.market import OrderType, Product, Side, Venue
from tests.core.core_sync import a_position, orders, proposal, short_of, sync, too_much, why_not
from tests.core.core_world import FUTURE, World, a_follower, an_order, done

NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def test_in_step_nothing_is_proposed():
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    assert proposal(world).orders == ()
    assert proposal(world).left == ()
    assert sync(world).text.startswith("There is nothing to order now.")


def test_a_missed_entry_is_proposed_and_made_once_by_the_ordinary_path():
    world = short_of()
    (order,) = proposal(world).orders
    assert (order.side, order.quantity, order.entry) == (Side.BUY, 10, True)
    assert "want +10, copied +0 (too old to enter" in order.why
    assert sync(world).accepted
    sent = world.place()
    assert sent.tag.startswith("KCK7")
    assert (sent.side, sent.quantity, sent.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert why_not(world) == "10 still working"
    assert not orders(world)
    world.ack_and_fill(sent)
    world.wait(5)
    assert world.held() == 10
    world.positions(a_position(10))
    assert not drift_view(world.state)[0].rows
    world.check_journal()


def test_it_follows_the_master_out_like_any_copy():
    world = short_of()
    sync(world)
    world.ack_and_fill()
    world.master(done("X1", "SELL", 5))
    assert world.ack_and_fill().quantity == 5
    world.master(done("X2", "SELL", 5))
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 0


def test_after_it_the_next_order_of_the_master_is_copied_as_it_is():
    world = short_of()
    sync(world)
    world.ack_and_fill()
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7
    assert world.ledger().exact() == 17


def test_while_it_works_the_next_order_does_not_order_it_a_second_time():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("M2", quantity=7))
    world.fill(sent)
    assert world.ack_and_fill().quantity == 7
    assert world.held() == 17
    assert world.ledger().exact() == 17


def test_more_than_the_master_has_is_reduced_and_stays_reduced():
    world = too_much()
    assert orders(world) == [("SELL", 10, False)]
    sync(world)
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 10)
    assert world.held() == 10
    world.wait(5)
    world.master(done("M2", quantity=3))
    assert world.ack_and_fill().quantity == 3, "what was sold is not owed"


def test_a_reduction_needs_neither_arming_nor_copying():
    world = too_much()
    world.ask(c.StopCopy())
    world.ask(c.SetKill(active=True))
    sync(world)
    assert world.place().side is Side.SELL


def test_an_exit_that_was_refused_is_named_and_left_to_a_person():
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(5)
    assert not orders(world)
    assert "an exit of the copies is not done" in why_not(world)


def test_a_reversal_is_two_orders_and_the_entry_waits_for_the_exit():
    world = too_much()
    world.state.master[world.key().master].net = -10  # he is short by orders that were left out
    assert orders(world) == [("SELL", 20, False), ("SELL", 10, True)]
    sync(world)
    out = world.place()
    assert out.quantity == 20
    assert not world.pending
    world.ack_and_fill(out)
    world.wait(1)
    assert world.ack_and_fill().quantity == 10
    assert world.held() == -10


def test_lots_and_the_multiplier_count():
    world = World(a_follower(multiplier="0.5"))
    world.positions()
    world.master(done(quantity=375, updated_at=world.now - timedelta(seconds=30), **NRML))
    assert [each.quantity for each in proposal(world).orders] == [150]
    sync(world)
    world.ack_and_fill()
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert (ledger.held, ledger.exact()) == (150, Decimal("187.5"))
    # The half lot that is still owed comes with his next.
    world.master(done("M2", quantity=75, **NRML))
    assert world.ack_and_fill().quantity == 75


def test_the_owners_own_units_are_never_touched():
    world = World()
    world.positions(a_position(50))
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world)
    assert world.ack_and_fill().quantity == 10
    world.wait(5)
    world.positions(a_position(60))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert not orders(world)


def test_a_resting_stop_does_not_stand_in_the_way():
    world = short_of()
    world.master(an_order("S1", "SELL", order_type=OrderType.SL_M, trigger_price=Decimal(90)))
    assert orders(world) == [("BUY", 10, True)]
    sync(world)
    world.ack_and_fill()
    world.wait(1)
    resting = world.ack()
    assert (resting.trigger_price, resting.quantity) == (90, 10)
    # His stop is over 10 of his 14 then, so ours is over its share of what is copied, before and after.
    world.wait(5)
    world.positions(a_position(10))
    world.master(done("M2", quantity=4, updated_at=world.now - timedelta(seconds=30)))
    assert orders(world) == [], "the stop is being changed"
    assert world.modified().quantity == 7
    assert orders(world) == [("BUY", 4, True)]
    sync(world)
    world.ack_and_fill()
    assert world.modified().quantity == 10


def test_in_paper_it_works_without_any_read_of_the_account():
    world = World(venue=Venue.PAPER)
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world)
    assert (world.place().venue) is Venue.PAPER


def test_what_he_held_before_copying_is_offered_too():
    world = World(copying=False)
    world.master(done())
    world.ask(c.StartCopy())
    world.positions()
    assert orders(world) == [("BUY", 10, True)]
    assert sync(world).accepted
    assert world.place().quantity == 10
