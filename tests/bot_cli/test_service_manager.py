"""What systemd hears: ready, alive for as long as the engine's heart beats, stopping."""

import asyncio
import os
import socket

import pytest

from bot.service import ServiceManager
from engine.core.decide import trading_day_of
from engine.core.values.events import Faulted, Ticked
from engine.errors import JournalError
from tests.engine_shell.shell_world import ManualClock, Shell, settle


@pytest.fixture
def heard(tmp_path):
    """Listen as systemd does; return (environment, what was heard since the last call)."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.setblocking(False)

        def take() -> list[str]:
            texts = []
            try:
                while True:
                    texts.append(listener.recv(4096).decode())
            except BlockingIOError:
                return texts

        yield {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"}, take


async def test_it_feeds_three_times_within_the_time_allowed_and_only_while_the_heart_beats(heard):
    environ, take = heard
    clock, beats = ManualClock(), [0]
    service = ServiceManager.from_environ(environ)
    service.ready()
    task = asyncio.ensure_future(  # noqa: TID251
        service.feed(clock, lambda: beats[0], lambda: "PAPER, copying")
    )
    await settle()
    assert clock.slept == [10.0]
    for number in range(1, 4):
        beats[0] = number
        await clock.pass_time(10)
    assert take() == ["READY=1", *["STATUS=PAPER, copying\nWATCHDOG=1"] * 3]
    await clock.pass_time(10)
    await clock.pass_time(10)
    assert take() == [], "an engine that is stuck is not fed, though its loop runs"
    beats[0] = 4
    await clock.pass_time(10)
    assert len(take()) == 1
    task.cancel()
    service.stopping()
    assert take() == ["STOPPING=1"]


@pytest.mark.parametrize(
    ("environ", "watched"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": ""}, None),
        ({"NOTIFY_SOCKET": "vsock:2:9"}, None),
        ({"NOTIFY_SOCKET": "/run/n"}, False),
        ({"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "0"}, False),
        ({"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "1"}, False),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "9000000"}, True),
        (
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": str(os.getpid())},
            True,
        ),
    ],
)
def test_what_the_environment_tells_is_understood(environ, watched):
    service = ServiceManager.from_environ(environ)
    assert (service is None) == (watched is None)
    if service is not None:
        assert (service._watchdog_s is not None) == watched
        service.ready()  # nobody listens there: that is no fault of ours


def test_a_socket_without_a_file_is_reached_too():
    name = f"kitecopytrader-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        ServiceManager.from_environ({"NOTIFY_SOCKET": f"@{name}"}).ready()
        listener.settimeout(5)
        assert listener.recv(100) == b"READY=1"


async def test_a_tick_that_was_decided_is_a_heartbeat_and_a_journal_that_failed_ends_it():
    shell = Shell()

    async def tick() -> int:
        now = shell.clock.now()
        shell.runner.offer(Ticked(at=now, trading_day=trading_day_of(now), prices=()))
        await settle()
        return shell.runner.beats

    assert [await tick() for _ in range(3)] == [1, 2, 3]
    shell.runner.offer(Faulted(topic="engine", text="no tick", at=shell.clock.now()))
    await settle()
    assert shell.runner.beats == 3, "whatever else is decided is no heartbeat"
    shell.runner.failed.set_exception(JournalError("full"))
    assert await tick() == 3
    shell.runner.failed.exception()
