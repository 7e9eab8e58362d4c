"""A program that stood still says so, once an episode, whichever clock tells of it."""

from datetime import timedelta

import pytest

from engine.core.values.notices import Severity
from engine.pulse import TICK_S
from engine.standstill import QUIET_S, STOOD_STILL_S, Standstill
from tests.engine_shell.shell_world import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def looked(clock):
    """Return a function that lets time pass and tells what the next look says."""
    standstill = Standstill(clock)
    standstill.look(every_s=TICK_S)

    async def look(seconds: float, *, asleep: float = 0.0) -> str:
        await clock.pass_time(seconds)
        clock.set(clock.now() + timedelta(seconds=asleep))
        found = standstill.look(every_s=TICK_S)
        if found is None:
            return ""
        assert found.severity is Severity.WARNING
        return found.text

    return look


async def test_row_51_a_loop_that_was_blocked_is_told_once_an_episode(looked):
    assert not await looked(TICK_S)
    assert not await looked(TICK_S + STOOD_STILL_S)
    assert "stood still for 5 s until 10:00:07. The machine is too busy" in await looked(5)
    for _ in range(5):
        assert not await looked(4), "the same episode"
    for _ in range(int(QUIET_S / TICK_S) + 1):
        assert not await looked(TICK_S)
    assert "stood still for 3 s" in await looked(3)


async def test_row_53_a_machine_that_slept_is_told_by_the_wall_clock(looked):
    """The monotonic clock does not count the sleep of a machine."""
    assert "stood still for 1200 s until 10:20:00. The machine slept" in await looked(
        TICK_S, asleep=1200 - TICK_S
    )
    assert not await looked(TICK_S)


async def test_a_clock_that_is_set_back_is_no_standstill(looked):
    assert not await looked(TICK_S, asleep=-100)
    assert not await looked(TICK_S)
