"""The one writer of the store: events, records, intents and notices in one transaction.

sqlite3 is used directly, without a thread: there is no await between a decision and its
durability, so nothing can cancel it half-way.
"""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import repeat
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.events import BookRead, Event
from engine.core.values.notices import Notice
from engine.core.values.profit_sample import ProfitSample
from engine.errors import JournalFull, StoreDamaged
from storage.chain import Head, break_of, link, read_head
from storage.codec import decode_row, encode_event, encode_rows
from storage.disk_full import too_little
from storage.many_children import packed
from storage.many_rows import Insert
from storage.profit_samples import add_samples
from storage.projections import Projections
from storage.schema import BUSY_MS, SCHEMA_VERSION, prepare
from storage.snapshot import Snapshot, read_snapshot, without_collecting
from storage.store_errors import could_not_open, could_not_write, is_locked
from storage.store_name import STORE_NAME
from storage.waiting_notices import not_forwarded, waiting_notices
from storage.write_ahead_log import damage_of

#: LIVE wants room for a day of records: about 20 kB an order and follower (as in storage/reserve.py).
LEAST_FREE_BYTES = 100 * 2**20

_EVENTS = Insert("events", "seq", "at", "kind", "body", "chain")
_RECORDS = Insert("records", "seq", "event", "kind", "body")
_ALL = "SELECT kind, body FROM records ORDER BY seq"
# By their events, of which the chain tells; a record has none that is older than one before it.
_LATER = "SELECT kind, body FROM records WHERE event > ? ORDER BY event, seq"
_HEAD = "UPDATE meta SET value = ? WHERE name = 'chain_head'"


#: Bytes of rows that are worth moving out of the log, about: 250 pages take a few milliseconds.
WORTH_MOVING_BYTES = 2**20
#: What a commit writes besides its rows, in bytes: the pages of tables and indexes that it touches.
_COMMIT_BYTES = 30_000
#: Pages of the log at which SQLite moves it by itself, within a commit: 16 MB, where its own choice is 4 MB,
#: two orders for 1,000 followers. A start after a crash looks so much through (storage/write_ahead_log.py), in
#: 1.5 s. A reader that keeps its view for long lets the log grow beyond; its file is cut to this afterwards.
_MOST_PAGES = 4_000
_PAGE_BYTES = 4_096  # SQLite's own choice


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {_MOST_PAGES * _PAGE_BYTES}").fetchone()
    return db


class Journal:
    """An open store. Only one process may hold one (the instance lock sees to it)."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path
        self._event = self._highest("events")
        self._record = self._highest("records")
        self._link = read_head(connection).link
        self._logged = 0
        self._snapshot: Snapshot | None = None
        self.install_id = self._meta("install_id")

    @classmethod
    def open(
        cls, data_dir: Path, *, connect: Callable[[Path], sqlite3.Connection] = _connect
    ) -> Self:
        """Open the store of a data folder, making it where there is none, updating an older one.

        Args:
            data_dir: The folder.
            connect: Opens the file, in autocommit.

        Raises:
            StoreDamaged: It fails a check, cannot be written, or is newer than this program: do not
                start. Nothing was mended or made anew.
        """
        path = data_dir / STORE_NAME
        if path.exists() and path.stat().st_size == 0:
            # SQLite would take it for a new one and forget what is at the broker.
            raise StoreDamaged(
                f"{path} is empty, as no store is: restore a backup, or move it away to begin anew"
            )
        if not path.exists() and path.with_name(f"{STORE_NAME}-wal").exists():
            # SQLite would throw that away, and with it orders that are at the broker.
            raise StoreDamaged(
                f"{path} is missing but its write-ahead log is there: put it back or restore a "
                "backup"
            )
        if damage := damage_of(path.with_name(f"{STORE_NAME}-wal")):
            raise StoreDamaged(f"{path}: {damage}: restore a backup")
        with contextlib.ExitStack() as undo:
            try:
                db = connect(path)
                undo.callback(db.close)
                path.chmod(0o600)
                prepare(db, path)
                snapshot = read_snapshot(data_dir, db)
                _refuse_changed(
                    path, break_of(db, since=None if snapshot is None else snapshot.head)
                )
                journal = cls(db, path)
                journal._snapshot = snapshot
            except (sqlite3.Error, OSError) as error:
                raise could_not_open(path, error) from error
            undo.pop_all()
        return journal

    @property
    def newest_event(self) -> int:
        """Number of the newest event; 0 in a store without any."""
        return self._event

    def load(self) -> State:
        """Rebuild the state by applying every record in order, those after a snapshot where one fits.

        Raises:
            StoreDamaged: A record cannot be read.
        """
        snapshot = self._snapshot or read_snapshot(self._path.parent, self._db)
        self._snapshot = None  # its bytes are needed once
        with without_collecting():
            state = None if snapshot is None else snapshot.state()
            if snapshot is not None and state is not None:
                rows = self._db.execute(_LATER, (snapshot.head.seq,))
            else:
                if snapshot is not None:
                    _refuse_changed(self._path, break_of(self._db))
                state, rows = State(install_id=self.install_id), self._db.execute(_ALL)
            for kind, body in rows:
                for each in decode_row(kind, body):
                    apply(state, each)
        return state

    def waiting_notices(
        self, chats: Collection[int], *, since: datetime
    ) -> list[tuple[Notice, tuple[int, ...]]]:
        """Return what a chat has not shown yet, oldest first, each with the chats it waits for.

        Args:
            chats: Who is to be told.
            since: Cards, and alerts that one chat has shown and another has not, are looked for
                from here on; an alert that nobody was shown waits however old it is.
        """
        return waiting_notices(self._db, chats, since=since)

    def not_forwarded(
        self, channels: Collection[str], *, since: datetime
    ) -> list[tuple[Notice, tuple[str, ...]]]:
        """Return the alerts that a channel has not taken, oldest first, with the channels they wait for.

        Args:
            channels: Who is to take them; how loud they are is for the caller to judge.
            since: How far back is looked.
        """
        return not_forwarded(self._db, channels, since=since)

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        """Make events and their records durable: at return they survive a power cut.

        Raises:
            JournalFull: The disk has no room; nothing of the batch was written. Make room, try once.
            JournalError: Nothing of the batch was written. No journal, no order: halt.
        """
        before = (self._event, self._record, self._link)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                written = self._write(batch)
                self._db.execute(_HEAD, (str(self.head()),))
                self._db.execute("COMMIT")
                self._logged += written + _COMMIT_BYTES
            except BaseException:
                self._event, self._record, self._link = before
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise could_not_write(error) from error

    def shorten_log(self, *, worth_bytes: int = WORTH_MOVING_BYTES) -> None:
        """Move what the write-ahead log holds into the store's file, where it is worth it.

        For a moment in which nothing is to be decided: it takes some milliseconds. Only this connection may
        do so: in SQLite before 3.51.3 a second one that writes or moves the log at the same instant can
        damage the store (sqlite.org/wal.html, "the WAL-reset bug").

        Raises:
            JournalError: The disk did not keep what was moved. Halt: asked again it may say that it did.
        """
        if self._logged < worth_bytes:
            return
        try:
            _, logged, moved = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if logged == moved:
                self._begin_log_anew()
        except sqlite3.Error as error:
            failure = could_not_write(error)
            if not isinstance(failure, JournalFull):
                raise failure from error
            # It stays in the log, which is as safe; the next commit says that there is no room.
        # A reader may have kept some of it there. It is moved with what comes next.
        self._logged = 0

    def _begin_log_anew(self) -> None:
        """Write what is there already, so that the next who writes need not begin the log anew.

        That is a sync of its own before that of what is written, and after a quiet moment that is an order. (A row
        that is the same SQLite does not write; of this it does not look.) Moving the log needs no lock that
        another program could have, this does: nobody is waited for, the next commit will do it then.

        Raises:
            sqlite3.Error: It could not be written.
        """
        self._db.execute("PRAGMA busy_timeout = 0")
        try:
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sqlite3.OperationalError as error:
            if not is_locked(error):
                raise
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def add_profit_samples(self, samples: Sequence[ProfitSample]) -> None:
        """Keep samples of profit, outside the chain; no decision waits for them or rests on them.

        Raises:
            JournalError: Nothing was written; leave these out and go on.
        """
        try:
            add_samples(self._db, samples)
        except sqlite3.Error as error:
            raise could_not_write(error) from error

    def head(self) -> Head:
        """Return the end of the hash chain; a store with the same head holds the same history."""
        return Head(seq=self._event, link=self._link)

    def fault(self) -> str:
        """Return why the store should not be trusted with live orders, or an empty text."""
        try:
            (verdict,) = self._db.execute("PRAGMA quick_check").fetchone()
        except sqlite3.Error as error:
            return f"the store cannot be read ({error}): restore a backup"
        if verdict != "ok":
            return f"the store is damaged ({' '.join(verdict.split())}): restore a backup"
        free = shutil.disk_usage(self._path.parent).free
        if free < LEAST_FREE_BYTES:
            return too_little(free, self._path.parent)
        return ""

    def close(self) -> None:
        """Close the store; what was committed stays."""
        self._db.close()

    def _write(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> int:
        """Write a batch within the transaction; return the bytes of its records.

        This stands between a decision and its sending, for all followers at once. What a row costs is
        Python and SQLite around it, not the disk: so everything is gathered first and each table is
        written with few statements, and values are of the types that sqlite3 takes as they are.
        """
        events: list[tuple[object, ...]] = []
        rows: list[tuple[int, int, str, bytearray]] = []
        projections, written = Projections(self._db), 0
        for event, records in batch:
            self._event += 1
            held = packed(records)
            first, self._record = self._record + 1, self._record + len(held)
            numbers = range(first, self._record + 1)
            kinds = [type(each).__name__ for each in held]
            bodies = encode_rows(held)
            written += sum(map(len, bodies))
            row = (self._event, event.at.isoformat(), *encode_event(_news_of(event)))
            self._link = link(self._link, row, list(zip(numbers, kinds, bodies, strict=True)))
            events.append((*row, self._link))
            rows += zip(numbers, repeat(self._event), kinds, bodies)
            projections.add(self._event, held, bodies)
        _EVENTS.write(self._db, events)
        _RECORDS.write(self._db, rows)
        projections.write()
        return written

    def _highest(self, table: str) -> int:
        query = {
            "events": "SELECT coalesce(max(seq), 0) FROM events",
            "records": "SELECT coalesce(max(seq), 0) FROM records",
        }[table]
        (found,) = self._db.execute(query).fetchone()
        return int(found)

    def _meta(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""


def _news_of(event: Event) -> Event:
    """Return an event without what it only tells again."""
    if isinstance(event, BookRead) and event.again:
        return replace(event, again=())
    return event


def _refuse_changed(path: Path, changed: str) -> None:
    if changed:
        raise StoreDamaged(
            f"{path} was changed by another hand or a bad disk ({changed}): restore a backup"
        )
