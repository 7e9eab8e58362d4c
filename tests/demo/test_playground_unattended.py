"""The playground as a script begins it: in the background, without a keyboard."""

import asyncio
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 60
PROGRAM = '"$0" -P -m demo.playground --port "$1"'


def a_free_pair() -> int:
    """Return a port that is free, as the next one is."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@pytest.mark.parametrize("without", ["</dev/null", "<&-"])
async def test_without_a_keyboard_it_stays_open_and_says_so(without, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251
    played = await asyncio.create_subprocess_exec(
        "sh", "-c", f"exec {PROGRAM} {without}", sys.executable, str(a_free_pair()),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment, cwd=tmp_path,
        # A test run's workers ignore Ctrl-C, and what they begin would inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert played.stdout is not None
    try:
        async with asyncio.timeout(BOUND_S):
            while b"stays open" not in (line := await played.stdout.readline()):
                assert line, "it ended"
            assert played.returncode is None
            played.send_signal(signal.SIGINT)
            _, err = await played.communicate()
    finally:
        if played.returncode is None:
            played.kill()
    assert err == b""
    assert played.returncode == 128 + signal.SIGINT
