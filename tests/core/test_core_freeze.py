"""A freeze table that is wrong: the refusal teaches, the exit goes out, and nothing runs for ever."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values.commands import Modify, Place
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, Side
from engine.core.values.notices import Severity
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done
from tests.core.nifty_world import CALL, FUTURE, LOT, NiftyWorld, nifty, nifty_done, sold

#: A second whose budget is spent.
NOTHING = Allowance(entries=0, total=0)


def holding(lots: int = 27, *followers, **changed) -> NiftyWorld:
    world = NiftyWorld(*followers, **changed)
    world.hold(lots)
    world.check_journal()
    return world


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


def test_what_was_learned_outlives_a_restart_and_the_day():
    world = holding(54, truth=1200)
    world.master(nifty_done("X1", "SELL", 27))
    world.settle()
    world.restart()
    world.master()
    world.read()
    assert world.state.listed("NFO", FUTURE).freeze_quantity == 1200
    world.master(nifty_done("X2", "SELL", 27))
    assert [each.quantity for each in world.settle()] == [1170, 585]
    world.sleep(24 * 3600)
    world.wait(1)
    assert world.state.listed("NFO", CALL).freeze_quantity == 1200
    assert world.state.listed("NFO", FUTURE).freeze_quantity == 1200


@pytest.mark.parametrize(
    ("table_date", "counts"),
    [
        (date(2026, 11, 17), 1200),
        (date(2026, 11, 18), 1200),  # of the day it was learned
        (date(2026, 11, 19), 1500),
        (None, 1200),
    ],
)
def test_a_table_of_a_later_date_takes_its_place(table_date, counts):
    world = holding(27, truth=1200)
    world.master(nifty_done("X1", "SELL", 27))
    world.settle()
    world.table, world.table_date = 1500, table_date
    world.restart()
    assert world.state.listed("NFO", FUTURE).freeze_quantity == counts


def test_a_table_from_the_future_is_corrected_as_any_other():
    """A clock behind the table's date must not make the lesson void: the exit would never end."""
    world = holding(27, table_date=date(2027, 1, 1), truth=1200)
    world.master(nifty_done("X1", "SELL", 27))
    assert [each.quantity for each in world.settle()] == [1170, 585]
    assert world.held() == 0


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


def test_what_one_follower_and_one_contract_taught_counts_for_all():
    world = holding(27, a_follower(), a_follower("mother"), truth=1200)
    world.master(nifty_done("X1", "SELL", 27))
    first, second = world.place(), world.place()
    assert {first.follower, second.follower} == {FATHER, MOTHER}
    world.say(first, 1200)
    world.say(second, 1200)
    world.settle()
    assert (world.held(), world.held(name=MOTHER)) == (0, 0)
    world.master(nifty_done("M2", "BUY", 27, symbol=CALL))
    assert [each.quantity for each in world.settle()] == [1170, 585] * 2


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


def test_a_broker_that_says_the_same_of_every_size_is_asked_no_more():
    world = holding(27)
    world.master(nifty_done("X1", "SELL", 27))
    world.say(world.place(), 1200)
    for each in (world.place(), world.place()):
        world.say(each, 1200)
    world.wait(60)
    assert not world.pending
    assert [each.needs_human for each in world.alerts("was refused")] == [True, True]


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


def test_an_order_the_broker_took_is_not_made_smaller_by_what_was_learned_later():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 27, price=100))
    resting = world.ack()
    world.master(nifty_done("M2", "BUY", 27, symbol=CALL))
    world.say(world.place(), 1200)
    world.master(nifty("M1", "BUY", 27, price=100, filled_quantity=LOT))
    world.wait(5)
    assert not world.pending
    assert world.row(resting).quantity == 1755


def test_what_it_takes_no_change_of_any_more_is_cancelled_and_sliced_anew():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 27, price=100))
    world.ack()
    world.master(nifty("M1", "BUY", 27, price=99))
    change = world.modify()
    assert change.quantity == 1755
    world.say(change, 1200)
    world.cancelled()
    assert [(each.quantity, each.price) for each in (world.place(), world.place())] == [
        (1170, 99),
        (585, 99),
    ]


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.EXIT])
def test_a_change_that_would_pass_the_freeze_fills_the_order_up_and_makes_a_further_one(leg):
    world, side, order_id = resting_pair(leg, lots=20)
    world.master(nifty(order_id, side, 40, price=100))
    changed = world.modify()
    assert changed.quantity == 1755
    rest = world.place()
    assert (rest.quantity, rest.price) == (40 * LOT - 1755, 100)
    world.modified(changed)
    world.ack(rest)
    world.wait(5)
    assert not world.pending
    # And down again: the further one goes first.
    world.master(nifty(order_id, side, 20, price=100))
    kept, gone = world.modify(), world.cancel()
    assert kept.quantity == 20 * LOT
    assert gone.order_id == world.order_ids[rest.tag]
    world.check_journal()


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.EXIT])
def test_a_change_that_is_refused_for_its_size_keeps_what_it_may_and_makes_a_further_one(leg):
    world, side, order_id = resting_pair(leg, lots=10)
    world.master(nifty(order_id, side, 25, price=100))
    changed = world.modify()
    assert changed.quantity == 1625
    world.say(changed, 1200)
    world.read()
    world.wait(2)
    world.read()
    world.wait(2)
    total, seen = 0, []
    while world.pending:
        command = world.take()
        seen.append(command.quantity)
        if isinstance(command, Modify):
            world.modified(command)
        else:
            assert isinstance(command, Place)
            world.ack(command)
    rows = [row for row in world.rows[FATHER].values() if not row.status.is_terminal]
    total = sum(row.quantity for row in rows)
    assert total == 25 * LOT, seen
    assert max(row.quantity for row in rows) <= 1200
    assert len(rows) == 2
    world.check_journal()


def resting_pair(leg: Leg, *, lots: int) -> tuple[NiftyWorld, str, str]:
    """Return a world in which an entry (or an exit) of some lots rests with the master's own."""
    if leg is Leg.ENTRY:
        world = NiftyWorld()
        world.master(nifty("M1", "BUY", lots, price=100))
        world.ack()
        return world, "BUY", "M1"
    world = holding(60)
    world.master(nifty("X1", "SELL", lots, price=100))
    world.ack()
    return world, "SELL", "X1"


def gone_through_zero() -> tuple[NiftyWorld, list[Place]]:
    """Return a world 40 lots short by two exits that both filled, and the covers that left."""
    world = holding(40)
    world.master(nifty("T", "SELL", 40, price=110))
    target = [world.ack(), world.ack()]
    world.master(nifty_done("X1", "SELL", 40), nifty("T", "SELL", 40, price=110))
    orders = [each for each in world.pending if isinstance(each, Place)]
    world.pending.clear()
    # Both fill before any cancel arrives.
    for each in target:
        world.fill(each)
    for each in orders:
        world.ack_and_fill(each)
    assert world.held() == -40 * LOT
    covers = [each for each in world.pending if isinstance(each, Place)]
    assert sum(each.quantity for each in covers) == 40 * LOT
    return world, covers


def test_a_cover_that_is_refused_for_good_is_not_sent_again_while_another_works():
    world, (first, second) = gone_through_zero()
    world.pending.clear()
    world.refuse(first, "margin", "no funds")
    assert not world.pending
    world.ack_and_fill(second)
    world.wait(5)
    assert not world.pending
    assert world.held() == -first.quantity
    assert world.alerts("was refused")[-1].needs_human


def test_what_went_through_zero_is_covered_in_slices_of_what_was_learned():
    world, _ = gone_through_zero()
    world.truth = 1200
    covers = world.settle()
    assert {each.side for each in covers} == {Side.BUY}
    assert sum(each.quantity for each in covers) == 40 * LOT
    assert max(each.quantity for each in covers) == 1170
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


def test_the_figure_is_a_record_that_an_older_store_simply_does_not_have():
    world = holding(27)
    assert not any(kind == "FreezeLearned" for kind, _ in world.journal)
    world.restart()
    assert world.state.freezes == {}


def test_a_refused_slice_is_refused_for_good_in_the_store():
    world = holding(27)
    world.master(nifty_done("X1", "SELL", 27))
    refused = world.place()
    world.say(refused, 1200)
    child = world.state.children[refused.tag]
    assert child.state is IntentState.REFUSED
    assert [each.generation for each in world.children(OrderId("X1"), Leg.EXIT)] == [0, 1, 1]
