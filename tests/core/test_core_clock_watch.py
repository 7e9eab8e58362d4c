"""A clock that disagrees with the broker's is told once, stops entries when it is far off, never exits."""

from datetime import timedelta

import pytest

from engine.core.values.events import ClockCompared
from engine.core.values.market import Side
from engine.core.values.notices import Severity, SkipReason
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


def stamped(world: World, seconds_ago: float, order_id: str = "M1") -> None:
    """Have the master fill, as the broker's clock stamps it: so long ago by ours, which may be wrong."""
    world.master(done(order_id, updated_at=world.now - timedelta(seconds=seconds_ago)))


def test_a_fill_is_as_old_as_the_brokers_clock_says_though_ours_is_behind():
    world = World()
    compare(world, -8, -9)
    stamped(world, 3)
    assert not world.pending, "it is 11 s old"
    assert world.skip_of("M1") is SkipReason.STALE
    stamped(world, 1, "M2")
    assert world.place()


def test_a_fill_is_as_young_as_the_brokers_clock_says_though_ours_is_ahead():
    world = World()
    compare(world, 12, 12)
    stamped(world, 13)
    place = world.place()
    assert place.deadline == world.now + timedelta(seconds=9), "it is 1 s old and may be 10 s"


def test_a_fill_that_is_stamped_later_than_our_slow_clock_is_young_and_grows_old_by_the_broker():
    world = World()
    compare(world, -14, -14)
    stamped(world, -14)
    place = world.place()
    assert place.deadline == world.now + timedelta(seconds=10)
    compare(world, 0, 0)
    stamped(world, -14, "M2")
    assert world.place().deadline == world.now + timedelta(seconds=10), "no stamp of the future"


def test_row_52_after_one_answer_that_says_our_clock_is_off_an_entry_waits_for_the_next():
    world = World()
    compare(world, -20)
    stamped(world, -5)
    assert not world.pending
    compare(world, -20)
    world.wait(1)
    assert not world.pending, "it was 15 s old"
    assert world.skip_of("M1") is SkipReason.STALE
    compare(world, 0, 0, -20)
    stamped(world, 0, "M2")
    assert not world.pending
    compare(world, 0)
    world.wait(1)
    assert world.place(), "that answer was wrong by itself"
    world.check_journal()


def test_answers_that_differ_in_how_far_the_clock_is_behind_count_by_the_less():
    world = World()
    compare(world, -25, -4)
    stamped(world, 5)
    assert world.place(), "it is 9 s old"
    compare(world, 5, -5)
    stamped(world, 9, "M2")
    assert world.place(), "nothing is agreed"


def test_a_fresh_fill_that_a_start_with_a_slow_clock_finds_first_is_entered():
    world = World()
    compare(world, -20)
    stamped(world, -19)
    assert not world.pending, "it may be old: the next answer tells"
    compare(world, -20)
    world.wait(1)
    assert world.place(), "it is 2 s old"
    world.check_journal()
