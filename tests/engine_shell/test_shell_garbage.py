"""Garbage is looked for when no orders leave; a burst of them meets no look at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app.garbage import ALL_AT_LATEST_S, ALL_EVERY_S, LOOK_S, THRESHOLDS, YOUNG_LEAST, Garbage
from tests.engine_shell.shell_world import ManualClock, settle

PYTHONS_OWN = (700, 10, 10)


class Heap:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.young = 0
        self.threshold = PYTHONS_OWN

    def set_threshold(self, *threshold: int) -> None:
        self.threshold = threshold

    def get_threshold(self) -> tuple[int, ...]:
        return self.threshold

    def get_count(self) -> tuple[int, int, int]:
        return self.young, 0, 0

    def collect(self, generation: int = 2) -> int:
        self.young = 0
        self.did.append("all" if generation == 2 else "young")
        return 0

    def freeze(self) -> None:
        self.did.append("set aside")

    def unfreeze(self) -> None:
        self.did.append("take back")

    def done(self) -> list[str]:
        did, self.did = self.did, []
        return did


class World:
    def __init__(self) -> None:
        self.clock, self.heap = ManualClock(), Heap()
        self.sent_at_s = float("-inf")
        self.instruments: object = "yesterday's"
        self.garbage = Garbage(
            clock=self.clock,
            sent_at_s=lambda: self.sent_at_s,
            loaded=lambda: self.instruments,
            heap=self.heap,
        )

    async def pass_time(
        self, seconds: float, *, ordering: bool = False, step: float = LOOK_S
    ) -> None:
        for _ in range(round(seconds / step)):
            if ordering:
                self.sent_at_s = self.clock.monotonic() + step
            await self.clock.pass_time(step)

    def allocate(self) -> None:
        self.heap.young = YOUNG_LEAST


@asynccontextmanager
async def running(world: World) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.garbage.run())
        await settle()
        yield
        task.cancel()


async def test_what_is_loaded_at_the_start_is_set_aside_and_the_end_gives_all_back():
    world = World()
    async with running(world):
        assert world.heap.done() == ["take back", "all", "set aside"]
        assert world.heap.threshold == THRESHOLDS
        assert THRESHOLDS[2] >= 1_000_000, "Python never looks through everything by itself"
    assert world.heap.done() == ["take back"]
    assert world.heap.threshold == PYTHONS_OWN


async def test_while_orders_leave_nothing_is_looked_through():
    world = World()
    async with running(world):
        world.heap.done()
        for _ in range(4):
            world.allocate()
            world.instruments = object()
            await world.pass_time(ALL_EVERY_S, ordering=True, step=10)
        assert world.heap.done() == []


async def test_a_moment_without_orders_is_used_for_the_young_and_some_seconds_for_all():
    world = World()
    async with running(world):
        await world.pass_time(ALL_EVERY_S, ordering=True, step=10)
        world.heap.done()
        world.allocate()
        await world.pass_time(LOOK_S)
        assert world.heap.done() == []
        await world.pass_time(LOOK_S)
        assert world.heap.done() == ["young"]
        await world.pass_time(3.5)
        assert world.heap.done() == [], "nothing was allocated, and a burst may go on"
        await world.pass_time(1)
        assert world.heap.done() == ["all"]
        await world.pass_time(ALL_EVERY_S - 2 * LOOK_S)
        assert world.heap.done() == []
        await world.pass_time(LOOK_S)
        assert world.heap.done() == ["all"]


async def test_without_any_quiet_everything_is_looked_through_once_an_hour():
    world = World()
    async with running(world):
        world.heap.done()
        await world.pass_time(ALL_AT_LATEST_S, ordering=True, step=10)
        assert world.heap.done() == ["all"]


async def test_the_days_instruments_are_set_aside_once_it_is_quiet():
    world = World()
    async with running(world):
        world.heap.done()
        world.instruments = "today's"
        await world.pass_time(60, ordering=True)
        assert world.heap.done() == []
        await world.pass_time(60)
        assert world.heap.done() == ["take back", "all", "set aside"]
