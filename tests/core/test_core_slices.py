"""Slices: whole lots that sum, inside the budget, exits first; and one of them that comes to nothing."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.render import copy_card
from engine.core.chat.reading_copies import copy_view
from engine.core.values.copy_view import ChildState
from engine.core.values.events import Allowance
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderStatus, Side, Venue
from engine.core.values.notices import Severity
from tests.core.core_world import FATHER, a_follower
from tests.core.nifty_world import CALL, FUTURE, LOT, NiftyWorld, nifty, nifty_done

#: What the lane's budget gives in a fresh second: entries leave the rest to exits.
SECOND = Allowance(entries=6, total=8)
SPENT = Allowance(entries=0, total=0)
ONLY_EXITS = Allowance(entries=0, total=2)


@given(
    lots=st.integers(1, 300),
    freeze=st.integers(1, 4000),
    multiplier=st.sampled_from(["0.33", "0.5", "1", "1.5", "2"]),
)
@settings(max_examples=60, deadline=None)
def test_slices_are_whole_lots_that_sum_and_none_is_too_large(lots, freeze, multiplier):
    world = NiftyWorld(a_follower(multiplier=multiplier), table=freeze)
    world.master(nifty_done("M1", "BUY", lots))
    slices = world.places()
    assert sum(each.quantity for each in slices) == int(lots * Fraction(multiplier)) * LOT
    assert all(each.quantity % LOT == 0 and each.quantity >= LOT for each in slices)
    # One lot is the least there is: a table below it would otherwise stop everything.
    assert all(each.quantity <= max(freeze, LOT) for each in slices)
    assert len({each.tag for each in slices}) == len(slices)
    if slices:
        largest = max(each.quantity for each in slices)
        assert len(slices) == -(-sum(each.quantity for each in slices) // largest), "no more"


def a_second(world: NiftyWorld, fresh: Allowance) -> list[int]:
    """Let one second pass whose budget is given at its first tick; return the units that left."""
    before = len(world.places())
    world.allowances[FATHER] = fresh
    world.wait(0.1)
    world.allowances[FATHER] = SPENT
    world.wait(0.9, step=0.1)
    return [each.quantity for each in world.places()[before:]]


def test_more_slices_than_a_second_holds_leave_in_order_over_the_next_ones():
    world = NiftyWorld()
    world.allowances[FATHER] = SPENT
    world.master(nifty_done("M1", "BUY", 27 * 14 + 6))
    assert not world.pending
    left = [a_second(world, SECOND) for _ in range(4)]
    assert left == [[1755] * 6, [1755] * 6, [1755] * 2 + [390], []]
    numbers = [world.state.children[each.tag].slice for each in world.places()]
    assert numbers == list(range(15))
    world.check_journal()


def test_exits_leave_before_entries_and_find_the_room_that_entries_leave():
    world = NiftyWorld()
    world.hold(27)
    world.allowances[FATHER] = SPENT
    world.master(nifty_done("M1", "BUY", 27 * 9, symbol=CALL))
    world.master(nifty_done("X1", "SELL", 27))
    world.allowances[FATHER] = SECOND
    world.wait(0.1)
    sides = [(each.side, each.symbol) for each in world.pending]
    assert sides == [(Side.SELL, FUTURE)] + [(Side.BUY, CALL)] * 5
    # Entries have taken their share of the second: an exit still leaves, they do not.
    world.pending.clear()
    world.allowances[FATHER] = ONLY_EXITS
    world.master(nifty_done("M2", "BUY", 27))
    world.master(nifty_done("X2", "SELL", 27))
    world.wait(0.2, step=0.1)
    assert not [each for each in world.pending if each.side is Side.BUY]


def test_slices_that_wait_longer_than_an_entry_may_are_dropped_with_a_reason():
    world = NiftyWorld()
    world.allowances[FATHER] = SECOND
    world.master(nifty_done("M1", "BUY", 27 * 8))
    world.allowances[FATHER] = SPENT
    world.settle()
    world.wait(15)
    assert world.held() == 27 * 6 * LOT
    view = father_of(world, "M1")
    assert (view.filled, view.quantity) == (27 * 6 * LOT, 27 * 8 * LOT)
    assert "too old" in view.reason
    world.allowances.clear()
    world.master(nifty_done("X1", "SELL", 27 * 8))
    world.settle()
    assert world.held() == 0


def father_of(world: NiftyWorld, order_id: str):
    view = copy_view(world.state, Venue.LIVE, OrderId(order_id))
    assert view is not None
    (father,) = [each for each in view.children if each.follower == FATHER]
    return father


def rejected(world: NiftyWorld, order, why: str = "RMS:Margin Exceeds") -> None:
    world.ack(order)
    world.change(order, status=OrderStatus.REJECTED, status_message=why)


@pytest.mark.parametrize("wrong", ["rejected", "refused"])
@pytest.mark.parametrize("at", ["first", "last"])
def test_the_fourth_of_six_slices_comes_to_nothing_and_the_others_stand(wrong, at):
    """Whether it is learned before or after the others have filled."""
    world = NiftyWorld()
    world.master(nifty_done("M1", "BUY", 27 * 6))
    slices = [world.place() for _ in range(6)]
    fourth = slices.pop(3)

    def come_to_nothing() -> None:
        if wrong == "rejected":
            rejected(world, fourth)
        else:
            world.refuse(fourth, "margin", "RMS:Margin Exceeds")

    if at == "first":
        come_to_nothing()
    for each in slices:
        world.ack_and_fill(each)
    if at == "last":
        come_to_nothing()
    world.wait(30)
    assert not world.pending
    assert world.held() == 27 * 5 * LOT
    # What filled counts, and nothing is owed.
    book = world.ledger(FUTURE, product=world.key().product)
    assert book.exact() == book.held == 27 * 5 * LOT
    assert len(world.alerts(f"was {wrong}")) == 1
    father = father_of(world, "M1")
    assert father.state is (ChildState.REJECTED if wrong == "rejected" else ChildState.REFUSED)
    assert (father.filled, father.quantity) == (27 * 5 * LOT, 27 * 6 * LOT)
    assert father.reason == "RMS:Margin Exceeds"
    card = copy_card(copy_view(world.state, Venue.LIVE, OrderId("M1")))
    assert "father 8,775/10,530 filled" in card
    assert "Margin Exceeds" in card.replace("\n  ", " ")
    assert "1 failed" in card
    # The next entry is neither larger nor smaller for it; the exit takes what is held.
    world.master(nifty_done("M2", "BUY", 2))
    assert [each.quantity for each in world.settle()] == [2 * LOT]
    world.master(nifty_done("X1", "SELL", 27 * 6 + 2))
    assert sum(each.quantity for each in world.settle()) == (27 * 5 + 2) * LOT
    assert world.held() == 0
    world.check_journal()


def test_a_slice_that_rests_takes_nothing_over_from_one_that_was_refused():
    """It was said to be left out; what rests neither grows by it nor makes the next order smaller."""
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 40, price=100))
    first, second = world.place(), world.place()
    assert (first.quantity, second.quantity) == (27 * LOT, 13 * LOT)
    world.ack(second)
    world.refuse(first, "margin", "no funds")
    world.wait(5)
    assert not world.pending, "nothing is changed"
    world.master(nifty("M2", "BUY", 2, price=99))
    assert world.ack().quantity == 2 * LOT
    world.fill(second)
    world.master(nifty("M3", "BUY", 3, price=99))
    assert world.ack().quantity == 3 * LOT, "and as little once it has filled"
    # He takes most of his order back: what rests here stays as long as it is no more than that.
    world.master(nifty("M4", "BUY", 40, price=98))
    first, second = world.place(), world.place()
    world.ack(second)
    world.refuse(first, "margin", "no funds")
    world.master(nifty("M4", "BUY", 20, price=98))
    assert not world.pending
    world.master(nifty("M4", "BUY", 10, price=98))
    assert world.modified().quantity == 10 * LOT
    world.check_journal()


def test_a_slice_that_fills_after_he_took_half_off_counts_for_half():
    """The rest of the order was refused: the exact wanted holding follows what fills, and his exits."""
    world = NiftyWorld()
    world.master(nifty_done("M1", "BUY", 54))
    first, second = world.place(), world.place()
    world.ack(first)
    world.refuse(second, "margin", "no funds")
    world.master(nifty_done("X1", "SELL", 27))
    world.fill(first)
    world.settle()
    book = world.ledger(FUTURE, product=world.key().product)
    assert book.held == 14 * LOT  # half of 27, and an exit is whole lots
    assert book.exact() == Fraction(27 * LOT, 2)
    world.check_journal()


def test_a_part_that_ends_after_he_took_half_off_leaves_half_of_what_it_filled():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 20, price=100))
    child = world.ack()
    world.master(nifty("M1", "BUY", 20, price=100, filled_quantity=10 * LOT))
    world.fill(child, 10 * LOT)
    world.master(
        nifty("M1", "BUY", 20, price=100, filled_quantity=10 * LOT), nifty_done("X1", "SELL", 5)
    )
    world.settle()
    world.change(child, status=OrderStatus.CANCELLED)  # by hand: the rest is left out
    book = world.ledger(FUTURE, product=world.key().product)
    assert book.exact() == book.held == 5 * LOT
    world.master(nifty_done("M2", "BUY", 3))
    assert [each.quantity for each in world.settle()] == [3 * LOT]


def test_an_exit_slice_that_is_rejected_leaves_the_rest_held_and_a_person_is_asked():
    world = NiftyWorld()
    world.hold(81)
    world.master(nifty_done("X1", "SELL", 81))
    first, second, third = (world.place() for _ in range(3))
    rejected(world, second, "no depth")
    world.ack_and_fill(first)
    father = father_of(world, "X1")
    assert (father.state, father.filled, father.quantity) == (ChildState.SENDING, 1755, 81 * LOT)
    world.ack_and_fill(third)
    world.wait(40)
    assert not world.pending
    assert world.held() == 27 * LOT
    (told,) = [each for each in world.alerts() if each.severity is Severity.CRITICAL]
    assert told.needs_human
    father = father_of(world, "X1")
    assert (father.filled, father.quantity) == (54 * LOT, 81 * LOT)
    assert father.state is ChildState.REJECTED


def test_a_card_speaks_of_the_slice_that_still_works():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 54, price=100))
    first, second = world.ack(), world.ack()
    world.fill(second)
    father = father_of(world, "M1")
    assert (father.state, father.filled, father.quantity) == (ChildState.PARTIAL, 1755, 3510)
    world.fill(first)
    father = father_of(world, "M1")
    assert (father.state, father.filled, father.quantity) == (ChildState.FILLED, 3510, 3510)


def test_a_card_counts_an_exit_that_was_sliced_anew_once():
    world = NiftyWorld(truth=1200)
    world.hold(27)
    world.master(nifty_done("X1", "SELL", 27))
    world.settle()
    father = father_of(world, "X1")
    assert (father.state, father.filled, father.quantity) == (ChildState.FILLED, 1755, 1755)
    assert [each.generation for each in world.children("X1", Leg.EXIT)] == [0, 1, 1]
