"""Sampling profit: about once a minute while a market is open, never while an order is on its way."""

import asyncio
import contextlib
from decimal import Decimal

import pytest

from engine.core.values.events import Faulted
from engine.core.values.market import AccountName
from engine.errors import JournalError
from engine.profit_watch import IDLE_WAIT_S, SAMPLE_S, ProfitWatch
from engine.runner import Runner
from tests.core.core_world import World, a_follower, done
from tests.engine_shell.shell_world import ManualClock, settle


class AShop:
    """A runner that may be busy, a store that may be full, a market that may be closed."""

    def __init__(self) -> None:
        world = World()
        world.master(done("M1", average_price=100))
        world.ack_and_fill()
        world.wait(1, SBIN=103)
        self.state = world.state
        self.clock = ManualClock()
        self.is_idle = True
        self.open = True
        self.fails = False
        self.kept: list = []

    def add_profit_samples(self, samples) -> None:
        if self.fails:
            raise JournalError("the disk is full")
        self.kept.append([(each.account, each.rupees) for each in samples])

    async def let_pass(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await self.clock.pass_time(1.0)


@pytest.fixture
async def shop():
    found = AShop()
    watch = ProfitWatch(found, found, clock=found.clock, is_open=lambda _: found.open)
    task = asyncio.create_task(watch.run())  # noqa: TID251 - the test is its supervisor
    await settle()
    yield found
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


EVERYBODY = [(AccountName("master"), Decimal(30)), (AccountName("father"), Decimal(30))]


async def test_a_sample_is_taken_each_minute(shop):
    await shop.let_pass(SAMPLE_S - 1)
    assert shop.kept == []
    await shop.let_pass(1)
    assert shop.kept == [EVERYBODY]
    await shop.let_pass(2 * SAMPLE_S)
    assert len(shop.kept) == 3


async def test_none_is_taken_while_every_market_is_closed(shop):
    shop.open = False
    await shop.let_pass(3 * SAMPLE_S)
    assert shop.kept == []


async def test_it_waits_while_an_order_is_on_its_way_and_leaves_one_out_rather_than_be_in_the_way(
    shop,
):
    shop.is_idle = False
    await shop.let_pass(SAMPLE_S + 5)
    assert shop.kept == []
    shop.is_idle = True
    await shop.let_pass(1)
    assert len(shop.kept) == 1
    shop.is_idle = False
    await shop.let_pass(SAMPLE_S + IDLE_WAIT_S + 2)
    shop.is_idle = True
    await shop.let_pass(2)
    assert len(shop.kept) == 1, "that one was left out"
    await shop.let_pass(SAMPLE_S)
    assert len(shop.kept) == 2


async def test_a_store_that_cannot_take_it_ends_nothing(shop):
    shop.fails = True
    await shop.let_pass(SAMPLE_S)
    shop.fails = False
    await shop.let_pass(SAMPLE_S)
    assert shop.kept == [EVERYBODY]


async def test_a_runner_is_idle_only_when_nothing_is_queued_and_no_order_is_on_its_way():
    world = World()
    world.master(done("M1"))
    runner = Runner(world.state, None, clock=ManualClock(), hooks=None)
    assert not runner.is_idle
    world.ack()
    assert runner.is_idle
    runner.offer(Faulted(topic="engine", text="x", at=world.now))
    assert not runner.is_idle
    runner._queue.clear()


async def test_between_two_accounts_others_go_on():
    world = World(*(a_follower(f"f{number}") for number in range(8)))
    runner = Runner(world.state, None, clock=ManualClock(), hooks=None)
    kept = []
    turns = 0

    class Store:
        def add_profit_samples(self, samples) -> None:
            kept.append((len(samples), turns))

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    watch = ProfitWatch(runner, Store(), clock=ManualClock(), is_open=lambda _: True)
    task = asyncio.ensure_future(others())  # noqa: TID251 - the test is its supervisor
    await watch._sample()
    task.cancel()
    ((samples, between),) = kept
    assert (samples, between >= 9) == (9, True)
