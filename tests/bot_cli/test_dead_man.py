"""The dead man's switch: when it stops copying, and that it does so once in every silence."""

import asyncio

import pytest

from bot.dead_man import LOOK_EVERY_S, DeadMan
from tests.engine_shell.shell_world import ManualClock, settle


class Chat:
    """A chat whose silence is set by hand; what stops, and in which words, is kept."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.silent_s, self.armed = 0.0, True
        self.stopped: list[str] = []
        self.switch = DeadMan(
            self.clock,
            limit_s=600,
            silent_s=lambda: self.silent_s,
            is_armed=lambda: self.armed,
            stop=self._stop,
        )

    async def _stop(self, text: str) -> None:
        self.armed = False
        self.stopped.append(text)

    async def silent(self, seconds: float) -> int:
        """Look after so long without Telegram; return how often it has stopped by now."""
        self.silent_s = seconds
        await self.switch.look()
        return len(self.stopped)


@pytest.mark.parametrize(("seconds", "stops"), [(0, 0), (599.9, 0), (600, 1), (86_400, 1)])
async def test_copying_stops_when_telegram_was_not_reached_for_so_long(seconds, stops):
    chat = Chat()
    assert await chat.silent(seconds) == stops


async def test_it_says_for_how_long_and_what_still_follows():
    chat = Chat()
    await chat.silent(700)
    assert "not reached for 10 min" in chat.stopped[0]
    assert "Exits" in chat.stopped[0]
    assert "/start_copy" in chat.stopped[0]


async def test_who_starts_again_in_the_same_silence_is_not_stopped_again():
    """On the server somebody may know that Telegram is down, and want to copy all the same."""
    chat = Chat()
    assert await chat.silent(600) == 1
    chat.armed = True
    assert await chat.silent(900) == 1
    assert await chat.silent(1) == 1
    assert await chat.silent(600) == 2


async def test_what_is_not_armed_is_not_stopped_but_is_once_it_is():
    chat = Chat()
    chat.armed = False
    assert await chat.silent(600) == 0
    chat.armed = True
    assert await chat.silent(605) == 1


async def test_it_looks_every_few_seconds():
    chat = Chat()
    chat.silent_s = 600
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(chat.switch.run())
        await settle()
        assert not chat.stopped
        await chat.clock.pass_time(LOOK_EVERY_S)
        assert len(chat.stopped) == 1
        looking.cancel()
