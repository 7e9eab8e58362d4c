"""The hash chain over the journal: what was written once cannot be changed without being seen.

Each event is linked to the one before it: SHA-256 over that link and the bytes of the event and of
its records. ``meta`` keeps the newest link, so that a cut tail is seen too. The chain is kept against
accidents, bad disks and edits by hand; it has no key, so it is no proof against its own program.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from typing_extensions import override

#: What the first event of every journal is linked to.
GENESIS = hashlib.sha256(b"kitecopytrader journal, chain 1").digest()
#: Events read at a time: a reader that stays in one transaction would hold back the checkpoint of the
#: program that writes (SQLite documentation, Write-Ahead Logging, section 6).
_AT_A_TIME = 2_000

# A record without its event is in no link, and would be folded all the same.
_STRAY = "SELECT seq FROM records WHERE event > ? AND event NOT IN (SELECT seq FROM events) LIMIT 1"

EventRow = tuple[int, str, str, bytes]
RecordRow = tuple[int, str, bytes | bytearray]

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain: two stores with the same head hold the same history.

    ``seq`` is the number of the newest event, 0 before the first.
    """

    seq: int
    link: bytes

    @override
    def __str__(self) -> str:
        return f"{self.seq}:{self.link.hex()}"

    @property
    def short(self) -> str:
        """As :meth:`__str__`, with 128 bits of the link: enough that no other history can be made to fit."""
        return str(self)[: len(f"{self.seq}:") + 32]

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Return the head that :meth:`__str__` wrote.

        Raises:
            ValueError: It is no head.
        """
        seq, _, link = text.partition(":")
        return cls(seq=int(seq), link=bytes.fromhex(link))


def link(before: bytes, event: EventRow, records: Sequence[RecordRow]) -> bytes:
    """Return an event's link; the bytes are those of the rows, in order, with their lengths."""
    return hashlib.sha256(_pack((before, event, records))).digest()


def read_head(db: sqlite3.Connection) -> Head:
    """Return the head as the store tells it.

    Raises:
        ValueError: It tells none that can be read.
        sqlite3.Error: The store cannot be read.
    """
    row = db.execute("SELECT value FROM meta WHERE name = 'chain_head'").fetchone()
    return Head.parse(str(row[0]) if row else "")


def chain_all(db: sqlite3.Connection) -> None:
    """Link every event of a store that had no chain; within the caller's transaction."""
    head = Head(seq=0, link=GENESIS)
    for event, _, records in walk(db):
        head = Head(seq=event[0], link=link(head.link, event, records))
        db.execute("UPDATE events SET chain = ? WHERE seq = ?", (head.link, head.seq))
    db.execute("INSERT INTO meta (name, value) VALUES ('chain_head', ?)", (str(head),))


def relink(db: sqlite3.Connection) -> None:
    """Link a copy anew over rows that were changed in it on purpose; within the caller's transaction."""
    head = Head(seq=0, link=GENESIS)
    for event, told, records in walk(db):
        head = Head(seq=event[0], link=link(head.link, event, records))
        if head.link != told:
            db.execute("UPDATE events SET chain = ? WHERE seq = ?", (head.link, head.seq))
    db.execute("UPDATE meta SET value = ? WHERE name = 'chain_head'", (str(head),))


def break_of(db: sqlite3.Connection, *, since: Head | None = None) -> str:
    """Return where the history was changed, in words; an empty text where it is whole.

    May be asked beside the program that writes, over a read-only connection.

    Args:
        db: The store.
        since: Look only at what follows this event, whose link the caller knows to be right.

    Raises:
        sqlite3.Error: The store cannot be read.
    """
    found = since or Head(seq=0, link=GENESIS)
    while True:
        for event, told, records in walk(db, after=found.seq):
            found = Head(seq=event[0], link=link(found.link, event, records))
            if found.link != told:
                return f"event {event[0]} of {event[1]} or a row beside it was changed or removed"
        try:
            end = read_head(db)
        except ValueError:
            return "the end of its chain is not known"
        # The writer may have gone on since the last row was read, never back.
        written = db.execute("SELECT 1 FROM events WHERE seq > ?", (found.seq,)).fetchone()
        if end == found and not written:
            break
        if end.seq <= found.seq and end != found:
            return f"what follows event {end.seq} was not written by this program"
        if not written:
            return f"the events after {found.seq} are missing, up to {end.seq}"
    after = since.seq if since else -(2**63)
    row = db.execute(_STRAY, (after,)).fetchone()
    return f"record {row[0]} belongs to no event" if row else ""


def verify(path: Path) -> str:
    """Return what is wrong with the history that a store's file holds; an empty text where it is whole.

    The file is opened to be read only; a program that writes meanwhile is not held up. A store of a
    version before the chain has none, and nothing is said of it.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as db:
        columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info('events')")}
        return break_of(db) if "chain" in columns else ""


def walk(
    db: sqlite3.Connection, *, after: int = 0
) -> Iterator[tuple[EventRow, bytes, list[RecordRow]]]:
    """Yield every event after one with its link and its records, in order, some at a time."""
    if not after:
        after = -(2**63)
    while True:
        events = db.execute(
            "SELECT seq, at, kind, body, chain FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, _AT_A_TIME),
        ).fetchall()
        if not events:
            return
        records: dict[int, list[RecordRow]] = {}
        for event, *row in db.execute(
            "SELECT event, seq, kind, body FROM records WHERE event > ? AND event <= ? ORDER BY seq",
            (after, events[-1][0]),
        ):
            records.setdefault(event, []).append((row[0], row[1], row[2]))
        for seq, at, kind, body, told in events:
            yield (seq, at, kind, body), told, records.pop(seq, [])
        after = events[-1][0]
