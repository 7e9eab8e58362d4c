"""The store's log is moved in idle moments only, and a disk that fails then halts the program."""

import asyncio
import contextlib

import pytest

from engine.errors import JournalError
from engine.log_watch import LOOK_S, LogWatch
from tests.engine_shell.shell_world import ManualClock, settle


class AShop:
    """A runner that may be busy, and a store whose disk may fail."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.is_idle = True
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.failure: JournalError | None = None
        self.moved = 0

    def shorten_log(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.moved += 1


@pytest.fixture
async def shop():
    found = AShop()
    task = asyncio.create_task(  # noqa: TID251 - the test is its supervisor
        LogWatch(found, found, clock=found.clock).run()
    )
    await settle()
    yield found
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_nothing_is_moved_while_an_order_is_on_its_way(shop):
    await shop.clock.pass_time(LOOK_S)
    assert shop.moved == 1
    shop.is_idle = False
    for _ in range(8):
        await shop.clock.pass_time(LOOK_S)
    assert shop.moved == 1
    shop.is_idle = True
    await shop.clock.pass_time(LOOK_S)
    assert shop.moved == 2


async def test_a_disk_that_fails_meanwhile_halts_the_program(shop):
    shop.failure = JournalError("the disk did not keep it")
    await shop.clock.pass_time(LOOK_S)
    assert shop.failed.done()
    assert shop.failed.exception() is shop.failure


async def test_a_program_that_halts_already_halts_for_its_first_reason(shop):
    first = JournalError("no journal")
    shop.failed.set_exception(first)
    shop.failure = JournalError("the disk did not keep it")
    await shop.clock.pass_time(LOOK_S)
    assert shop.failed.exception() is first
