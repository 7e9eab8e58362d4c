"""An order that is refused for its size is sliced by the figure the refusal names."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values.events import Allowance
from engine.core.values.notices import Severity
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done
from tests.core.nifty_world import CALL, LOT, NiftyWorld, holding, nifty_done, sold

#: A second whose budget is spent.
NOTHING = Allowance(entries=0, total=0)


def test_an_exit_that_is_refused_for_its_size_is_sliced_by_the_figure_named_and_sent_at_once():
    world = holding(27)
    before = len(world.notices)
    world.master(nifty_done("X1", "SELL", 27))
    refused = world.place()
    assert refused.quantity == 1755
    world.say(refused, 1200)
    slices = [world.place(), world.place()]
    assert [each.quantity for each in slices] == [1170, 585]
    assert len({refused.tag, *(each.tag for each in slices)}) == 3
    for each in slices:
        world.ack_and_fill(each)
    world.wait(40)
    assert not world.pending
    assert world.held() == 0
    alerts = [each for each in world.notices[before:] if each.text]
    assert [each.severity for each in alerts] == [Severity.WARNING]
    assert alerts[0].text == (
        "The exchange takes at most 1200 NIFTY (NFO) in one order, not 1800: the freeze table of "
        "2026-11-01 is out of date. Orders are sliced by 1200 from now on."
    )
    world.check_journal()


def test_slices_that_left_together_are_all_sliced_anew_and_told_once():
    world = holding(81, truth=1200)
    world.master(nifty_done("X1", "SELL", 81))
    left = [world.place() for _ in range(3)]
    assert [each.quantity for each in left] == [1755] * 3
    for each in left:
        world.say(each, 1200)
    taken = world.settle()
    assert sum(sold(taken)) == 81 * LOT
    assert max(sold(taken)) <= 1200
    assert world.held() == 0
    assert len(world.alerts("at most 1200")) == 1
    world.check_journal()


def test_a_slice_that_fills_beside_a_refused_one_keeps_what_it_filled():
    world = holding(33)  # 27 + 6 lots
    world.master(nifty_done("X1", "SELL", 33))
    large, small = world.place(), world.place()
    world.ack_and_fill(small)
    world.say(large, 1200)
    assert sold(world.settle()) == [1170, 585]
    assert world.held() == 0


def test_an_entry_that_is_refused_for_its_size_is_left_out_and_the_next_is_sliced_right():
    world = NiftyWorld(truth=1200)
    world.master(nifty_done("M1", "BUY", 27))
    world.settle()
    world.wait(30)
    assert not world.pending
    assert world.held() == 0
    (told,) = world.alerts("was refused")
    assert told.severity is Severity.ERROR
    assert "left out of this order" in told.text
    world.master(nifty_done("M2", "BUY", 27))
    assert [each.quantity for each in world.settle()] == [1170, 585]
    assert world.held() == 27 * LOT
    world.master(nifty_done("X1", "SELL", 54))
    world.settle()
    assert world.held() == 0
    world.check_journal()


def test_the_refused_slices_of_one_entry_are_told_in_one_message():
    world = NiftyWorld(truth=1200)
    world.master(nifty_done("M1", "BUY", 81))
    world.settle()
    assert len(world.alerts("was refused")) == 1
    assert len(world.alerts("at most 1200")) == 1


def test_an_entry_slice_that_has_not_left_yet_is_made_small_enough():
    world = NiftyWorld(a_follower(), a_follower("mother"))
    world.allowances[MOTHER] = NOTHING
    world.master(nifty_done("M1", "BUY", 27))
    world.say(world.place(), 1200)
    assert not world.pending
    world.allowances.clear()
    world.wait(1)
    assert [(each.follower, each.quantity) for each in world.settle()] == [
        (MOTHER, 1170),
        (MOTHER, 585),
    ]


def test_an_entry_of_another_contract_that_has_not_left_yet_is_made_small_enough():
    world = NiftyWorld(a_follower())
    world.master(nifty_done("M1", "BUY", 27))
    first = world.place()
    world.allowances[FATHER] = NOTHING
    world.master(nifty_done("M2", "BUY", 27, symbol=CALL))
    assert not world.pending
    # The very turn that brings the figure has room again.
    world.allowances.clear()
    world.say(first, 1200)
    assert [each.quantity for each in world.settle()] == [1170, 585]
    assert world.held(CALL) == 27 * LOT


@pytest.mark.parametrize("named", [None, 0, LOT - 1, 1755, 1800, 99_999])
def test_a_figure_that_cannot_be_is_an_ordinary_refusal_and_a_person_is_asked(named):
    world = holding(27)
    world.master(nifty_done("X1", "SELL", 27))
    world.say(world.place(), named)
    world.wait(60)
    assert not world.pending
    (told,) = [each for each in world.alerts() if each.severity is Severity.CRITICAL]
    assert told.needs_human
    assert world.state.freezes == {}
    world.check_journal()


def test_a_broker_whose_figure_falls_for_ever_is_followed_down_to_one_lot_and_no_further():
    world = holding(27)
    world.master(nifty_done("X1", "SELL", 27))
    sent = 0
    while world.pending:
        command = world.place()
        sent += 1
        world.say(command, command.quantity - 1)
    world.wait(60)
    assert not world.pending
    assert sent < 200
    assert world.alerts("was refused"), "a person is asked in the end"
    assert world.held() == 27 * LOT


def test_where_no_freeze_was_known_it_is_learned_too():
    world = holding(60, table=None, table_date=None, truth=1800)
    world.master(nifty_done("X1", "SELL", 60))
    assert sold(world.settle()) == [1755, 1755, 390]
    assert "which was not known" in world.alerts("at most 1800")[0].text


def test_a_share_learns_it_for_its_own_symbol():
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=100))
    world.obliging = False
    world.master(done("X1", "SELL", 100))
    NiftyWorld.say(world, world.place(), 40)
    assert [world.place().quantity for _ in range(3)] == [40, 40, 20]
    assert list(world.state.freezes) == [("NSE", "SBIN")]


def test_a_rate_refusal_beside_it_still_waits_for_the_next_second():
    world = holding(54)
    world.master(nifty_done("X1", "SELL", 54))
    first, second = world.place(), world.place()
    world.refuse(first, "rate", "Too many requests", http_status=429)
    world.say(second, 1200)
    assert not world.pending
    world.wait(1.5)
    assert sum(sold(world.settle())) == 54 * LOT


def test_a_rate_refusal_that_comes_after_the_new_slices_waits_too():
    world = holding(54)
    world.master(nifty_done("X1", "SELL", 54))
    first, second = world.place(), world.place()
    world.say(first, 1200)
    anew = [world.place(), world.place()]
    world.now += timedelta(milliseconds=20)
    world.refuse(second, "rate", "Too many requests", http_status=429)
    assert not world.pending
    for each in anew:
        world.ack_and_fill(each)
    world.wait(1.5)
    assert sold(world.settle()) == [1170, 585]
    assert world.held() == 0


@given(
    lots=st.integers(1, 90),
    table=st.one_of(st.none(), st.integers(LOT, 3000)),
    truth=st.integers(LOT, 3000),
    answers=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_an_exit_ends_whole_whatever_the_table_and_the_exchange_say(lots, table, truth, answers):
    """In any order of the answers: every order is whole lots, none that was taken is too large."""
    world = holding(lots, table=table, truth=truth)
    sent_before = len(world.places())
    world.master(nifty_done("X1", "SELL", lots))
    taken = 0
    while world.pending:
        index = answers.randrange(len(world.pending))
        command = world.pending[index]
        del world.pending[index]
        assert command.quantity % LOT == 0
        assert command.quantity > 0
        if command.quantity > truth:
            world.say(command, truth)
        else:
            taken += command.quantity
            world.ack_and_fill(command)
    places = world.places()
    assert taken == lots * LOT
    assert world.held() == 0
    assert len({each.tag for each in places}) == len(places)
    assert len(places) - sent_before <= lots * 2
    wrong = table is None or min(table // LOT, lots) * LOT > truth
    assert bool(world.alerts("The exchange takes at most")) == (wrong and lots * LOT > truth)
    assert not [each for each in world.alerts() if each.severity is Severity.CRITICAL]
    world.check_journal()
