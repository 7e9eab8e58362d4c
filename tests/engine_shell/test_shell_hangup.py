"""SIGHUP reads the settings again; the one of a closed terminal ends the program."""

import asyncio
import os
import pty
import signal
from collections.abc import AsyncIterator

import pytest

from bot.app import hangup


@pytest.fixture
async def terminal(monkeypatch) -> AsyncIterator[list[int]]:
    """Stand in for where the program speaks: our end and its end of a terminal."""
    ends = list(pty.openpty())
    monkeypatch.setattr(hangup, "_SAYS", (ends[1],))
    yield ends
    asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    for end in ends:
        os.close(end)


async def after_a_signal(stop: asyncio.Event, asked: asyncio.Event) -> tuple[bool, bool]:
    """Return whether the program is to end, and whether the settings are to be read."""
    os.kill(os.getpid(), signal.SIGHUP)
    async with asyncio.timeout(5):
        while not (stop.is_set() or asked.is_set()):  # noqa: ASYNC110 - a signal comes when it comes
            await asyncio.sleep(0)
    return stop.is_set(), asked.is_set()


async def test_by_hand_it_has_the_settings_read(terminal):
    stop = asyncio.Event()
    assert await after_a_signal(stop, hangup.on_hangup(stop)) == (False, True)


async def test_where_there_never_was_a_terminal_too(terminal, monkeypatch):
    monkeypatch.setattr(hangup, "_SAYS", ())
    stop = asyncio.Event()
    assert await after_a_signal(stop, hangup.on_hangup(stop)) == (False, True)


async def test_of_a_closed_terminal_it_ends_and_the_last_words_go_nowhere(terminal):
    stop = asyncio.Event()
    asked = hangup.on_hangup(stop)
    os.close(terminal.pop(0))
    assert await after_a_signal(stop, asked) == (True, False)
    assert os.write(terminal[0], b"the last words") == len(b"the last words")
