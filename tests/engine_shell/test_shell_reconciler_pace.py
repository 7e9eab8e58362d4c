"""Reading books: when due or asked for, and not too often."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from engine.errors import BrokerUnavailable, RateLimited
from engine.reconciler import FIRST_BACKOFF_S, LEAST_PAUSE_S, LONGEST_BACKOFF_S, Needs
from tests.engine_shell.reconciler_world import Watch, asked
from tests.engine_shell.shell_world import settle


async def test_after_429_it_waits_as_long_as_it_is_told(watch):
    watch.reader.error = RateLimited("slow down", retry_after=timedelta(seconds=5))
    await asked(watch)
    tried = watch.reader.times("orders")[-1]
    watch.reader.error = None
    while watch.reader.times("orders")[-1] == tried:
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    assert watch.reader.times("orders")[-1] - tried >= 5.0


async def test_failures_in_a_row_are_further_and_further_apart_and_one_success_ends_that(watch):
    watch.reader.error = BrokerUnavailable("down")
    for _ in range(400):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    times = watch.reader.times("orders")
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert gaps[0] == pytest.approx(FIRST_BACKOFF_S, abs=0.01)
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(LONGEST_BACKOFF_S, abs=0.01)
    watch.reader.error = None
    for _ in range(80):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    quick = watch.reader.times("orders")[-2:]
    assert quick[1] - quick[0] <= 0.5


async def test_asking_reads_at_once_but_never_twice_within_the_least_pause(watch):
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    await watch.clock.pass_time(LEAST_PAUSE_S)
    for _ in range(3):
        watch.reconciler.ask()
        await settle()
    assert len(watch.books()) == 2, "three questions, one read"
    for _ in range(40):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.05)
    times = watch.reader.times("orders")
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert gaps
    assert min(gaps) >= LEAST_PAUSE_S - 1e-6
    assert max(gaps) <= 0.31


async def test_a_question_in_the_pause_is_not_forgotten(watch):
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    watch.reconciler.ask()  # right after the first read, within the pause
    await watch.clock.pass_time(LEAST_PAUSE_S)
    assert len(watch.books()) == 2


async def test_becoming_urgent_wakes_it_although_nobody_asked(watch, monkeypatch):
    monkeypatch.setattr("engine.reconciler.LOOK_AGAIN_S", 0.005)
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    await watch.clock.pass_time(2.0)
    assert len(watch.books()) == 1
    watch.reader.was_called.clear()
    watch.needs = Needs(active=True, book_s=1.0, positions_s=300.0)
    async with asyncio.timeout(2):
        await watch.reader.was_called.wait()
    await settle()
    assert len(watch.books()) == 2


async def test_a_quiet_account_is_looked_at_again_only_once_something_was_recorded(
    watch, monkeypatch
):
    monkeypatch.setattr("engine.reconciler.LOOK_AGAIN_S", 0.001)
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0, quiet=True)
    await asked(watch)
    await watch.clock.pass_time(2.0)
    looks, books = watch.looks, len(watch.books())
    watch.reader.was_called.clear()
    watch.needs = Needs(active=True, book_s=1.0, positions_s=300.0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert (watch.looks, len(watch.books())) == (looks, books)
    watch.recorded += 1
    async with asyncio.timeout(2):
        await watch.reader.was_called.wait()
    await settle()
    assert len(watch.books()) == books + 1


async def test_a_look_that_fails_fails_where_the_task_is_guarded(monkeypatch):
    monkeypatch.setattr("engine.reconciler.LOOK_AGAIN_S", 0.001)
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
    watch = Watch()

    async def failing():
        async with watch:
            await watch.clock.pass_time(LEAST_PAUSE_S)
            watch.needs = None
            async with asyncio.timeout(2):
                await asyncio.wait([watch._task])

    with pytest.raises(ExceptionGroup) as failed:
        await failing()
    assert isinstance(failed.value.exceptions[0], AttributeError)
    assert told, "the loop tells it too"
