"""Questions put to the store from beside the writer: read-only, whether or not ``run`` runs."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from msgspec.structs import replace

from engine.core.chat.story import ChildRef, Step, Story, tell_operation, tell_order
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.errors import AmbiguousId, StoreDamaged
from storage.codec import decode_event, decode_row
from storage.mentions import op_subject
from storage.schema import SCHEMA_VERSION
from storage.store_name import STORE_NAME

#: Seconds to wait for the writer at the end of a write-ahead log; readers never hold it up.
_BUSY_S = 2.0

_CHILD = """
SELECT tag, venue, follower, master_order_id FROM intents
WHERE (under_way IN (0, 1) AND tag = :id) OR order_id = :id
ORDER BY planned_at DESC LIMIT 1
"""
_STEPS = """
SELECT events.seq, events.kind, events.body, records.kind, records.body
FROM mentions
JOIN events ON events.seq = mentions.event
JOIN records ON records.event = events.seq
WHERE mentions.subject = ?
ORDER BY records.seq
"""


# What a whole id is looked for by: its beginning or its end. LIKE folds the case of ASCII. One
# follower order has a tag and an order id, and is one answer.
_ALIKE = """
SELECT subject FROM mentions WHERE subject LIKE :begin OR subject LIKE :end
UNION SELECT coalesce(order_id, tag) FROM intents
WHERE tag LIKE :begin OR tag LIKE :end OR order_id LIKE :begin OR order_id LIKE :end
ORDER BY 1 LIMIT :most
"""
#: Fewer characters than an op id has name too much to be a part of an id.
_LEAST_PART = 4
#: Ids that are named where several are alike; a phone shows the answer.
_SHOWN_ALIKE = 3


def _no_number(_asked: str) -> OrderId | None:
    return None


async def story(
    data_dir: Path, asked: str, numbered: Callable[[str], OrderId | None] = _no_number
) -> Story | None:
    """Return the whole story of one master or follower order, one tag or one op id.

    A whole id comes first, then a card's number (``#214`` is never anything else), then the
    beginning or the end of an id, where it is that of one only.

    Args:
        data_dir: The folder of the store.
        asked: The id as it was typed.
        numbered: Returns the master order that a card's number stands for, or None.

    Returns:
        The story, oldest first; None where the store does not know the id, or there is no store.

    Raises:
        AmbiguousId: Several ids begin or end so; the text names them.
        StoreDamaged: The store cannot be read, or is of another version: the text says the mend.
    """
    path = _store(data_dir)
    if path is None:
        return None
    try:
        async with _reading(path) as db:
            return await _find(db, asked, numbered)
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path} cannot be read ({error}): restore a backup") from error


def _store(data_dir: Path) -> Path | None:
    path = (data_dir / STORE_NAME).absolute()
    return path if path.exists() else None


@asynccontextmanager
async def _reading(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    uri = f"{path.as_uri()}?mode=ro"
    async with aiosqlite.connect(uri, uri=True, timeout=_BUSY_S) as db:
        await db.execute("PRAGMA query_only = ON")
        # One view of the store for all questions, whatever the writer adds meanwhile.
        await db.execute("BEGIN")
        async with db.execute("PRAGMA user_version") as cursor:
            row = await cursor.fetchone()
        version = int(row[0]) if row else 0
        if version < SCHEMA_VERSION:
            raise StoreDamaged(
                f"{path} is of an older version: start it once with copytrader run, then ask again"
            )
        if version > SCHEMA_VERSION:
            raise StoreDamaged(f"{path} was written by a newer program: install that version")
        yield db


async def _find(
    db: aiosqlite.Connection, asked: str, numbered: Callable[[str], OrderId | None]
) -> Story | None:
    found = None if asked.startswith("#") else await _tell(db, asked)
    if found is not None:
        return found
    order_id = numbered(asked)
    whole = await _whole_id(db, asked) if order_id is None else order_id
    found = await _tell(db, whole) if whole is not None else None
    return replace(found, asked=asked) if found is not None else None


async def _whole_id(db: aiosqlite.Connection, part: str) -> str | None:
    """Return the one id that begins or ends with what was typed; None where there is none."""
    if len(part) < _LEAST_PART or not (part.isascii() and part.isalnum()):
        return None
    values = {"begin": f"{part}%", "end": f"%{part}", "most": _SHOWN_ALIKE + 1}
    async with db.execute(_ALIKE, values) as cursor:
        alike = [str(row[0]) for row in await cursor.fetchall()]
    if len(alike) > 1:
        more = " and more" if len(alike) > _SHOWN_ALIKE else ""
        raise AmbiguousId(
            f"{part} could be {', '.join(alike[:_SHOWN_ALIKE])}{more} - give more of the id"
        )
    return alike[0] if alike else None


async def _tell(db: aiosqlite.Connection, asked: str) -> Story | None:
    op = asked.lower().removeprefix("op:")
    steps = [] if ":" in asked else await _steps(db, asked)
    if steps:
        return tell_order(asked, OrderId(asked), steps)
    async with db.execute(_CHILD, {"id": asked}) as cursor:
        row = await cursor.fetchone()
    if row is not None:
        tag, venue, follower, order_id = row
        child = ChildRef(tag=Tag(tag), venue=Venue(venue), follower=AccountName(follower))
        steps = await _steps(db, order_id)
        return tell_order(asked, OrderId(order_id), steps, child=child)
    steps = await _steps(db, op_subject(op))
    return tell_operation(asked, op, steps) if steps else None


async def _steps(db: aiosqlite.Connection, subject: str) -> list[Step]:
    """Return every event that speaks of a subject with all its records, oldest first."""
    async with db.execute(_STEPS, (subject,)) as cursor:
        rows = await cursor.fetchall()
    by_event: dict[int, tuple[str, bytes, list[tuple[str, bytes]]]] = {}
    for seq, event_kind, event_body, kind, body in rows:
        by_event.setdefault(seq, (event_kind, event_body, []))[2].append((kind, body))
    return [
        Step(
            event=decode_event(event_kind, event_body),
            records=tuple(record for row in records for record in decode_row(*row)),
        )
        for event_kind, event_body, records in by_event.values()
    ]
