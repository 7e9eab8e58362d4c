"""An entry over a limit is left out whole, also by a person's word; what counts for each limit."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values.market import Product, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_sync import proposal, short_of, sync, too_much
from tests.core.core_world import FATHER, a_follower, an_order, done
from tests.core.limited_world import CUT, NRML, entered, limited, why

# -- left out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", list(Venue))
def test_an_order_over_a_limit_is_left_out_whole_with_what_would_pass(venue):
    world = limited(venue, max_order_quantity=10)
    world.master(done("M1", quantity=11))
    assert world.skip_of("M1") is SkipReason.LIMIT
    assert why(world) == "11 units is over MAX_ORDER_QUANTITY 10; 10 units would pass"
    world.master(done("M2", quantity=10))
    assert entered(world) == [("SBIN", 10)]
    world.check_journal()


def test_what_was_left_out_is_owed_to_nobody():
    world = limited(max_order_quantity=10, multiplier="0.5")
    world.master(done("M1", quantity=31))
    world.master(done("M2", quantity=10))
    assert entered(world) == [("SBIN", 5)]


@pytest.mark.parametrize(
    "limit",
    [
        {"max_order_quantity": 1},
        {"max_order_value": Decimal(1)},
        {"max_position_value": Decimal(1)},
        {"max_open_positions": 1},
        {"max_orders_per_day": 1},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_no_limit_is_ever_asked_about_an_exit(limit):
    """Set after the entry, as by a restart with another setting: the exit goes whole, at once."""
    world = limited()
    world.master(done(quantity=40), done("M2", quantity=40, symbol="INFY"))
    world.ack_and_fill()
    world.ack_and_fill()
    world.restart(rules=[a_follower(**limit)])
    world.master()
    world.read()
    world.positions()
    world.master(done("X1", "SELL", 40))
    assert world.place().quantity == 40
    world.master(done("X2", "SELL", 60, symbol="INFY"))
    assert world.place().quantity == 40  # the exit leg of an order through zero


def test_a_mcx_contract_has_no_value_limit_that_could_be_kept_and_is_left_out():
    world = limited(max_order_value=Decimal(10**9))
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    world.master(done(quantity=1, price="5500", **crude))
    assert "how many units one contract is of" in why(world, **crude)
    assert not world.places()


def test_a_market_order_counts_at_the_last_price_and_a_band():
    world = limited(max_order_value=Decimal(1000))
    world.wait(0.5, SBIN="100")
    world.master(an_order(quantity=10))  # at 101 it is 1,010
    assert why(world) == "10 units = ₹1,010 is over MAX_ORDER_VALUE 1,000; 9 units would pass"
    world.master(an_order("M2", quantity=10, symbol="INFY"))
    assert "its price is not known" in why(world, "M2", symbol="INFY")
    world.master(an_order("M3", quantity=9))
    assert entered(world) == [("SBIN", 9)]


def test_a_market_order_without_a_tick_counts_at_what_the_master_paid():
    world = limited(max_order_value=Decimal(1000))
    world.master(done(quantity=10, average_price=100))
    assert "10 units = ₹1,010" in why(world)


# -- what counts -------------------------------------------------------------------------------


def test_what_works_counts_for_the_value_of_a_position_and_for_the_number_of_them():
    world = limited(max_position_value=Decimal(1000), max_open_positions=1)
    world.master(an_order("M1", price="100", quantity=6))
    world.ack()
    world.master(an_order("M2", price="100", quantity=5))
    assert "a position of 11 units = ₹1,100" in why(world, "M2")
    world.master(an_order("M3", price="100", quantity=1, symbol="INFY"))
    assert "1 position is open" in why(world, "M3", symbol="INFY")
    world.master(an_order("M4", price="100", quantity=4))
    assert entered(world) == [("SBIN", 6), ("SBIN", 4)]


def test_a_position_that_was_closed_makes_room():
    world = limited(max_open_positions=1)
    world.master(done())
    world.ack_and_fill()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.master(done("M2", symbol="INFY"))
    assert world.place().symbol == "INFY"


def test_an_order_through_zero_keeps_its_place():
    world = limited(max_open_positions=1)
    world.master(done(quantity=10))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 15))
    world.ack_and_fill()
    world.wait(1)
    assert (world.place().side, world.skip_of("X1")) == (Side.SELL, None)


def test_the_orders_of_the_day_are_counted_over_a_restart_and_begin_anew_the_next_day():
    world = limited(max_orders_per_day=2)
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("M2"))
    world.ack_and_fill()
    world.restart()
    world.master()
    world.read()
    world.positions()
    world.master(done("X1", "SELL", 5))
    world.ack_and_fill()
    world.master(done("M3"))
    assert why(world, "M3").startswith("2 of 2 entry orders (MAX_ORDERS_PER_DAY) were made today")
    world.sleep(24 * 3600)
    world.master_rows.clear()
    world.wait(1)
    assert not world.state.entries_of_day


def test_slices_of_the_freeze_quantity_count_each():
    world = limited(max_orders_per_day=2)
    world.master(done(quantity=5400, **NRML))
    assert "it needs 3 more; 48 lots would pass" in why(world, **NRML)
    world.master(done("M2", quantity=3600, **NRML))
    assert [units for _, units in entered(world)] == [1800, 1800]


# -- by a person's word ------------------------------------------------------------------------


def test_a_button_does_not_get_round_a_limit():
    world = limited(max_order_quantity=10)
    world.master(done(quantity=20, updated_at=world.now - timedelta(seconds=20)))
    assert world.skip_of("M1") is SkipReason.STALE
    said = press(world, the_offer(world, OfferKind.ENTRY), "Copy").text
    assert said == "Not copied: 20 units is over MAX_ORDER_QUANTITY 10; 10 units would pass."
    assert not world.places()


def test_a_button_copies_cut():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=20, updated_at=world.now - timedelta(seconds=20)))
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    assert world.place().quantity == 10
    assert world.ledger().exact() == 10


def test_sync_proposes_no_entry_over_a_limit():
    world = short_of(max_order_quantity=9)
    assert not proposal(world).orders
    assert "10 units is over MAX_ORDER_QUANTITY 9" in proposal(world).left[0].why


def test_what_sync_enters_late_is_judged_again():
    world = too_much(max_orders_per_day=2)
    world.state.master[world.key().master].net = -10
    sync(world)
    world.state.entries_of_day[Venue.LIVE, FATHER] = 2
    world.ack_and_fill()
    world.wait(5)
    assert not world.pending
    assert world.alerts("of /sync were not entered: over a limit: 2 of 2 entry orders")
