"""The loop under the simulation keeps asyncio's promises in no time."""

import asyncio
import time

import pytest

from tests.sim.virtual_loop import (
    OPENING,
    NothingLeftToWaitForError,
    VirtualClock,
    run_virtually,
)


def test_an_hour_of_sleep_takes_no_time():
    async def work() -> float:
        clock = VirtualClock(asyncio.get_running_loop())
        await clock.sleep(3600)
        assert (clock.now() - OPENING).total_seconds() == pytest.approx(3600)
        return clock.monotonic()

    before = time.perf_counter()
    assert run_virtually(work()) == pytest.approx(3600)
    assert time.perf_counter() - before < 1


def test_timers_fire_in_their_order_and_timeouts_time_out():
    async def work() -> list[str]:
        seen: list[str] = []
        loop = asyncio.get_running_loop()
        loop.call_later(2, seen.append, "second")
        loop.call_later(1, seen.append, "first")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asyncio.Event().wait()
        return seen

    assert run_virtually(work()) == ["first", "second"]


def test_waiting_for_what_cannot_come_is_told_at_once():
    async def work() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingLeftToWaitForError):
        run_virtually(work())


def test_a_failure_nobody_listens_to_is_not_lost():
    async def work() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup):
        run_virtually(work())
