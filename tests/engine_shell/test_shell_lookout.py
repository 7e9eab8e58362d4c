"""What the last gate sees of clock and kill switch: looked at once a millisecond, never older than that."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.values.commands import Withheld, WithheldReason
from engine.lanes import Lane
from engine.moment import LOOK_S, Lookout, Moment
from tests.engine_shell.shell_world import Gateway, ManualClock, Switch, a_place
from tests.engine_shell.test_shell_steady_clock import TEN, Machine


class Counted(Switch):
    looks = 0

    def is_set(self) -> bool:
        self.looks += 1
        return super().is_set()


def test_it_is_never_more_than_a_millisecond_behind_and_does_not_look_in_between():
    machine, kill = Machine(), Counted()
    lookout = Lookout(machine, kill, for_s=LOOK_S)
    assert lookout.moment(lookout.monotonic()) == Moment.of(TEN)
    kill.active = True
    machine.run(0.0009)
    assert lookout.moment(lookout.monotonic()) == Moment.of(TEN)
    assert kill.looks == 1
    machine.run(0.0001)
    later = TEN + timedelta(seconds=LOOK_S)
    assert lookout.moment(lookout.monotonic()) == Moment.of(later, killed=True)
    assert kill.looks == 2


async def test_after_a_pause_it_is_right_at_once():
    machine, kill = Machine(), Switch()
    lookout = Lookout(machine, kill, for_s=LOOK_S)
    lookout.moment(lookout.monotonic())
    kill.active = True
    await machine.sleep(60)
    seen = lookout.moment(lookout.monotonic())
    assert seen == Moment.of(TEN + timedelta(seconds=60), killed=True)


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_without_a_time_it_looks_whenever_it_is_asked(after_s):
    machine, kill = Machine(), Counted()
    lookout = Lookout(machine, kill)
    for _ in range(3):
        lookout.moment(lookout.monotonic())
        machine.run(after_s)
    assert kill.looks == 3


def test_a_reading_for_the_budget_looks_at_no_switch_and_puts_off_no_look_at_it():
    machine, kill = Machine(), Counted()
    lookout = Lookout(machine, kill, for_s=LOOK_S)
    lookout.moment(lookout.monotonic())
    machine.run(2 * LOOK_S)
    kill.active = True
    assert lookout.reading(lookout.monotonic()).now == TEN + timedelta(seconds=2 * LOOK_S)
    assert kill.looks == 1
    assert lookout.moment(lookout.monotonic()).killed, "it was due, whatever was read meanwhile"
    assert kill.looks == 2


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.003)), max_size=30))
def test_readings_and_moments_never_go_back_however_they_are_mixed(steps):
    machine = Machine()
    lookout = Lookout(machine, Switch(), for_s=LOOK_S)
    before = TEN
    for is_reading, seconds in steps:
        at_s = lookout.monotonic()
        seen = lookout.reading(at_s) if is_reading else lookout.moment(at_s)
        assert seen.now >= before
        assert machine.now() - seen.now <= timedelta(seconds=LOOK_S)
        before = seen.now
        machine.run(seconds)


async def test_lanes_that_share_it_stop_together_within_a_millisecond_of_the_switch():
    clock, kill = ManualClock(), Counted()
    lookout = Lookout(clock, kill, for_s=LOOK_S)
    gateways = [Gateway() for _ in range(50)]
    withheld = []
    lanes = [
        Lane(
            gateway,
            clock=clock,
            lookout=lookout,
            epoch=lambda: 1,
            answered=lambda answer: withheld.append(answer.outcome),
            budget=None,
        )
        for gateway in gateways
    ]
    for lane in lanes[:20]:
        lane.send(a_place())
    assert kill.looks == 1, "a burst looks once"
    kill.active = True
    await clock.pass_time(LOOK_S)
    for lane in lanes[20:]:
        lane.send(a_place())
    assert [len(gateway.sent) for gateway in gateways] == [1] * 20 + [0] * 30
    assert withheld == [Withheld(reason=WithheldReason.KILLED)] * 30


def test_a_moment_counts_seconds_and_days_without_a_gap():
    before = Moment.of(TEN.replace(hour=23, minute=59, second=59, microsecond=999_999))
    after = Moment.of(before.now + timedelta(microseconds=1))
    assert (after.second - before.second, after.day - before.day) == (1, 1)
