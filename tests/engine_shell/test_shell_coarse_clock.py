"""A clock for the last gate: read once a millisecond, never older than that."""

from datetime import timedelta

from engine.clock import COARSE_S, CoarseClock
from tests.engine_shell.test_shell_steady_clock import TEN, Machine


def test_it_is_never_more_than_a_millisecond_behind_and_does_not_read_in_between():
    machine = Machine()
    clock = CoarseClock(machine)
    assert clock.now() == TEN
    machine.run(0.0009)
    assert clock.now() == TEN
    assert clock.monotonic() == machine.ran
    machine.run(0.0001)
    assert clock.now() == TEN + timedelta(seconds=COARSE_S)


async def test_after_a_pause_it_is_right_at_once():
    machine = Machine()
    clock = CoarseClock(machine)
    clock.now()
    await clock.sleep(60)
    assert clock.now() == TEN + timedelta(seconds=60)
