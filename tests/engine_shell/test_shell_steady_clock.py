"""A wall clock that is set back does not take the engine back."""

from datetime import datetime, timedelta

from engine.clock import SteadyClock
from engine.core.values.market import IST

TEN = datetime(2026, 11, 18, 10, 0, tzinfo=IST)


class Machine:
    """A machine's clock that can be set."""

    def __init__(self) -> None:
        self.wall, self.ran = TEN, 50.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ran

    async def sleep(self, seconds: float) -> None:
        self.run(seconds)

    def run(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ran += seconds


async def test_it_shows_the_machines_time_while_that_goes_on():
    machine = Machine()
    clock = SteadyClock(machine)
    await clock.sleep(5)
    assert clock.now() == machine.wall == TEN + timedelta(seconds=5)
    assert clock.monotonic() == 55


def test_set_forward_it_follows_at_once():
    machine = Machine()
    clock = SteadyClock(machine)
    machine.wall += timedelta(minutes=20)
    assert clock.now() == TEN + timedelta(minutes=20)


def test_set_back_it_goes_on_from_where_it_was_and_meets_the_machine_again():
    machine = Machine()
    clock = SteadyClock(machine)
    machine.run(10)
    before = clock.now()
    machine.wall -= timedelta(seconds=2)
    assert clock.now() == before
    machine.run(1)
    assert clock.now() - before == timedelta(seconds=0.5)
    machine.run(3)
    assert clock.now() == machine.wall
