"""Where the command lines of the pages are run: the program runs on ``demo/.env.test``, and a paper trade was copied."""

import asyncio
import re
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
from engine.clock import SystemClock

ROOT = Path(__file__).parents[2]
ENV_FILE = ROOT / "demo" / ".env.test"
#: Whom the pages speak of.
ASHA = """
FOLLOWERS__ASHA__USER_ID=FA0003
FOLLOWERS__ASHA__API_KEY=fa0003demoapikey
FOLLOWERS__ASHA__API_SECRET=fa0003secretofalocalexchange0000
"""
#: Seconds for one thing to happen on a busy machine.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    status: int
    text: str


class Screen(StringIO):
    """What a command writes on; only as a terminal where a recovery key may be shown."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Typist(TextIOBase):
    """A person at the terminal: reads what was asked last, and types the answer.

    Attributes:
        recovery_key: As it was shown once.
    """

    def __init__(self, *, log_in: Callable[[str], str], secret: str) -> None:
        self.recovery_key = ""
        self._screen = Screen(is_terminal=False)
        self._log_in, self._totp = log_in, pyotp.TOTP(secret)

    def sits_before(self, screen: Screen) -> None:
        """Look at another command's screen from now on."""
        self._screen = screen

    def isatty(self) -> bool:
        return self._screen.isatty()

    def readline(self, _size: int = -1) -> str:  # type: ignore[override]
        text = self._screen.getvalue()
        asked = text.rstrip().splitlines()[-1]
        return f"{self._answer(asked, text)}\n"

    def _answer(self, asked: str, text: str) -> str:
        if "6-digit code" in asked:
            return self._totp.now()
        if "paste the address" in asked:
            newest = re.findall(r"http://\S+", text)[-1]
            return self._log_in(newest)
        if "last four" in asked:
            self.recovery_key = "".join(re.findall(r"(?m)^    ([0-9A-Z]+-[-0-9A-Z]+)$", text))
            return self.recovery_key[-4:]
        if asked.startswith("Recovery key"):
            return self.recovery_key
        if "New passphrase" in asked:
            return "correct horse battery"
        word = re.search(r"Type (\w+) to go on", asked)
        assert word is not None, f"nobody told the typist what to answer: {asked}"
        return word[1]


@dataclass(slots=True, kw_only=True)
class World:
    """The folder a user stands in, with the program running there."""

    folder: Path
    playground: Playground
    loop: asyncio.AbstractEventLoop
    chat: list[str] = field(default_factory=list)
    typist: Typist = field(init=False)
    program: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        secret = dotenv_values(ENV_FILE)["SECURITY__TOTP_SECRET"] or ""
        self.typist = Typist(log_in=self.log_in, secret=secret)

    def start(self) -> None:
        """Start the program as the pages say."""
        with (self.folder / "program.log").open("wb") as log:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--env-file", "demo/.env.test"],
                cwd=self.folder, stdout=log, stderr=log, env={"PYTHONPATH": str(ROOT), "HOME": str(self.folder)},
            )  # fmt: skip

    def stop(self) -> None:
        """End the program as systemd does, where it runs."""
        if self.program is not None:
            self.program.terminate()
            assert self.program.wait(PATIENCE_S) == 0
            self.program = None

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
            time.sleep(0.02)  # noqa: TID251 - a pause between two looks at another process's chat
        self.chat.clear()

    def command(self, words: Sequence[str], *, piped: str | None = None) -> Ended:
        """Run one command of the command line in this process, as if typed in the folder."""
        argv, typed = list(words), None if piped is None else StringIO(piped)
        if "<" in argv:
            name = argv[argv.index("<") + 1]
            typed = StringIO((self.folder / name).read_text(encoding="utf-8"))
            argv = argv[: argv.index("<")]
        shown = Screen(is_terminal=argv[0] == "backup")
        self.typist.sits_before(shown)
        terminal = Terminal(out=shown, err=shown, input=typed or self.typist)  # type: ignore[arg-type]
        invocation = Invocation(
            environ={}, terminal=terminal, clock=SystemClock(), folder=self.folder
        )
        return Ended(status=int(execute(argv, invocation)), text=shown.getvalue())

    def log_in(self, url: str) -> str:
        """Log in at the local exchange and return the address that a browser lands on."""
        return str(self.soon(lambda: self.playground.table.opened(url)))


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
    try:
        _settle(here)
        here.start()
        _first_trade(here)
        _seal(here)
        yield here
        here.stop()
    finally:
        if here.program is not None:
            here.program.kill()
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
    (here.folder / "usb").mkdir()
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


def _seal(here: World) -> None:
    """Have the secrets of .env sealed, as a user has them; the running program has read its own file."""
    path = here.folder / ".env"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.endswith(("_SECRET", "BOT_TOKEN")):
            value = here.command(["encrypt", key], piped=f"{value}\n").text.split()[-1]
        lines.append(f"{key}={value}" if value else line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
