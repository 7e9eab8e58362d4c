"""The broker's order limits, held on our side in a sliding and a calendar second."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.restart import writes_sent
from engine.budget import DAY, MINUTE, SECOND, RateBudget
from engine.core.values.events import Allowance
from engine.moment import Moment
from tests.core.core_world import FATHER, MORNING, World, an_order


class Counted:
    def __init__(self, start: float = 0.0) -> None:
        self.budget = RateBudget()
        self.at = start

    def spend(self, times: int = 1) -> None:
        for _ in range(times):
            self.budget.spend(Moment.of(self._now()), self.at)

    def left(self) -> tuple[int, int]:
        allowance = self.budget.allowance(Moment.of(self._now()), self.at)
        assert isinstance(allowance, Allowance)
        return allowance.entries, allowance.total

    def _now(self):
        return MORNING + timedelta(seconds=self.at)


def test_the_figures_leave_room_below_the_brokers_own():
    assert (SECOND.total, MINUTE.total, DAY.total) == (8, 400, 5000)
    assert (SECOND.entries, MINUTE.entries, DAY.entries) == (6, 360, 4500)


def test_entries_stop_at_six_a_second_and_two_are_left_for_exits():
    counted = Counted()
    assert counted.left() == (6, 8)
    counted.spend(6)
    assert counted.left() == (0, 2)
    counted.spend(2)
    assert counted.left() == (0, 0)


def test_a_second_slides():
    counted = Counted()
    counted.spend(8)
    counted.at = 0.99
    assert counted.left() == (0, 0)
    counted.at = 1.0
    assert counted.left() == (6, 8)


def test_a_calendar_second_is_held_too_because_the_brokers_clock_is_not_ours():
    # The wall clock stands still while the monotonic one has gone on: NTP set it back.
    counted = Counted()
    counted.spend(8)
    still = counted.budget.allowance(Moment.of(MORNING), 1.5)
    assert still.total == 0


@given(
    st.lists(st.tuples(st.floats(0, 0.6), st.integers(0, 8)), max_size=12),
    st.floats(0, 1.5),
)
def test_clocks_that_were_read_earlier_never_allow_more(spent, late_s):
    """Nothing left since: what a drain decides is counted by the clocks of its first look."""
    counted = Counted(0.1)
    for pause_s, times in spent:
        counted.at += pause_s
        counted.spend(times)
    earlier = counted.left()
    counted.at += late_s
    assert earlier[0] <= counted.left()[0]
    assert earlier[1] <= counted.left()[1]


def test_at_any_pace_no_second_and_no_minute_is_ever_overspent():
    counted, spent = Counted(0.137), []
    while counted.at < 130:
        for _ in range(counted.left()[1]):
            counted.spend()
            spent.append(counted.at)
        counted.at += 0.05
    for start in spent[:: len(spent) // 200]:
        assert sum(start <= at < start + 1 for at in spent) <= 8
        assert sum(start <= at < start + 60 for at in spent) <= 400
    for second in range(130):
        assert sum(second <= at < second + 1 for at in spent) <= 8


@pytest.mark.parametrize("spent", [360, 400])
def test_a_minute_keeps_forty_for_exits(spent):
    counted = Counted()
    for _ in range(spent):
        counted.spend()
        counted.at += 0.14
    entries, total = counted.left()
    assert entries == 0
    assert total == 0 if spent == 400 else total > 0


def test_a_day_ends_at_midnight():
    counted = Counted()
    for _ in range(5000):
        counted.spend()
        counted.at += 1.0
    assert counted.left() == (0, 0)
    counted.at = 15 * 3600
    assert counted.left() == (6, 8)


def test_a_restart_does_not_give_the_minute_and_the_day_back():
    counted = Counted(start=1_000.0)
    now = MORNING + timedelta(seconds=1_000)
    sent = [now - timedelta(seconds=30)] * 355 + [now - timedelta(minutes=20)] * 100
    counted.budget.restore(sent, now=now, monotonic=1_000.0)
    allowance = counted.budget.allowance(Moment.of(now), 1_000.0)
    assert allowance == Allowance(entries=MINUTE.entries - 355, total=SECOND.total)
    late = counted.budget.allowance(Moment.of(now + timedelta(minutes=2)), 1_120.0)
    assert late.entries == SECOND.entries
    counted.budget.restore([now - timedelta(hours=1)] * 4_042, now=now, monotonic=1_000.0)
    spent = counted.budget.allowance(Moment.of(now + timedelta(minutes=2)), 1_120.0)
    assert spent == Allowance(entries=DAY.entries - 455 - 4_042, total=SECOND.total)


def test_what_left_before_a_restart_is_read_off_the_journal():
    world = World()
    world.master(an_order("M1", price="99"))
    world.ack()
    world.master(an_order("M1", price="98"))
    world.modified()
    world.master(an_order("M1", price="98", status="CANCELLED"))
    world.cancelled()
    assert len(writes_sent(world.state, FATHER)) == 3
