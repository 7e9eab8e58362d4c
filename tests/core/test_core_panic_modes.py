"""A panic of PAPER that waits for prices stands in the way of nothing of real money."""

from engine.core.values import control as c
from engine.core.values.market import Venue
from tests.core.core_world import World, done


def waiting_in_paper() -> World:
    """A panic of PAPER that goes on, as nothing trades, and the mode is LIVE by now."""
    world = World(venue=Venue.PAPER)
    world.master(done())
    world.ack_and_fill()
    world.wait(1)
    assert world.ask(c.SquareOffAll(venue=Venue.PAPER)).accepted
    world.wait(1)
    assert world.place().venue is Venue.PAPER
    world.pending.clear()
    assert world.state.panic.ended_at is None
    world.go_live()
    return world


def test_copying_in_live_begins():
    world = waiting_in_paper()
    assert world.ask(c.StartCopy()).accepted


def test_a_panic_of_live_takes_its_place():
    world = waiting_in_paper()
    world.ask(c.StartCopy())
    world.master(done("M2"))
    world.ack_and_fill()
    world.wait(1)
    reply = world.ask(c.SquareOffAll(venue=Venue.LIVE))
    assert "1 copied holding is being closed" in reply.text
    assert world.state.panic.venue is Venue.LIVE
    assert world.place().venue is Venue.LIVE
    world.check_journal()
