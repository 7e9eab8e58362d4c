"""What /sync does not propose, and why."""

import pytest

from engine.core.values import control as c
from tests.core.core_sync import a_position, orders, proposal, short_of, why_not
from tests.core.core_world import FATHER, World, a_follower, done


def _in_flight() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.take()
    return world


def _unknown() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.lose(world.take())
    return world


def _logged_out() -> World:
    world = short_of()
    world.lose_session()
    return world


def _unread() -> World:
    world = short_of()
    world.ask(c.ResumeFollower(follower=FATHER))
    return world


def _blocked() -> World:
    return short_of(symbols_block=("NSE:SB*",))


def _paused() -> World:
    world = short_of()
    world.ask(c.PauseFollower(follower=FATHER))
    return world


def _stopped() -> World:
    world = short_of()
    world.ask(c.StopCopy())
    return world


def _killed() -> World:
    world = short_of()
    world.ask(c.SetKill(active=True))
    return world


def _by_hand() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(4))
    return world


def _master_unread() -> World:
    world = short_of()
    world.restart()
    world.read()
    return world


NOT = {
    "10 still working": _in_flight,
    "outcome UNKNOWN": _unknown,
    "no session": _logged_out,
    "being read": _unread,
    "follower is paused": _paused,
    "copying was stopped": _stopped,
    "kill switch is set": _killed,
    "the account shows 4 of 10 copied": _by_hand,
    "master's order book has not been read": _master_unread,
}


@pytest.mark.parametrize("why", NOT)
def test_nothing_is_proposed_where_it_may_not_be(why):
    world = NOT[why]()
    assert not proposal(world).orders
    assert why in why_not(world)


def test_what_is_not_to_be_copied_is_not_missing_and_what_was_copied_is_left():
    assert not proposal(_blocked()).orders
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    world.restart(rules=[a_follower(symbols_block=("NSE:SB*",))])
    world.master()
    world.read()
    assert not orders(world)
    assert "not copied for this follower" in why_not(world)
