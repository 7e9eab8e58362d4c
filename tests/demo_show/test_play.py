"""The show as a user runs it: real processes, an exit status, and nothing left behind."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from demo.show.options import Options
from demo.show.run import play

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 90


#: By the script that is shown in docs/demo.md.
EXAMPLE = ROOT / "demo" / "multi_segment_example.py"
DEMO = ("-P", "-m", "demo", "--headless")


async def start(folder, *argv, program=DEMO):
    # The folder is where the show puts its own temporary one; what is left there was forgotten.
    # The picture goes into the current folder.
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}  # noqa: TID251
    return await asyncio.create_subprocess_exec(
        sys.executable, *program, *argv,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
        cwd=folder.parent,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def is_running(folder):
    """Whether a process still names the folder: the program that was started for the show."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue  # ended while we looked
    return any(str(folder).encode() in line for line in lines)


async def test_a_short_show_ends_with_every_book_right_in_all_six_segments(folder):
    show = await start(folder, "--seconds", "5", program=(str(EXAMPLE),))
    async with asyncio.timeout(BOUND_S):
        out, err = await show.communicate()
    text = out.decode()
    assert show.returncode == 0, text + err.decode()
    assert "All 3 books are as they should be" in text
    assert re.search(r"^father +x1 .* 1 +yes ", text, re.MULTILINE)
    assert "Mode is LIVE" in text
    assert "father: BUY" in text  # the refusal reached the chat
    cards = re.findall(r"(NSE|BSE|NFO|BFO|MCX|CDS) (CNC|MIS|NRML) · ", text)
    assert {exchange for exchange, _ in cards} == {"NSE", "BSE", "NFO", "BFO", "MCX", "CDS"}
    assert {product for _, product in cards} == {"CNC", "MIS", "NRML"}
    assert err == b""
    assert list(folder.iterdir()) == []
    picture = folder.parent / "copytrader-demo-calm.png"
    assert f"picture of the day: {picture}" in text
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_in_good_order(folder, number):
    show = await start(folder)
    async with asyncio.timeout(BOUND_S):
        while b"Logging in" not in await show.stdout.readline():
            pass
        assert is_running(folder)
        show.send_signal(number)
        _out, err = await show.communicate()
    assert show.returncode == 128 + number
    assert err.decode().count("\n") == 1
    assert list(folder.iterdir()) == []
    assert not is_running(folder)


class KillsTheProgram:
    """An audience that ends the program when trading begins."""

    def begin(self, director):
        self.director = director

    def scene_began(self, progress):
        if progress.title == "A market order":
            self.director.stage.kill_program()

    def tell(self, text):
        pass

    async def follow(self):
        pass

    async def curtain(self):
        pass


async def test_a_program_that_ends_fails_the_show_and_leaves_its_log(folder, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    async with asyncio.timeout(BOUND_S):
        outcome = await play(Options(seconds=5, scenario="refusal"), KillsTheProgram())
    assert not outcome.is_good
    assert outcome.failure == "the program ended in the middle of the show"
    assert outcome.folder.parent == folder
    assert (outcome.folder / "program.log").exists()
    assert "chat connected" in outcome.log_tail


async def test_a_reader_that_goes_away_ends_it_quietly(folder):
    show = await start(folder)
    async with asyncio.timeout(BOUND_S):
        await show.stdout.readline()
        show._transport.get_pipe_transport(1).close()
        err = await show.stderr.read()
        status = await show.wait()
    assert status == 128 + signal.SIGPIPE
    assert err == b""
    assert list(folder.iterdir()) == []
