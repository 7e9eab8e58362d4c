"""What a start or /live is told before it happens: who is left out, and what is left alone."""

import pytest

from engine.core import control as c
from engine.core.market import Venue
from engine.core.preflight import preflight
from engine.core.taking_part import open_entries
from engine.core.views import CheckLevel
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


def told(world: World, venue: Venue | None = None) -> dict[CheckLevel, str]:
    """Return the texts of each level, joined."""
    lines = preflight(world.state, venue or world.state.venue, now=world.now)
    return {
        level: " | ".join(line.text for line in lines if line.level is level)
        for level in CheckLevel
    }


def a_stopped_world(*followers, venue=Venue.LIVE) -> World:
    return World(*followers, venue=venue, copying=False)


@pytest.mark.parametrize("venue", list(Venue))
def test_a_paused_or_switched_off_follower_is_named_and_the_others_may_start(venue):
    world = a_stopped_world(
        a_follower(), a_follower("mother"), a_follower("aunt", enabled=False), venue=venue
    )
    world.ask(c.PauseFollower(follower=MOTHER))
    found = told(world)
    assert "mother: paused, left out; /resume mother" in found[CheckLevel.WARN]
    assert "aunt: switched off in .env" in found[CheckLevel.WARN]
    assert not found[CheckLevel.FAIL]


@pytest.mark.parametrize("venue", list(Venue))
def test_a_start_for_nobody_is_refused_with_the_mend(venue):
    world = a_stopped_world(a_follower(), a_follower("aunt", enabled=False), venue=venue)
    world.ask(c.PauseFollower(follower=FATHER))
    assert told(world)[CheckLevel.FAIL] == "no follower takes entries: /resume father"
    nobody = a_stopped_world(a_follower(enabled=False), venue=venue)
    assert "ENABLED=true" in told(nobody)[CheckLevel.FAIL]


def test_arming_does_not_wait_for_a_resume_that_waits_for_arming():
    world = a_stopped_world()
    world.ask(c.PauseFollower(follower=FATHER))
    world.wait(21 * 3600, step=3600)
    assert "no follower takes entries" in told(world)[CheckLevel.WARN]
    assert "no follower takes entries" not in told(world)[CheckLevel.FAIL]


def test_what_the_master_holds_at_a_start_is_named_as_not_copied():
    world = a_stopped_world()
    world.master(done("M1", quantity=10), done("M2", "SELL", 5, symbol="INFY"))
    warned = told(world)[CheckLevel.WARN]
    assert "will NOT be copied: +10 SBIN, -5 INFY" in warned
    world.master(
        done("M3", quantity=75, exchange="NFO", symbol=FUTURE),
        done("M4", quantity=75, exchange="NFO", symbol="NIFTY26DEC26000CE"),
    )
    assert told(world)[CheckLevel.WARN].endswith(" and 1 more")


def test_what_was_copied_is_not_named_as_left_alone():
    world = World()
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    assert "NOT be copied" not in told(world)[CheckLevel.WARN]
    world.ask(c.StopCopy())
    assert "NOT be copied" not in told(world)[CheckLevel.WARN]


def test_only_working_unfilled_entries_may_be_copied_too():
    world = a_stopped_world()
    assert len(open_entries(world.state)) == 0
    world.master(
        an_order("M1", price="99", quantity=5),
        an_order("M2", price="99", quantity=5, filled_quantity=2, symbol="INFY"),
        done("M3", quantity=75, exchange="NFO", symbol=FUTURE),
    )
    assert len(open_entries(world.state)) == 1
    world.master(
        an_order("M4", "SELL", 75, price="99", exchange="NFO", symbol=FUTURE),
        an_order("M1", price="99", quantity=5, status="CANCELLED"),
    )
    assert len(open_entries(world.state)) == 0, (
        "an exit is no entry, a cancelled order does not work"
    )
