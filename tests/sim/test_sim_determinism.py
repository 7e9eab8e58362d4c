"""The simulation can be believed only if it is the same every time, and touches nothing real."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_odd import odd_of
from tests.sim.virtual_loop import (
    INSIDE,
    GoingRoundInCirclesError,
    NothingLeftToWaitForError,
    VirtualLoop,
    run_virtually,
)

ROOT = Path(__file__).parents[2]


def test_a_plan_gives_the_same_day_twice_to_the_last_turn_of_the_loop(new_store):
    first, second = (run_day(odd_of(1003), new_store(), rest_s=HEALED_S) for _ in range(2))
    assert first == second
    assert len(first.trace) == 64
    assert first.trace != run_day(odd_of(1004), new_store(), rest_s=HEALED_S).trace


def test_the_order_of_hashes_moves_nothing():
    said = set()
    for hashes in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.sim.hunt", "life", "55", "57", "--digest"],
            cwd=ROOT, env={"PYTHONHASHSEED": hashes}, capture_output=True,
            text=True, timeout=240, check=True,
        )  # fmt: skip
        said.add(done.stdout)
    assert len(said) == 1
    assert len(said.pop().splitlines()) == 2


async def _connects() -> None:
    await asyncio.open_connection("127.0.0.1", 9)


async def _uses_a_thread() -> None:
    await asyncio.to_thread(print)


async def _is_woken_by_a_thread() -> None:
    asyncio.get_running_loop().call_soon_threadsafe(print)


async def _watches_a_file() -> None:
    asyncio.get_running_loop().add_reader(0, print)


@pytest.mark.parametrize(
    "real", [_connects, _uses_a_thread, _is_woken_by_a_thread, _watches_a_file]
)
def test_the_loop_refuses_whatever_is_real(real):
    with pytest.raises((RuntimeError, NotImplementedError)) as said:
        run_virtually(real())
    assert not isinstance(said.value, NothingLeftToWaitForError)


def test_a_deadlock_is_said_at_once():
    async def work() -> None:
        lock = asyncio.Lock()
        await lock.acquire()
        await lock.acquire()

    with pytest.raises(NothingLeftToWaitForError):
        run_virtually(work())


def test_whoever_is_always_ready_is_found_out():
    async def work() -> None:
        def again() -> None:
            asyncio.get_running_loop().call_soon(again)

        again()
        await asyncio.sleep(1)

    with pytest.raises(GoingRoundInCirclesError):
        run_virtually(work())


def test_a_stall_holds_the_process_and_nothing_else():
    async def work() -> list[str]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        said: list[str] = []

        async def beats(who: str, *, inside: bool) -> None:
            INSIDE.set(inside)
            for _ in range(3):
                await asyncio.sleep(1)
                said.append(f"{who} {loop.time():.0f}")

        async with asyncio.TaskGroup() as group:
            group.create_task(beats("process", inside=True))
            group.create_task(beats("world", inside=False))
            loop.call_later(1.5, loop.stall, 10)
        return said

    assert run_virtually(work()) == [
        "process 1", "world 1", "world 2", "world 3", "process 12", "process 13",
    ]  # fmt: skip
