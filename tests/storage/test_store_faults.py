"""A store that cannot be written or cannot be trusted: halt, say the mend, destroy nothing."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from demo.stage import Plan, Stage
from engine.core.decide import trading_day_of
from engine.core.values import records as r
from engine.core.values.commands import Priority
from engine.core.values.events import Ticked
from engine.core.values.keys import Leg
from engine.errors import JournalError, StoreDamaged
from storage.chain import chain_all
from storage.journal import Journal
from storage.offline import offline_reads
from tests.core.core_world import MORNING, done
from tests.engine_shell.shell_world import Shell, settle
from tests.storage.store_world import KeptWorld, a_filled_store, a_morning, store_of

ROOT = Path(__file__).parents[2]
TICK = Ticked(at=MORNING, trading_day=trading_day_of(MORNING))
COUNTED = r.TotpCounted(failures=1, locked=False)


def fill_the_disk(journal: Journal) -> None:
    """Let SQLite find no further page, as on a full disk (SQLITE_FULL)."""
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


def commit_until_full(journal: Journal) -> int:
    """Commit a page's worth at a time until it fails; return how many were kept."""
    for number in range(50):
        try:
            journal.commit([(TICK, [COUNTED] * 100)])
        except JournalError:
            return number
    raise AssertionError("the disk never filled")


def test_a_full_disk_loses_nothing_and_says_what_to_do(tmp_path):
    world = a_morning()
    journal = Journal.open(tmp_path)
    journal.commit(world.decided)
    fill_the_disk(journal)
    kept = commit_until_full(journal)
    with pytest.raises(JournalError, match="free disk space") as told:
        journal.commit([(TICK, [COUNTED] * 100)])
    assert "nothing more is sent" in str(told.value)
    assert journal._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (count,) = journal._db.execute(
        "SELECT count(*) FROM records WHERE kind = 'TotpCounted'"
    ).fetchone()
    assert count == kept * 100, "a batch is whole or not there"
    # Space again: the journal goes on.
    journal._db.execute("PRAGMA max_page_count = 1000000")
    journal.commit([(TICK, [r.TotpCounted(failures=3, locked=False)])])
    assert journal.load().totp_failures == 3
    journal.close()


@pytest.mark.parametrize("trouble", ["disk full", "locked"])
async def test_no_byte_leaves_when_sending_cannot_be_made_durable(tmp_path, trouble):
    world = KeptWorld()
    journal = Journal.open(tmp_path)
    journal.commit(world.decided)
    journal._db.execute("PRAGMA busy_timeout = 20")
    shell = Shell(world, journal=journal)
    other = sqlite3.connect(store_of(tmp_path), isolation_level=None)
    if trouble == "locked":
        other.execute("BEGIN IMMEDIATE")
    else:
        fill_the_disk(journal)
    # The last pages may still take an order or two; then one of them finds no room.
    for number in range(60):
        shell.runner.offer(shell.master(done(f"M{number}")))
        await settle(3)
        if shell.runner.failed.done():
            break
    assert isinstance(shell.runner.failed.exception(), JournalError)
    if trouble == "locked":
        other.execute("ROLLBACK")
    other.close()
    # Even when there is room again: this process decides nothing more.
    journal._db.execute("PRAGMA max_page_count = 1000000")
    shell.runner.offer(shell.master(done("M99")))
    await settle()
    sent = [command.tag for command in shell.gateway().sent]
    assert len(sent) == (0 if trouble == "locked" else number)
    durable = journal.load().children
    assert list(durable) == sent, "what left is exactly what is durable"
    assert {child.state.value for child in durable.values()} <= {"SENDING"}
    assert journal._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    journal.close()


async def test_with_a_store_that_works_the_same_order_leaves_and_is_found_sending(tmp_path):
    world = KeptWorld()
    journal = Journal.open(tmp_path)
    journal.commit(world.decided)
    shell = Shell(world, journal=journal)
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    (sent,) = shell.gateway().sent
    assert sent.priority is Priority.ENTRY
    (child,) = journal.load().children.values()
    assert (child.tag, child.state.value, child.leg) == (sent.tag, "SENDING", Leg.ENTRY)
    journal.close()


def test_a_store_somebody_else_locks_is_an_error_and_not_a_gap(tmp_path):
    journal = Journal.open(tmp_path)
    journal._db.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(store_of(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked"):
        journal.commit([(TICK, [COUNTED])])
    other.execute("ROLLBACK")
    other.close()
    assert journal.load().totp_failures == 0
    journal.commit([(TICK, [COUNTED])])
    assert journal.load().totp_failures == 1
    journal.close()


def spoil_pages(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for at in range(4096, len(raw), 4096):
        raw[at : at + 64] = b"\xa5" * 64
    path.write_bytes(raw)


def spoil_one_page(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-4096 + 5 : -4096 + 7] = b"\x00\x10"  # where the page's content is said to begin
    path.write_bytes(raw)


def spoil_header(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[:16] = b"not a database!!"
    path.write_bytes(raw)


def cut_in_half(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2 // 4096 * 4096])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def from_the_future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {version + 1}")
    db.close()


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE intents")
        db.execute("DROP TABLE records")
    db.close()


SPOILT = [
    spoil_pages,
    spoil_one_page,
    spoil_header,
    cut_in_half,
    empty,
    from_the_future,
    without_a_table,
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_store_that_cannot_be_trusted_is_refused_with_the_mend_and_left_as_it_is(tmp_path, spoil):
    a_filled_store(tmp_path)
    path = store_of(tmp_path)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged) as told:
        Journal.open(tmp_path)
    text = str(told.value)
    assert str(path) in text
    assert "restore a backup" in text or "install that version" in text
    assert "\n" not in text
    assert path.read_bytes() == before, "never made anew over what may still be saved"


@pytest.mark.parametrize("spoil", [spoil_pages, spoil_header, empty])
def test_looking_at_a_damaged_store_says_so_too(tmp_path, spoil):
    a_filled_store(tmp_path)
    spoil(store_of(tmp_path))
    with pytest.raises(StoreDamaged, match="restore a backup"):
        offline_reads(tmp_path)


def test_a_record_nobody_can_read_stops_the_start(tmp_path):
    a_filled_store(tmp_path)
    for kind, body in (("FromTheFuture", b"{}"), ("CopyingSet", b'{"active":')):
        with closing(sqlite3.connect(store_of(tmp_path))) as db, db:
            db.execute("DELETE FROM records WHERE seq > 100000")
            db.execute("INSERT INTO records VALUES (100001, 1, ?, ?)", (kind, body))
            # As a newer program would have written it, not as a hand would.
            db.execute("DELETE FROM meta WHERE name = 'chain_head'")
            chain_all(db)
        db.close()
        journal = Journal.open(tmp_path)
        with pytest.raises(StoreDamaged, match=kind):
            journal.load()
        journal.close()


async def test_the_program_itself_ends_with_status_4_and_one_line(tmp_path):
    stage = Stage(Plan(folder=tmp_path, followers=1))
    await stage.open()
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    path = store_of(folder)
    try:
        for spoil in (spoil_header, from_the_future):
            path.unlink(missing_ok=True)
            a_filled_store(folder)
            spoil(path)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--env-file", str(stage.env_file),
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
            )  # fmt: skip
            async with asyncio.timeout(20):
                _, said = await process.communicate()
            text = said.decode()
            assert process.returncode == 4, text
            assert str(path) in text
            assert "Traceback" not in text
    finally:
        await stage.close()


def test_kill_9_thirty_times_loses_no_commit_that_was_acknowledged(tmp_path):
    done_ = subprocess.run(
        [sys.executable, "-m", "tests.storage.kill_loop", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done_.returncode == 0, done_.stdout + done_.stderr
    rounds = [line.split(" ", 2) for line in done_.stdout.splitlines()]
    assert len(rounds) == 30
    found_before = 0
    for acknowledged, found, verdict in rounds:
        assert verdict == "ok"
        # One more may be found than was told: it was durable when the kill came.
        assert int(found) - int(acknowledged) in (0, 1)
        assert int(found) > found_before
        found_before = int(found)


def test_a_log_without_its_store_is_not_thrown_away(tmp_path):
    log = tmp_path / "journal.db-wal"
    log.write_bytes(b"orders")
    with pytest.raises(StoreDamaged, match="write-ahead log"):
        Journal.open(tmp_path)
    assert log.read_bytes() == b"orders"
    assert not store_of(tmp_path).exists()


def killed_in_the_middle(folder: Path, there: Path) -> tuple[KeptWorld, Path]:
    """Leave what a kill leaves: a store whose commits are still in its write-ahead log."""
    folder.mkdir()
    world = a_morning()
    journal = Journal.open(folder)
    for each in world.decided:
        journal.commit([each])
    there.mkdir()
    for each in (store_of(folder), store_of(folder).with_name("journal.db-wal")):
        shutil.copy(each, there)
    journal.close()
    return world, there / "journal.db-wal"


#: Bytes of a log: its header is 32, each frame 24 and a page of 4096 (SQLite file format, section 4).
FRAME = 24 + 4096


@pytest.mark.parametrize(
    ("where", "at"), [("head", 17), ("page", 999), ("salt of a frame", 9), ("checksum", 17)]
)
def test_a_damaged_log_is_refused_where_sqlite_would_forget_orders_in_silence(tmp_path, where, at):
    there = tmp_path / "there"
    world, log = killed_in_the_middle(tmp_path / "here", there)
    raw = bytearray(log.read_bytes())
    middle = 0 if where == "head" else 32 + len(raw) // FRAME // 2 * FRAME
    raw[middle + at] ^= 0x10
    log.write_bytes(raw)
    blind = tmp_path / "blind"
    shutil.copytree(there, blind)
    with closing(sqlite3.connect(store_of(blind))) as db, db:
        (seen,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        left = db.execute("SELECT count(*) FROM events").fetchone()[0] if seen else 0
    db.close()
    assert left < len(world.decided), "SQLite leaves out what follows and says nothing"
    with pytest.raises(StoreDamaged, match=r"write-ahead log is damaged.*restore a backup"):
        Journal.open(there)
    assert log.read_bytes() == raw, "left as it is"


@pytest.mark.parametrize("cut", [0, 1, 100, 4120])
def test_a_log_that_ends_in_the_middle_of_its_last_commit_is_an_ordinary_power_cut(tmp_path, cut):
    there = tmp_path / "there"
    world, log = killed_in_the_middle(tmp_path / "here", there)
    raw = log.read_bytes()
    log.write_bytes(raw[: len(raw) - cut])
    journal = Journal.open(there)
    assert journal.head().seq == len(world.decided) - bool(cut)
    journal.close()


def test_a_store_that_may_only_be_read_is_refused_with_what_to_do(tmp_path):
    a_filled_store(tmp_path)
    before = store_of(tmp_path).read_bytes()

    def read_only(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        db.execute("PRAGMA query_only = ON")
        return db

    with pytest.raises(StoreDamaged) as told:
        Journal.open(tmp_path, connect=read_only)
    assert "writable" in str(told.value)
    assert "\n" not in str(told.value)
    assert store_of(tmp_path).read_bytes() == before


def test_a_store_that_is_locked_at_the_start_is_refused_with_what_to_do(tmp_path):
    a_filled_store(tmp_path)
    other = sqlite3.connect(store_of(tmp_path), isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    def impatient(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=0, isolation_level=None)

    with pytest.raises(StoreDamaged, match=r"locked.*end the other program"):
        Journal.open(tmp_path, connect=impatient)
    other.execute("ROLLBACK")
    other.close()
    Journal.open(tmp_path).close()
