"""What was told is remembered as long as it may be told again, and no longer."""

from datetime import timedelta

from engine.core.decide import trading_day_of
from engine.core.values.events import Faulted, Ticked
from engine.core.values.market import MASTER
from tests.core.core_world import World


def fault(world: World, text: str) -> None:
    world.offer(Faulted(topic="engine", text=text, at=world.now))


def next_day(world: World) -> None:
    world.now += timedelta(days=1)
    world.offer(Ticked(at=world.now, trading_day=trading_day_of(world.now)))


def test_months_of_faults_leave_no_more_marks_than_days():
    world = World()
    for day in range(40):
        fault(world, f"The disk is slow ({day}).")
        next_day(world)
    assert len(world.state.told | world.state.told_before) < 5


def test_what_was_told_today_or_yesterday_is_remembered():
    world = World()
    fault(world, "The disk is slow.")
    told = set(world.state.told)
    next_day(world)
    assert told <= world.state.told
    next_day(world)
    assert told.isdisjoint(world.state.told)


def test_what_lasts_is_not_told_again_each_morning():
    world = World()
    world.state.account(MASTER).book_total = 3
    world.master()
    for _ in range(4):
        next_day(world)
    assert "shrunk-book" in world.state.told
    assert len(world.alerts("fewer orders than before")) == 1
