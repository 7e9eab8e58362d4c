"""When what the write-ahead log holds is moved into the store's file."""

import sqlite3
import struct
from pathlib import Path

import pytest

from engine.errors import JournalError
from storage.journal import Journal
from storage.schema import BUSY_MS
from tests.storage.store_world import a_morning, store_of


class Disk(sqlite3.Connection):
    """A connection whose disk may fail when the log is moved, or when it is begun anew."""

    failure: int | None = None
    fails_at = "PRAGMA wal_checkpoint"

    def execute(self, sql, *values):
        if self.failure is not None and sql.startswith(self.fails_at):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self.failure
            raise error
        return super().execute(sql, *values)


def connect(path: Path) -> Disk:
    return sqlite3.connect(path, isolation_level=None, factory=Disk)


@pytest.fixture
def journal(memory_folder):
    opened = Journal.open(memory_folder)
    yield opened
    opened.close()


def in_file(folder: Path, aside: Path) -> int:
    """Return how many events the store's file holds without its log."""
    aside.write_bytes(store_of(folder).read_bytes())
    db = sqlite3.connect(aside)
    try:
        return db.execute("SELECT count(*) FROM events").fetchone()[0]
    finally:
        db.close()


def test_a_burst_stays_in_the_log_until_a_quiet_moment(journal, memory_folder, tmp_path):
    journal.shorten_log(worth_bytes=0)
    decided = a_morning().decided
    times = 0
    while journal._logged < 5 * 2**20:  # more than SQLite itself lets grow
        times += 1
        journal.commit([(event, ()) for event, _ in decided])
    assert in_file(memory_folder, tmp_path / "before") == 0
    journal.shorten_log()
    assert in_file(memory_folder, tmp_path / "after") == times * len(decided)


def beginnings(folder: Path) -> int:
    """Return how often the log was begun anew.

    Source: SQLite file format, section 4.1 (sqlite.org/fileformat2.html#walformat): the header's sequence number.
    """
    return struct.unpack_from(">I", store_of(folder).with_name("journal.db-wal").read_bytes(), 12)[
        0
    ]


def test_the_log_begins_anew_in_that_moment_and_not_with_the_next_order(journal, memory_folder):
    decided = a_morning().decided
    journal.commit(decided)
    before = beginnings(memory_folder)
    journal.shorten_log(worth_bytes=0)
    assert beginnings(memory_folder) == before + 1
    journal.commit([(event, ()) for event, _ in decided])
    assert beginnings(memory_folder) == before + 1
    head = journal.head()
    journal.close()
    again = Journal.open(memory_folder)
    assert again.head() == head
    again.close()


def test_little_is_not_worth_it(journal, memory_folder, tmp_path):
    journal.shorten_log(worth_bytes=0)
    journal.commit(a_morning().decided)
    journal.shorten_log()
    assert in_file(memory_folder, tmp_path / "file") == 0


def test_a_reader_keeps_its_view_and_what_it_held_back_is_moved_later(
    journal, memory_folder, tmp_path
):
    decided = a_morning().decided
    journal.commit(decided)
    reader = sqlite3.connect(f"{store_of(memory_folder).as_uri()}?mode=ro", uri=True)
    reader.execute("BEGIN")
    seen = "SELECT count(*) FROM events"
    assert reader.execute(seen).fetchone() == (len(decided),)
    journal.commit([(event, ()) for event, _ in decided])
    journal.shorten_log(worth_bytes=0)
    assert reader.execute(seen).fetchone() == (len(decided),)
    reader.close()
    journal.shorten_log(worth_bytes=0)
    assert in_file(memory_folder, tmp_path / "moved") == 2 * len(decided)


def test_a_log_that_a_reader_made_long_is_cut_when_it_has_gone(journal, memory_folder):
    decided = [(event, ()) for event, _ in a_morning().decided]
    log = store_of(memory_folder).with_name("journal.db-wal")
    reader = sqlite3.connect(f"{store_of(memory_folder).as_uri()}?mode=ro", uri=True)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    while log.stat().st_size < 20_000_000:
        journal.commit(decided * 40)
        journal.shorten_log(worth_bytes=0)
    reader.close()
    journal.shorten_log(worth_bytes=0)
    journal.commit(decided)
    assert log.stat().st_size < 17_000_000


@pytest.mark.parametrize("step", ["PRAGMA wal_checkpoint", "PRAGMA user_version"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR])
def test_a_disk_that_did_not_keep_it_is_not_asked_again(memory_folder, code, step):
    journal = Journal.open(memory_folder, connect=connect)
    journal.commit(a_morning().decided)
    journal._db.failure, journal._db.fails_at = code, step
    with pytest.raises(JournalError, match="mend the disk"):
        journal.shorten_log(worth_bytes=0)
    journal.close()


@pytest.mark.parametrize("step", ["PRAGMA wal_checkpoint", "PRAGMA user_version"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE])
def test_a_full_disk_leaves_it_in_the_log_and_the_next_commit_says_so(memory_folder, code, step):
    journal = Journal.open(memory_folder, connect=connect)
    decided = a_morning().decided
    journal.commit(decided)
    journal._db.failure, journal._db.fails_at = code, step
    journal.shorten_log(worth_bytes=0)
    journal._db.failure = None
    journal.close()
    again = Journal.open(memory_folder)
    assert again.newest_event == len(decided)
    again.close()


def test_who_holds_the_store_in_a_quiet_moment_halts_nothing(journal, memory_folder):
    """Moving the log needs no lock that another could have: only what begins it anew does."""
    decided = a_morning().decided
    journal.commit(decided)
    viewer = sqlite3.connect(store_of(memory_folder), isolation_level=None)
    viewer.execute("BEGIN IMMEDIATE")
    journal.shorten_log(worth_bytes=0)
    viewer.close()
    assert journal._db.execute("PRAGMA busy_timeout").fetchone() == (BUSY_MS,)
    journal.commit([(event, ()) for event, _ in decided])
    assert journal.newest_event == 2 * len(decided)
