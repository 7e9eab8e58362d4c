"""Entries that had to wait: what was owed to them is counted when they are sent, not when seen."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Side
from engine.core.values.notices import SkipReason
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FUTURE, World, a_follower, an_order, done


def test_an_entry_that_waited_for_one_of_unknown_fate_owes_what_that_one_filled():
    """He cancels an order whose copy is UNKNOWN and buys anew; the copy turns out to have filled."""
    world = World()
    world.master(an_order("M1", price=99))
    entry = world.place()
    world.lose(entry)
    world.master(an_order("M1", price=99, status="CANCELLED"))
    world.wait(2)
    world.master(an_order("M1", price=99, status="CANCELLED"), done("M2", quantity=15))
    world.wait(1)
    assert not world.pending
    world.book_row(entry)
    world.fill(entry)
    world.read()
    further = world.place()
    assert further.quantity == 5
    world.ack_and_fill(further)
    assert world.held() == 15
    world.check_journal()


def test_an_entry_of_which_too_little_is_left_after_the_wait_says_so():
    """He exits most of it before our entry may leave: what is left is less than a lot."""
    world = World(a_follower(multiplier="0.5", max_entry_age=timedelta(minutes=10)))
    world.master(an_order("M1", quantity=4, price=99))
    entry = world.place()
    world.lose(entry)
    cancelled = an_order("M1", quantity=4, price=99, status="CANCELLED")
    world.master(cancelled)
    world.wait(2)
    world.master(cancelled, done("M2", quantity=10), done("M3", "SELL", 9))
    world.wait(1)
    assert not world.pending
    world.refuse(entry, RefusalKind.MARGIN, "Insufficient funds.")
    assert not world.pending
    assert world.part("M2").skips[Leg.ENTRY].reason is SkipReason.ZERO_LOTS
    world.check_journal()


def test_what_an_order_left_out_was_to_take_goes_to_the_next_of_the_same_read():
    """Two of his orders are first seen in one read; the older one is too old to enter on."""
    world = World(a_follower(multiplier="0.5"))
    world.master(done("M1", quantity=5))
    assert world.ack_and_fill().quantity == 2
    world.wait(60)
    old = done("M2", quantity=1, updated_at=world.now - timedelta(seconds=28))
    world.master(done("M1", quantity=5), old, done("M3", quantity=1))
    assert world.part("M2").skips[Leg.ENTRY].reason is SkipReason.STALE
    assert world.ack_and_fill().quantity == 1, "2.5 + 0.5 of 6 that he was followed in"
    assert world.held() == 3
    world.check_journal()


def test_of_two_orders_that_are_both_too_old_each_is_offered_at_what_it_would_come_to():
    world = World(a_follower(multiplier="0.5"))
    world.master(done("M1", quantity=5))
    world.ack_and_fill()
    world.wait(60)
    old = [done(name, quantity=1, updated_at=world.now - timedelta(seconds=28)) for name in "AB"]
    world.master(done("M1", quantity=5), *old)
    reasons = [world.part(name).skips[Leg.ENTRY].reason for name in "AB"]
    assert reasons == [SkipReason.STALE, SkipReason.STALE]
    assert len(world.alerts("BUY 1 SBIN was not copied")) == 2
    assert not world.pending
    world.check_journal()


def test_the_entry_of_an_order_through_zero_is_sized_once_its_exit_is_done():
    """He is short 3, we 1 of the 1.5: what is owed of that ends with it, and takes none of his 2 long."""
    world = World(a_follower(multiplier="0.5"))
    world.master(done("M1", "SELL", 3))
    assert world.ack_and_fill().quantity == 1
    world.wait(5)
    world.master(an_order("M2", "BUY", 5, price=105))
    exit_ = world.ack()
    world.master(done("M2", "BUY", 5, price=105))
    assert not world.pending, "the exit first"
    world.fill(exit_)
    assert world.ack_and_fill().quantity == 1
    assert world.held() == 1
    assert world.skip_of("M2") is None
    world.check_journal()


def test_of_two_entries_that_are_sized_anew_in_one_read_the_second_takes_what_the_first_leaves():
    """Both and an exit of part of them are first seen in one read: 2.4 and 3.6 are 6."""
    world = World(a_follower(multiplier="1.5"))
    ago = [timedelta(seconds=seconds) for seconds in (3, 2, 1)]
    world.master(
        done("M1", "SELL", 2, updated_at=world.now - ago[0]),
        done("M2", "SELL", 3, updated_at=world.now - ago[1]),
        done("X1", "BUY", 1, updated_at=world.now - ago[2]),
    )
    sizes = [world.ack_and_fill().quantity for _ in range(2)]
    assert sizes == [2, 4]
    assert world.held() == -6
    world.check_journal()


def test_an_entry_that_is_sized_anew_takes_nothing_from_an_order_that_still_rests():
    """What his later stop was rounded by is not bought with the earlier order: the stop may never fill."""
    world = World()
    what = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}
    for name, lots in (("M1", 24), ("M2", 7)):
        world.master(done(name, quantity=lots * 75, **what))
        world.ack_and_fill()
    world.wait(5)
    ago = [timedelta(seconds=seconds) for seconds in (3, 2, 1)]
    stop = {"price": 110, "trigger_price": Decimal(109), "order_type": OrderType.SL}
    world.master(
        done("M3", quantity=20 * 75, updated_at=world.now - ago[0], **what),
        done("X1", "SELL", 10 * 75, updated_at=world.now - ago[1], **what),
        an_order("M4", quantity=3 * 75, status="TRIGGER PENDING", updated_at=world.now - ago[2],
                 **what, **stop),
    )  # fmt: skip
    lots: dict[Side, list[int]] = {Side.BUY: [], Side.SELL: []}
    while world.pending:
        sent = world.ack()
        lots[sent.side].append(sent.quantity // 75)
    assert lots == {Side.SELL: [6], Side.BUY: [16, 3]}, (
        "25 are left of 31, and 16 of 20 make the 41"
    )
    world.check_journal()


@pytest.mark.parametrize("refusal", [RefusalKind.RATE, RefusalKind.NOT_SENT])
def test_an_entry_waits_for_an_exit_of_its_side_that_goes_again_in_the_next_second(refusal):
    """Sold first, it would take the units that the exit is to sell, and be short of as many."""
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), refusal, "Too many requests")
    world.master(done("S1", "SELL", 20))
    assert not world.pending
    world.wait(1.5)
    assert world.ack_and_fill().quantity == 10
    assert world.ack_and_fill().quantity == 20
    assert world.held() == -20
    world.check_journal()


def test_an_entry_waits_for_the_proof_that_a_hand_closed_what_an_exit_of_its_side_is_for():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.positions(a_position(0))
    world.master(done("X1", "SELL"))
    world.master(done("S1", "SELL", 20))
    assert not world.pending
    world.wait(4)
    world.positions(a_position(0))
    world.wait(4)
    assert world.alerts("10 copied SBIN are written off")
    assert world.ack_and_fill().quantity == 20
    assert world.held() == -20
    world.check_journal()


def test_an_entry_does_not_wait_for_an_exit_that_was_left_to_a_person():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds.")
    world.master(done("S1", "SELL", 20))
    assert world.place().quantity == 20


def test_an_order_that_became_an_exit_takes_nothing_that_he_is_out_of_again():
    """Four of it fill and are sold before our copy fills; then he goes short and covers, with it still working."""
    world = World()
    world.master(an_order("M1", price=99))
    entry = world.ack()
    first = an_order("M1", price=99, filled_quantity=4)
    world.master(first)
    sold = (done("M2", "SELL", 4), done("M3", "SELL", 3))
    world.master(first, *sold)
    assert world.modified().quantity == 7
    assert world.ack_and_fill().side is Side.SELL
    cover = world.ack()
    covered = (*sold, done("M4", quantity=3))
    world.master(first, *covered)
    withdrawn = [world.cancelled(), world.cancelled()]
    assert withdrawn == [cover, entry]
    world.ack_and_fill()
    assert world.held() == 0
    assert not world.pending
    # What fills of it from now on is his, and is copied; nothing is bought that he has sold.
    world.master(an_order("M1", price=99, filled_quantity=6), *covered)
    assert world.ack_and_fill().quantity == 2
    world.wait(1)
    assert world.held() == 2
    assert not world.pending
    world.master(an_order("M1", price=99, filled_quantity=10, status="COMPLETE"), *covered)
    assert world.ack_and_fill().quantity == 4
    world.wait(1)
    assert world.held() == 6
    assert not world.pending
    world.check_journal()
