"""What a refusal taught about the freeze quantity: for whom it counts, how long, and where it ends."""

from datetime import date

import pytest

from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId
from tests.core.core_world import FATHER, MOTHER, a_follower
from tests.core.nifty_world import CALL, FUTURE, holding, nifty_done


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


def test_a_broker_that_says_the_same_of_every_size_is_asked_no_more():
    world = holding(27)
    world.master(nifty_done("X1", "SELL", 27))
    world.say(world.place(), 1200)
    for each in (world.place(), world.place()):
        world.say(each, 1200)
    world.wait(60)
    assert not world.pending
    assert [each.needs_human for each in world.alerts("was refused")] == [True, True]


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
