"""What people were told and have not seen: read out of the store at a start."""

import sqlite3
from collections.abc import Collection
from datetime import datetime

from engine.core.values import records as r
from engine.core.values.notices import Notice, NoticeKind
from engine.errors import StoreDamaged
from storage.codec import decode_record


def waiting_notices(
    db: sqlite3.Connection, chats: Collection[int], *, since: datetime
) -> list[tuple[Notice, tuple[int, ...]]]:
    """Return what a chat has not shown yet, oldest first, each with the chats it waits for.

    Args:
        db: The store.
        chats: Who is to be told.
        since: Cards, and alerts that one chat has shown and another has not, are looked for
            from here on; an alert that nobody was shown waits however old it is.
    """
    shown = _shown(db)
    known = frozenset[int]().union(*shown.values())
    found: list[tuple[Notice, tuple[int, ...]]] = []
    drawn: set[str] = set()
    rows = db.execute("SELECT notice_id, body FROM notices ORDER BY notice_id DESC")
    for number, body in rows:
        notice = _notice_in(body)
        if notice.at < since:
            break
        asked = chats
        if notice.kind is NoticeKind.CARD:
            # The newest tells it all, and nobody needs those from before their first day.
            asked = known.intersection(chats) if notice.topic not in drawn else ()
            drawn.add(notice.topic)
        left = tuple(sorted(set(asked) - shown.get(number, set())))
        if left:
            found.append((notice, left))
    return [*_never_shown(db, chats, before=since), *reversed(found)]


def not_forwarded(
    db: sqlite3.Connection, channels: Collection[str], *, since: datetime
) -> list[tuple[Notice, tuple[str, ...]]]:
    """Return the alerts that a channel has not taken, oldest first, with the channels they wait for.

    Args:
        db: The store.
        channels: Who is to take them; how loud they are is for the caller to judge.
        since: How far back is looked.
    """
    taken: dict[int, set[str]] = {}
    rows = db.execute("SELECT body FROM records WHERE kind = 'NoticeForwarded'")
    for (body,) in rows:
        record = decode_record("NoticeForwarded", body)
        if isinstance(record, r.NoticeForwarded):
            taken.setdefault(record.notice_id, set()).add(record.channel)
    found: list[tuple[Notice, tuple[str, ...]]] = []
    for number, body in db.execute(
        "SELECT notice_id, body FROM notices WHERE kind = ? ORDER BY notice_id DESC",
        (NoticeKind.ALERT.value,),
    ):
        notice = _notice_in(body)
        if notice.at < since:
            break
        left = tuple(name for name in channels if name not in taken.get(number, ()))
        if left:
            found.append((notice, left))
    return found[::-1]


def _never_shown(
    db: sqlite3.Connection, chats: Collection[int], *, before: datetime
) -> list[tuple[Notice, tuple[int, ...]]]:
    rows = db.execute(
        "SELECT body FROM notices WHERE shown = 0 AND kind IN (?, ?) ORDER BY notice_id",
        (NoticeKind.ALERT.value, NoticeKind.OFFER.value),
    )
    notices = [_notice_in(body) for (body,) in rows]
    return [(each, tuple(sorted(chats))) for each in notices if each.at < before]


def _shown(db: sqlite3.Connection) -> dict[int, set[int]]:
    """Return the chats that have shown each notice."""
    found: dict[int, set[int]] = {}
    for (body,) in db.execute("SELECT body FROM records WHERE kind = 'NoticeShown'"):
        record = decode_record("NoticeShown", body)
        if isinstance(record, r.NoticeShown):
            found.setdefault(record.notice_id, set()).add(record.chat_id)
    return found


def _notice_in(body: bytes) -> Notice:
    """Return the notice of a stored row.

    Raises:
        StoreDamaged: It cannot be read.
    """
    record = decode_record("NoticeRaised", body)
    if not isinstance(record, r.NoticeRaised):
        raise StoreDamaged("a notice in the store cannot be read: restore a backup")
    return record.notice
