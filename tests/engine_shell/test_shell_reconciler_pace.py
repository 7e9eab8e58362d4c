"""Reading books: when due or asked for, and not too often."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from engine.errors import BrokerUnavailable, RateLimited
from engine.reconciler import FIRST_BACKOFF_S, LEAST_PAUSE_S, LONGEST_BACKOFF_S, Needs
from tests.engine_shell.reconciler_world import asked
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
