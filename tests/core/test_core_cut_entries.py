"""OVERSIZE=cut: an entry over a limit is cut to whole lots, and what a cut leaves behind."""

from engine.core.state.ledger import carry_of
from engine.core.values.market import Side
from engine.core.values.offers import OfferKind
from engine.core.values.rules import Mirror, Oversize
from tests.core.core_offers import press, the_offer
from tests.core.core_world import an_order, done
from tests.core.limited_world import CUT, NRML, entered, limited, why
from tests.core.test_core_late_landings import taken_for_absent, turns_up


def test_an_order_is_cut_to_whole_lots_and_people_are_told():
    world = limited(max_order_quantity=200, oversize=CUT)
    world.master(done(quantity=300, **NRML))
    assert world.place().quantity == 150
    said = "BUY NIFTY26DECFUT is kept at 150 instead of 300: 4 lots = 300 units is over MAX_ORDER_QUANTITY 200"
    assert world.alerts(said)
    world.check_journal()


def test_an_order_of_which_not_one_lot_passes_is_left_out():
    world = limited(max_order_quantity=74, oversize=CUT)
    world.master(done(quantity=300, **NRML))
    assert "not one lot passes" in why(world, **NRML)


def test_a_cut_order_is_not_grown_by_fills_or_raises_and_the_next_one_is_not_larger_for_it():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    child = world.ack()
    assert child.quantity == 10
    world.master(an_order(price="100", quantity=60, filled_quantity=15))
    world.fill(child)
    world.master(an_order(price="100", quantity=60, filled_quantity=40))
    world.master(done(quantity=60, price="100"))
    world.wait(15)
    assert not world.pending
    assert world.ledger().exact() == 10
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7
    world.master(done("X1", "SELL", 67))
    assert world.ack_and_fill().quantity == 17
    assert world.held() == 0
    world.check_journal()


def test_what_was_owed_before_a_cut_is_owed_after_it():
    world = limited(multiplier="0.5", max_order_quantity=4, oversize=CUT)
    world.master(done("M1", quantity=1))  # half a unit is owed
    world.master(done("M2", quantity=20))
    assert world.ack_and_fill().quantity == 4
    world.master(done("M3", quantity=1))
    assert world.ack_and_fill().quantity == 1
    position = world.state.master[world.key().master]
    assert carry_of(world.ledger(), position, lot_size=1) == 0


def test_a_raise_over_the_limit_leaves_what_works_and_owes_nothing():
    world = limited(max_order_quantity=10)
    world.master(an_order(price="100", quantity=10))
    child = world.ack()
    world.master(an_order(price="100", quantity=11))
    assert not world.pending
    assert world.alerts("is kept at 10 instead of 11")
    world.master(an_order(price="101", quantity=11))
    assert world.modified().price == 101
    world.fill(child)
    world.master(done(quantity=11, price="101"))
    assert world.ledger().exact() == 10
    world.master(done("M2", quantity=3))
    assert world.place().quantity == 3


def test_a_raise_is_cut_to_the_limit():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=8))
    world.ack()
    world.master(an_order(price="100", quantity=20))
    assert world.modified().quantity == 10
    world.master(an_order(price="100", quantity=5))
    assert world.modified().quantity == 5
    assert not world.pending


def test_part_by_part_an_order_is_judged_whole_before_its_first_part():
    for oversize, parts in ((Oversize.SKIP, []), (CUT, [4, 4, 2])):
        world = limited(max_order_quantity=10, oversize=oversize, mirror=Mirror.FILLS)
        for filled in (4, 8, 12, 16):
            world.master(an_order(price="100", quantity=16, filled_quantity=filled))
            world.wait(2)
            while world.pending:
                world.ack_and_fill()
        assert [units for _, units in entered(world)] == parts


def test_a_cut_that_was_cancelled_by_him_keeps_what_he_has_filled_of_it():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    child = world.ack()
    world.master(an_order(price="100", quantity=30, filled_quantity=4, status="CANCELLED"))
    world.wait(5)
    assert world.modify().quantity == 4
    assert world.row(child).filled_quantity == 0


def test_an_exit_takes_its_share_of_what_a_cut_left():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=40))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 20))
    assert world.ack_and_fill().quantity == 5
    assert world.ledger().exact() == 5


def test_the_next_order_is_not_sized_by_what_a_working_one_was_cut_by():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(an_order(price="100", quantity=30))
    world.ack()
    world.master(done("M2", quantity=5))
    assert world.place().quantity == 5


def test_a_raise_makes_no_further_order_of_the_day():
    world = limited(max_orders_per_day=1)
    world.master(an_order(price="100", quantity=10))
    world.ack()
    world.master(an_order(price="100", quantity=12))
    assert world.modified().quantity == 12


def test_a_cut_copy_that_was_refused_is_sent_again_cut_by_a_button_and_counts_so():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=30))
    world.refuse(world.place())
    assert world.ledger().exact() == 0
    press(world, the_offer(world, OfferKind.ENTRY), "Retry")
    assert world.ack_and_fill().quantity == 10
    assert world.ledger().exact() == 10


def test_a_cut_copy_that_turns_up_late_is_wanted_as_far_as_it_was_cut():
    world = limited(max_order_quantity=10, oversize=CUT)
    world.master(done(quantity=30))
    turns_up(world, taken_for_absent(world))
    assert (world.held(), world.ledger().exact()) == (10, 10)


def test_a_cut_order_that_was_an_exit_meanwhile_is_entered_by_what_he_kept_and_never_over_its_limit():
    """Four of it fill and are sold before our copy fills; he goes short, covers, and two more of it fill."""
    world = limited(max_order_quantity=6, oversize=CUT)
    world.master(an_order("M1", price=99))
    entry = world.ack()
    assert entry.quantity == 6
    first = an_order("M1", price=99, filled_quantity=4)
    world.master(first)
    sold = (done("M2", "SELL", 4), done("M3", "SELL", 3))
    world.master(first, *sold)
    for side in (Side.SELL, Side.BUY):
        assert world.ack_and_fill().side is side
    covered = (*sold, done("M4", quantity=3))
    world.master(first, *covered)
    assert world.cancelled() == entry
    assert world.held() == 0
    world.master(an_order("M1", price=99, filled_quantity=6), *covered)
    assert world.ack_and_fill().quantity == 2
    assert world.alerts("comes to 2 at most: a limit had cut it")
    world.master(done("M1", quantity=10, price=99), *covered)
    world.wait(5)
    assert world.held() == world.ledger().exact() == 2
    assert not world.pending
    world.master(done("M5", quantity=5), *covered)
    assert world.place().quantity == 5
    world.check_journal()
