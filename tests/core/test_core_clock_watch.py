"""A clock that disagrees with the broker's is told once, stops entries when it is far off, never exits."""

from datetime import timedelta

import pytest

from engine.core.events import ClockCompared
from engine.core.market import Side
from engine.core.notices import Severity, SkipReason
from tests.core.core_world import World, an_order, done


def compare(world: World, *seconds: float) -> None:
    """Have answers of the broker say one after the other that our clock is so far ahead."""
    for each in seconds:
        world.offer(ClockCompared(ahead=timedelta(seconds=each), at=world.now))


@pytest.mark.parametrize(
    ("ahead", "words"), [(3, "3 s ahead of Kite's"), (-4, "4 s behind Kite's")]
)
def test_row_52_a_clock_more_than_two_seconds_off_is_told_once_and_that_it_is_well_again(
    ahead, words
):
    world = World()
    compare(world, ahead, ahead, ahead)
    (alert,) = world.alerts("This machine's clock")
    assert alert.severity is Severity.WARNING
    assert words in alert.text
    assert "NTP" in alert.text
    world.master(done())
    assert world.place(), "entries go on"
    compare(world, 0, 0, 0)
    assert len(world.alerts("agrees with Kite's again")) == 1


def test_two_seconds_are_no_matter():
    world = World()
    compare(world, 2, 2, -2, -2)
    assert not world.alerts("clock")


def test_row_52_a_clock_more_than_thirty_seconds_off_stops_entries_and_never_exits():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    compare(world, -31, -31, -31)
    (alert,) = world.alerts("no entry leaves until it is right, exits go on")
    assert alert.severity is Severity.CRITICAL
    world.master(done("M2", symbol="INFY"))
    assert not world.pending
    assert world.skip_of("M2", symbol="INFY") is SkipReason.CLOCK
    world.master(done("X1", "SELL"))
    assert world.place().side is Side.SELL
    compare(world, 0, 0)
    world.master(done("M3", symbol="INFY"))
    assert world.place().side is Side.BUY
    world.check_journal()


def test_a_resting_entry_is_left_and_no_dearer_one_takes_its_place_while_the_clock_is_far_off():
    world = World()
    world.master(an_order("M1", price="100"))
    world.ack()
    compare(world, 40, 40)
    world.master(an_order("M1", quantity=20, price="101"))
    assert not world.pending
    world.master(an_order("M1", quantity=20, price="101", status="CANCELLED"))
    assert world.cancel(), "what makes it less is followed"


def test_one_server_that_is_wrong_by_itself_stops_nothing():
    world = World()
    compare(world, 0, 40, 0, 40, 0)
    assert not world.alerts("clock")
    world.master(done())
    assert world.place()
