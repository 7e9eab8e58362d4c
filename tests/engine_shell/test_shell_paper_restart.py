"""What was on its way to the paper venue when the process ended: never taken, and said to be so."""

from datetime import timedelta

import pytest

from bot.restart import lost_on_paper, paper_positions
from engine.core.decide import trading_day_of
from engine.core.values.events import Started
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Venue
from tests.core.core_world import FATHER, World, an_order, done


def crash(world: World) -> None:
    """End the process and begin again as the composition root does."""
    world.state = world._folded()
    world._configure(world.state)
    world.pending.clear()
    for answered in lost_on_paper(world.state, at=world.now):
        world.offer(answered)
    world.offer(Started(at=world.now, trading_day=trading_day_of(world.now), install_id="K7"))
    world.check_journal()


def test_a_paper_entry_that_was_being_sent_is_named_and_blocks_nothing():
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.take()
    crash(world)
    (child,) = world.children("M1", Leg.ENTRY)
    assert child.state is IntentState.REFUSED
    assert world.alerts("the program ended before it was placed")
    assert not world.alerts("UNKNOWN")
    world.master(done("M2"))
    assert world.place().quantity == 10, "the key is not frozen by an order nobody can find"


def test_a_paper_exit_that_was_being_sent_goes_out_again():
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("M2", "SELL"))
    world.take()
    crash(world)
    world.wait(2)
    exit_ = world.ack_and_fill()
    assert (exit_.side.value, exit_.quantity) == ("SELL", 10)
    assert world.held() == 0


def test_orders_that_rest_and_live_orders_are_left_as_they_are():
    world = World(venue=Venue.PAPER)
    world.master(an_order("M1", price="99.50"))
    world.ack()
    assert lost_on_paper(world.state, at=world.now) == []
    live = World()
    live.master(done("M1"))
    assert lost_on_paper(live.state, at=live.now) == []


def test_what_is_held_on_paper_is_given_back_with_its_average_and_nothing_of_live():
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    (held,) = paper_positions(world.state, FATHER)
    assert (held.symbol, held.quantity) == ("SBIN", 10)
    assert held.average_price > 0
    world.master(done("M2", "SELL"))
    world.ack_and_fill()
    assert paper_positions(world.state, FATHER) == []
    live = World()
    live.master(done("M1"))
    live.ack_and_fill()
    assert paper_positions(live.state, FATHER) == []


@pytest.mark.parametrize(("product", "left"), [(Product.MIS, []), (Product.CNC, [10])])
def test_a_start_on_a_new_day_gives_back_what_the_journal_keeps_of_the_day_before(product, left):
    """The account is given back before the day turns; a square-off would close what nobody holds any more."""
    world = World(venue=Venue.PAPER)
    world.master(done("M1", product=product))
    world.ack_and_fill()
    morning = world.now + timedelta(days=1)
    same_day = paper_positions(world.state, FATHER, today=trading_day_of(world.now))
    given_back = paper_positions(world.state, FATHER, today=trading_day_of(morning))
    world.now = morning
    world.restart()
    assert same_day
    assert [row.quantity for row in given_back] == left
    assert [row.quantity for row in paper_positions(world.state, FATHER)] == left
