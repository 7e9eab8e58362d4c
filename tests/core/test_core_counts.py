"""Counts in the chat are words a person would say, and what there is none of is left out."""

import pytest

from engine.core.values import control as c
from engine.core.values.counts import counted, mentioned
from tests.core.core_world import World, an_order, done


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("order",), "0 orders"),
        (1, ("order",), "1 order"),
        (2, ("order",), "2 orders"),
        (1, ("exit waits", "exits wait"), "1 exit waits"),
        (2, ("exit waits", "exits wait"), "2 exits wait"),
    ],
)
def test_a_count_goes_with_its_words(number, words, told):
    assert counted(number, *words) == told


def test_what_there_is_none_of_is_not_mentioned():
    assert mentioned((0, "order", "orders"), (3, "exit", "exits")) == ["3 exits"]


def test_a_panic_with_nothing_at_rest_says_nothing_of_cancels():
    world = World()
    world.master(done())
    world.ack_and_fill()
    text = world.ask(c.SquareOffAll(venue=world.state.venue)).text
    assert text.startswith("Panic: entries are stopped, 1 copied holding is being closed.")


def test_paper_is_refused_by_what_is_at_the_broker_alone():
    world = World()
    world.master(an_order(price=100))
    world.ack(world.place())
    text = world.ask(c.GoPaper()).text
    assert text.startswith("Still LIVE: 1 open order is at the broker,")
