"""What the tests of settings and command line share: a valid .env, and a terminal of strings."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

import msgspec

from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from bot.control_socket import ControlSocket, Handler
from engine.core.values.market import IST, MASTER, AccountName, Venue
from engine.core.values.views import AccountView, SessionState, StatusView

VALID: Mapping[str, str] = {
    "TELEGRAM__BOT_TOKEN": "123456789:AAEcanarycanarycanarycanarycanary0",
    "TELEGRAM__ADMINS": "42",
    "MASTER__USER_ID": "AB1234",
    "MASTER__API_KEY": "masterkey",
    "MASTER__API_SECRET": "mastersecretcanary",
    "FOLLOWERS__ASHA__USER_ID": "CD5678",
    "FOLLOWERS__ASHA__API_KEY": "ashakey",
    "FOLLOWERS__ASHA__API_SECRET": "ashasecretcanary",
}
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=IST)


def write_env(folder: Path, values: Mapping[str, str] = VALID, **changed: str) -> Path:
    """Write a .env whose data and key stay inside the folder, and return its path."""
    # The discard port: where a test asks Kite's login page, nobody answers, and never Kite.
    nobody = {"KITE__LOGIN_URL": "http://127.0.0.1:9/connect/login"}
    texts = {"DATA_DIR": "var", "KEY_FILE": "keys/key", **nobody, **values, **changed}
    path = folder / ".env"
    path.write_text("".join(f"{key}={text}\n" for key, text in texts.items()))
    path.chmod(0o600)
    return path


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str


def invocation(folder: Path, typed: str = "", environ: Mapping[str, str] | None = None):
    terminal = Terminal(out=StringIO(), err=StringIO(), input=StringIO(typed))
    return Invocation(environ=environ or {}, terminal=terminal, clock=FixedClock(), folder=folder)


def command(
    folder: Path, *argv: str, typed: str = "", environ: Mapping[str, str] | None = None
) -> Ran:
    """Run one command in this process."""
    given = invocation(folder, typed, environ)
    status = execute(argv, given)
    return Ran(
        status=int(status), out=given.terminal.out.getvalue(), err=given.terminal.err.getvalue()
    )


@contextmanager
def listening(path: Path, handlers: Mapping[str, Handler]) -> Iterator[None]:
    """Serve a control socket from another thread, as a running instance would."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        socket = ControlSocket(path, handlers)
        await socket.start()
        ready.set()
        await asyncio.to_thread(done.wait, 30)
        await socket.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        done.set()
        thread.join(10)


def a_status(**changed) -> StatusView:
    fields = {
        "venue": Venue.LIVE,
        "copying": True,
        "since": NOW,
        "armed_until": None,
        "killed": False,
        "stream_up": True,
        "book_age_s": 0.5,
        "last_copy_at": None,
        "resting_entries": 2,
        "accounts": (an_account(MASTER), an_account("asha", session=SessionState.LOGIN)),
    }
    return StatusView(**{**fields, **changed})


def an_account(name: str, **changed) -> AccountView:
    fields = {
        "name": AccountName(name),
        "user_id": "AB1234",
        "session": SessionState.OK,
        "open_positions": 3,
        "day_pnl": None,
        "lag_p95_ms": 12,
    }
    return AccountView(**{**fields, **changed})


class FakeInstance:
    """What a running instance answers, and what it was asked."""

    def __init__(self, path, **answers):
        self.asked = []
        self._path = path
        self._answers = answers

    def __enter__(self):
        handlers = {verb: self._handler(verb) for verb in self._answers}
        self._serving = listening(self._path / "var" / "control.sock", handlers)
        self._serving.__enter__()
        return self

    def __exit__(self, *how):
        self._serving.__exit__(*how)

    def _handler(self, verb):
        async def handle(args):
            self.asked.append((verb, args))
            answer = self._answers[verb]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return handle


def status_answer(**changed):
    return {"status": msgspec.to_builtins(a_status(**changed))}
