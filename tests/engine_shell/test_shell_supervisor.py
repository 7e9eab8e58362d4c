"""Long tasks that fail are begun again, told of, and take no sibling with them."""

import asyncio

import pytest

from engine.supervisor import FIRST_PAUSE_S, LONGEST_PAUSE_S, Supervisor
from tests.engine_shell.shell_world import ManualClock, settle


class Watched:
    """A task that fails when told, counting its beginnings."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.begun: list[float] = []
        self.failing = asyncio.Event()

    async def run(self) -> None:
        self.begun.append(self.clock.monotonic())
        await self.failing.wait()
        raise RuntimeError("a bug")


@pytest.fixture
async def supervised():
    clock = ManualClock()
    faults: list[tuple[str, BaseException]] = []
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(
            group, clock=clock, faulted=lambda name, error: faults.append((name, error))
        )
        yield supervisor, clock, faults
        supervisor.stop()


async def test_a_failing_task_is_begun_again_and_its_sibling_never_notices(supervised):
    supervisor, clock, faults = supervised
    bad, good = Watched(clock), Watched(clock)
    supervisor.watch("father books", bad.run)
    supervisor.watch("mother books", good.run)
    await settle()
    bad.failing.set()
    await settle()
    bad.failing.clear()
    ((name, error),) = faults
    assert (name, str(error)) == ("father books", "a bug")
    await clock.pass_time(FIRST_PAUSE_S)
    assert (len(bad.begun), len(good.begun)) == (2, 1)


async def test_a_task_that_fails_again_and_again_is_begun_more_and_more_seldom(supervised):
    supervisor, clock, faults = supervised
    bad = Watched(clock)
    bad.failing.set()
    supervisor.watch("father books", bad.run)
    await settle()
    for _ in range(300):
        await clock.pass_time(0.5)
    gaps = [later - earlier for earlier, later in zip(bad.begun, bad.begun[1:], strict=False)]
    assert gaps[:4] == [0.5, 1.0, 2.0, 4.0]
    assert gaps[-1] == LONGEST_PAUSE_S
    assert len(faults) == len(bad.begun)


async def test_after_a_long_good_run_the_next_failure_is_mended_quickly(supervised):
    supervisor, clock, _ = supervised
    bad = Watched(clock)
    bad.failing.set()
    supervisor.watch("father books", bad.run)
    await settle()
    for _ in range(20):
        await clock.pass_time(0.5)
    bad.failing.clear()
    for _ in range(20):
        await clock.pass_time(LONGEST_PAUSE_S)
    begun = len(bad.begun)
    bad.failing.set()
    await settle()
    bad.failing.clear()
    await clock.pass_time(FIRST_PAUSE_S)
    assert len(bad.begun) == begun + 1


async def test_a_task_that_ends_by_itself_is_left_at_that(supervised):
    supervisor, clock, faults = supervised
    times = []

    async def ends() -> None:
        times.append(clock.monotonic())

    supervisor.watch("once", ends)
    await settle()
    await clock.pass_time(60)
    assert (len(times), faults) == (1, [])


async def test_short_work_that_fails_is_told_and_harms_nobody(supervised):
    supervisor, clock, faults = supervised
    good = Watched(clock)
    supervisor.watch("mother books", good.run)

    async def fails() -> None:
        raise ValueError("odd")

    supervisor.spawn(fails(), name="a look")
    await settle()
    assert [(name, type(error)) for name, error in faults] == [("a look", ValueError)]
    assert len(good.begun) == 1


async def test_stopping_ends_every_task_also_one_that_waits_to_begin_again():
    clock = ManualClock()
    bad, good = Watched(clock), Watched(clock)
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock=clock, faulted=lambda *_: None)
        supervisor.watch("bad", bad.run)
        supervisor.watch("good", good.run)
        bad.failing.set()
        await settle()
        supervisor.stop()
    assert (len(bad.begun), len(good.begun)) == (1, 1)
