"""Where the command lines of the pages are run: the program runs on ``demo/.env.test``, and a paper trade was copied."""

import asyncio
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO, TextIOBase
from pathlib import Path
from typing import Any

import pyotp
from dotenv import dotenv_values

from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from demo.playground.opened import Playground, open_playground
from demo.playground.table import Table
from engine.clock import SystemClock

ROOT = Path(__file__).parents[2]
ENV_FILE = ROOT / "demo" / ".env.test"
#: Whom the pages speak of.
ASHA = """
FOLLOWERS__ASHA__USER_ID=FA0003
FOLLOWERS__ASHA__API_KEY=keyfa0003
FOLLOWERS__ASHA__API_SECRET=secretfa0003
"""
#: Seconds for one thing to happen on a busy machine.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    status: int
    text: str


class Typist(TextIOBase):
    """A person at the terminal: reads what was asked last, and types the answer."""

    def __init__(
        self, shown: Callable[[], str], *, log_in: Callable[[str], str], secret: str
    ) -> None:
        self._shown, self._log_in, self._totp = shown, log_in, pyotp.TOTP(secret)

    def readline(self, _size: int = -1) -> str:  # type: ignore[override]
        text = self._shown()
        asked = text.rstrip().splitlines()[-1]
        if "6-digit code" in asked:
            return f"{self._totp.now()}\n"
        if "paste the address" in asked:
            newest = re.findall(r"http://\S+", text)[-1]
            return f"{self._log_in(newest)}\n"
        raise AssertionError(f"nobody told the typist what to answer: {asked}")


@dataclass(slots=True, kw_only=True)
class World:
    """The folder a user stands in, with the program running there."""

    folder: Path
    playground: Playground
    loop: asyncio.AbstractEventLoop
    chat: list[str] = field(default_factory=list)
    python: str = sys.executable

    def play(self, *lines: str) -> None:
        """Type lines at the playground."""
        for line in lines:
            self.soon(lambda line=line: self.chat.extend(self.playground.table.do(line)))

    def soon(self, act: Callable[[], object]) -> object:
        """Do something where exchange and chat live, and wait for it."""

        async def done() -> object:
            return act()

        return self.run(done())

    def run(self, work: Coroutine[Any, Any, object]) -> object:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S)

    def expect(self, words: str) -> None:
        """Wait until the chat has said something since the last thing that was expected."""
        deadline = time.monotonic() + PATIENCE_S  # noqa: TID251 - a bounded wait for a process
        while not any(words in line for line in self.chat):
            assert time.monotonic() < deadline, f"{words!r} is not among {self.chat}"  # noqa: TID251
            time.sleep(0.02)  # noqa: TID251 - as above
        self.chat.clear()

    def command(self, words: Sequence[str]) -> Ended:
        """Run one command of the command line in this process, as if typed in the folder."""
        argv, typed = list(words), None
        if "<" in argv:
            name = argv[argv.index("<") + 1]
            typed = StringIO((self.folder / name).read_text(encoding="utf-8"))
            argv = argv[: argv.index("<")]
        shown = StringIO()
        secret = dotenv_values(ENV_FILE)["SECURITY__TOTP_SECRET"] or ""
        typist = Typist(shown.getvalue, log_in=self._log_in, secret=secret)
        terminal = Terminal(out=shown, err=shown, input=typed or typist)  # type: ignore[arg-type]
        invocation = Invocation(
            environ={}, terminal=terminal, clock=SystemClock(), folder=self.folder
        )
        return Ended(status=int(execute(argv, invocation)), text=shown.getvalue())

    def _log_in(self, url: str) -> str:
        table: Table = self.playground.table
        return str(self.soon(lambda: table.opened(url)[1]))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Open exchange and chat, start the program, and have one paper trade copied by typing what a newcomer types."""
    chat: list[str] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = open_playground(ENV_FILE, show=chat.append)
    playground = asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(PATIENCE_S)
    here = World(folder=folder, playground=playground, loop=loop, chat=chat)
    program = None
    try:
        _settle(here)
        with (folder / "program.log").open("wb") as log:
            program = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--env-file", "demo/.env.test"],
                cwd=folder, stdout=log, stderr=log, env={"PYTHONPATH": str(ROOT), "HOME": str(folder)},
            )  # fmt: skip
        _first_trade(here)
        yield here
        program.terminate()
        assert program.wait(PATIENCE_S) == 0
    finally:
        if program is not None and program.poll() is None:
            program.kill()
        here.run(opened.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


def _settle(here: World) -> None:
    """Put the files where a user has them: demo/.env.test as it is but for its ports, and .env for the same program."""
    (here.folder / "demo").mkdir()
    text = ENV_FILE.read_text(encoding="utf-8")
    for ours, theirs in (("8901", here.playground.kite_url), ("8902", here.playground.chat_url)):
        text = text.replace(f"127.0.0.1:{ours}", theirs.removeprefix("http://"))
    for name, data in (("demo/.env.test", "../var"), (".env", "var")):
        path = here.folder / name
        path.write_text(text.replace("../var", data) + ASHA, encoding="utf-8")
        path.chmod(0o600)
    shutil.copy(ROOT / "demo" / "start.sh", here.folder / "demo" / "start.sh")
    (here.folder / "secret.txt").write_text("s3cret\n", encoding="utf-8")


def _first_trade(here: World) -> None:
    here.expect("not copying")
    here.play("/login")
    here.expect("Log in master")
    here.play("tap log in master", "paste")
    here.expect("master is logged in")
    here.play("/start_copy")
    here.expect("Copying started")
    here.play("buy RELIANCE 10")
    here.expect("3 of 3 followed")
