"""A program that is run as a service: what systemd hears, what Prometheus reads, and a backup beside it."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from engine.clock import SystemClock
from storage.backup_file import BackupSource, make_backup
from storage.backup_reading import unpack
from storage.chain import verify
from storage.journal import STORE_NAME, Journal
from storage.recovery_key import RecoveryKey
from tests.e2e.conftest import until


@dataclass
class Operated:
    """What is set for it, and what was heard of it.

    ``settings`` and ``environ`` are for the stage's plan.
    """

    listener: socket.socket
    port: int
    heard: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {"METRICS__BIND": f"127.0.0.1:{self.port}"}

    @property
    def environ(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.listener.getsockname(), "WATCHDOG_USEC": "900000"}

    def take(self) -> list[str]:
        """Return all that systemd has heard until now."""
        try:
            while True:
                self.heard.append(self.listener.recv(4096).decode())
        except BlockingIOError:
            return self.heard

    async def is_alive(self) -> None:
        """See it ready, and fed some times with a line that says how it is."""
        await until(lambda: self.take()[:1] == ["READY=1"], what="READY")
        fed = "STATUS=PAPER, copying, all logged in\nWATCHDOG=1"
        await until(lambda: self.take().count(fed) >= 2, what=f"feeding, heard {self.heard}")

    async def is_measured(self, *lines: str) -> None:
        """Scrape as Prometheus does."""
        async with httpx.AsyncClient() as prometheus:
            answer = await prometheus.get(f"http://127.0.0.1:{self.port}/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        for line in lines:
            assert line in answer.text.splitlines(), answer.text


def back_up_and_look(data_dir: Path, folder: Path) -> None:
    """Make a backup while the program runs, and see that it holds all but the sessions."""
    sessions = kept_sessions(data_dir)
    assert len(sessions) >= 2
    key = RecoveryKey.new()
    source = BackupSource(data_dir=data_dir, settings=b"", program="0.1.0", key_id="")
    made = make_backup(source, folder / "beside.backup", key.lock, at=SystemClock().now())
    out = folder / "out"
    out.mkdir()
    manifest = unpack(made, key, out)
    assert manifest.store.events > 10
    # What exits of each follower need is there, sealed with a key that is not.
    copied = (out / STORE_NAME).read_bytes()
    assert [each for each in sessions if each in copied] == []
    assert verify(out / STORE_NAME) == ""
    with closing(Journal.open(out)) as journal:
        state = journal.load()
    assert state.copying
    assert [account.sealed_token for account in state.accounts.values()] == ["", ""]


def kept_sessions(data_dir: Path) -> set[bytes]:
    """Return every session in the store, sealed, as its bytes stand in the files."""
    files = (STORE_NAME, f"{STORE_NAME}-wal")
    held = b"".join((data_dir / each).read_bytes() for each in files if (data_dir / each).exists())
    return set(re.findall(rb'"sealed_token":"(enc:[^"]+)"', held))


@contextmanager
def operated(folder: Path) -> Iterator[Operated]:
    """Listen as systemd does and choose a port for metrics."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listener:
        listener.bind(str(folder / "notify"))
        listener.setblocking(False)
        yield Operated(listener=listener, port=port)
