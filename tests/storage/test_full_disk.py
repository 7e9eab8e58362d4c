"""A disk that fills: nothing leaves that is not durable, entries stop, and exits go on in the room kept."""

import contextlib
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import storage.reserve
from engine.core.values.commands import Priority
from engine.core.values.notices import Severity
from engine.errors import JournalFull
from storage.journal import Journal
from storage.reserve import RESERVE_NAME, Reserve
from tests.core.core_world import done
from tests.engine_shell.shell_world import Shell, settle
from tests.storage.store_world import KeptWorld

ROOT = Path(__file__).parents[2]
MB = 2**20


class FullDisk:
    """A real store on a disk that fills, whose reserve holds so many pages of the store."""

    def __init__(self, folder: Path, *, reserve_pages: int) -> None:
        self.world = KeptWorld()
        self.world.master(done("M1", quantity=10))
        self.world.ack_and_fill()
        self.journal = Journal.open(folder)
        self.journal.commit(self.world.decided)
        self.shell = Shell(self.world, journal=self.journal)
        self.shell.gateway().obliging = True
        self.shell.runner._hooks = replace(self.shell.runner._hooks, make_room=self._make_room)
        self._reserve = reserve_pages

    def fill(self) -> None:
        """Leave SQLite no further page (SQLITE_FULL)."""
        (pages,) = self.journal._db.execute("PRAGMA page_count").fetchone()
        self.journal._db.execute(f"PRAGMA max_page_count = {pages}")

    def _make_room(self) -> bool:
        (pages,) = self.journal._db.execute("PRAGMA page_count").fetchone()
        self.journal._db.execute(f"PRAGMA max_page_count = {pages + self._reserve}")
        freed, self._reserve = bool(self._reserve), 0
        return freed

    async def until_full(self) -> int:
        """Let the master enter until copying stops or the program halts; return his orders."""
        for number in range(2, 80):
            self.shell.runner.offer(self.shell.master(done(f"M{number}", symbol="INFY")))
            await settle(3)
            state = self.shell.runner.state
            if self.shell.runner.failed.done() or not state.copying:
                return number
        raise AssertionError("the disk never filled")

    def sent(self, priority: Priority) -> list[str]:
        return [each.tag for each in self.shell.gateway().sent if each.priority is priority]


async def test_in_the_room_that_was_kept_entries_stop_and_exits_go_through(tmp_path):
    disk = FullDisk(tmp_path, reserve_pages=100)
    shell = disk.shell
    disk.fill()
    await disk.until_full()
    assert not shell.runner.failed.done()
    (told,) = [n for n in shell.notices if "disk is full" in n.text]
    assert (told.severity, told.needs_human) == (Severity.CRITICAL, True)
    assert "/start_copy" in told.text
    entries = disk.sent(Priority.ENTRY)
    shell.runner.offer(shell.master(done("M90", quantity=5)))
    await settle()
    assert disk.sent(Priority.ENTRY) == entries, "no further entry"
    shell.runner.offer(shell.master(done("M91", "SELL", quantity=15)))
    await settle()
    (out,) = disk.sent(Priority.EXIT)
    durable = disk.journal.load()
    assert out in durable.children
    assert not durable.copying, "and a restart begins with entries stopped"
    assert set(entries) <= set(durable.children)
    disk.journal.close()
    Journal.open(tmp_path).close()


async def test_when_that_room_is_used_up_too_the_program_halts(tmp_path):
    disk = FullDisk(tmp_path, reserve_pages=12)
    disk.fill()
    await disk.until_full()
    shell = disk.shell
    for number in range(100, 180):
        shell.runner.offer(shell.master(done(f"M{number}", symbol="INFY")))
        await settle(3)
        if shell.runner.failed.done():
            break
    assert isinstance(shell.runner.failed.exception(), JournalFull)
    assert "free disk space" in str(shell.runner.failed.exception())
    sent = {each.tag for each in shell.gateway().sent}
    assert sent <= set(disk.journal.load().children), "what left is durable"
    disk.journal.close()


async def test_without_a_reserve_it_halts_at_once(tmp_path):
    disk = FullDisk(tmp_path, reserve_pages=0)
    disk.fill()
    await disk.until_full()
    assert isinstance(disk.shell.runner.failed.exception(), JournalFull)
    disk.journal.close()


def test_the_reserve_is_real_room_for_its_owner_only_and_is_given_back_once(tmp_path):
    reserve = Reserve(tmp_path, size=3 * MB)
    assert reserve.fault() == ""
    found = (tmp_path / RESERVE_NAME).stat()
    assert found.st_blocks * 512 >= 3 * MB, "blocks, not a promise of them"
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert Reserve(tmp_path, size=3 * MB).fault() == "", "a restart finds it"
    assert reserve.give_back()
    assert not (tmp_path / RESERVE_NAME).exists()
    assert not reserve.give_back()
    assert reserve.fault() == "", "and it is made again when asked, since there is room"
    assert reserve.give_back()


def test_what_was_given_back_is_not_taken_again_while_the_disk_is_near_full(tmp_path, monkeypatch):
    reserve = Reserve(tmp_path, size=3 * MB)
    assert reserve.fault() == ""
    reserve.give_back()
    usage = storage.reserve.shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(
            storage.reserve.shutil, "disk_usage", lambda _: usage._replace(free=5 * MB)
        )  # fmt: skip
        assert "reserve of 3 MB" in reserve.fault()
        assert "free disk space" in reserve.fault()
        assert not (tmp_path / RESERVE_NAME).exists()
    assert reserve.fault() == ""


LIMITED = """
import resource, sys
from pathlib import Path
from engine.core.values import records as r
from engine.errors import JournalError, JournalFull
from storage.journal import Journal
from tests.storage.test_store_faults import TICK

journal = Journal.open(Path(sys.argv[1]))
wal = Path(sys.argv[1], "journal.db-wal")
journal.commit([(TICK, [r.TotpCounted(failures=1, locked=False)])])
size, (_, hard) = wal.stat().st_size, resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, hard))
kept = 1
try:
    while kept < 50:
        journal.commit([(TICK, [r.TotpCounted(failures=kept + 1, locked=False)])])
        kept += 1
except JournalError as error:
    print(type(error).__name__, kept)
print(journal.load().totp_failures, journal._db.execute("PRAGMA integrity_check").fetchone()[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
journal.commit([(TICK, [r.TotpCounted(failures=99, locked=False)])])
journal.close()
again = Journal.open(Path(sys.argv[1]))
print(again.load().totp_failures, again.head().seq)
"""


def test_a_file_that_may_grow_no_more_is_a_full_disk_and_loses_nothing(tmp_path):
    """The system fails the write itself, as with a quota (SQLITE_IOERR_WRITE)."""
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    failed, known, after = [line.split() for line in ended.stdout.splitlines()]
    kept = int(failed[1])
    assert failed[0] == "JournalFull"
    assert 1 <= kept < 50
    assert known == [str(kept), "ok"]
    assert after == ["99", str(kept + 1)]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 24 MB, where the system lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no disk of its own may be made here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_on_a_disk_that_is_really_full_exits_leave_in_the_reserve(small_disk):
    disk = FullDisk(small_disk, reserve_pages=0)
    shell, reserve = disk.shell, Reserve(small_disk, size=4 * MB)
    assert reserve.fault() == ""
    shell.runner._hooks = replace(
        shell.runner._hooks, make_room=reserve.give_back
    )  # fmt: skip
    with (small_disk / "other").open("wb", buffering=0) as other, contextlib.suppress(OSError):
        while other.write(bytes(4096)):
            pass
    await disk.until_full()
    assert not (small_disk / RESERVE_NAME).exists()
    assert not shell.runner.failed.done()
    shell.runner.offer(shell.master(done("M91", "SELL", quantity=10)))
    await settle()
    assert len(disk.sent(Priority.EXIT)) == 1
    assert any("disk is full" in notice.text for notice in shell.notices)
    assert reserve.fault() != "", "what the exits are using is not taken from them"
    disk.journal.close()
