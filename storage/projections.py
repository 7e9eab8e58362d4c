"""The tables that people and other processes query: made of the records, in their transaction.

``intents`` has a row for every placement as it stands now, ``notices`` what people are told and whether a
chat has shown it, ``mentions`` which events speak of what. Everything in them is in the records too.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from engine.core.values import records as r
from engine.core.values.market import AccountName, Tag
from storage.many_children import ChildrenPlanned, Row, unpacked
from storage.many_rows import Insert
from storage.mentions import subjects_of

_INTENTS = Insert(
    "intents",
    *("tag", "follower", "quantity"),
    shared=(
        *("venue", "master_order_id", "leg", "exchange", "symbol", "side", "planned_at"),
        *("state", "moved_at"),
    ),
)
#: What a row has for itself: whose order it is, and its units.
_Own = tuple[Tag, AccountName, int]
#: What placements must have in common to be written with one statement: in the record, and in its command.
_SHARED_OF_RECORD = frozenset({"order_id", "leg", "at"})
_SHARED_OF_COMMAND = frozenset({"venue", "exchange", "symbol", "side"})
_MOVED = """
UPDATE intents SET state = ?, moved_at = ?, order_id = coalesce(?, order_id), reason = ?
WHERE under_way IN (0, 1) AND tag = ?
"""
_NOTICES = Insert("notices", "notice_id", "topic", "kind", "body")
_SHOWN = "UPDATE notices SET shown = 1 WHERE notice_id = ?"
_MENTIONS = Insert("mentions", "subject", "event")
_ORDER_OF = "SELECT master_order_id FROM intents WHERE under_way IN (0, 1) AND tag = ?"


class Projections:
    """What one transaction changes in these tables: gathered from its records, then written at once.

    A placement is planned and set on its way by the same decision, for every follower: that move goes into
    the row that is inserted instead of after it.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._intents: dict[
            tuple[str, ...], list[_Own]
        ] = {}  # by what they share, but for their state
        self._stands: dict[Tag, tuple[str, str]] = {}  # the state of these, and since when
        self._updated: set[Tag] = set()
        self._orders: dict[Tag, str] = {}
        self._moved: list[tuple[str | None, ...]] = []
        self._notices: list[tuple[int, str, str, bytearray]] = []
        self._shown: list[tuple[int]] = []
        self._mentions: list[tuple[str, int]] = []
        self._at: datetime | None = None
        self._at_text = ""

    def add(self, event: int, rows: Sequence[Row], bodies: Sequence[bytearray]) -> None:
        """Gather what the rows of the next event's records change."""
        # `type() is`: of a struct, isinstance costs 0.3 us where the answer is no, as it mostly is.
        for record, body in zip(rows, bodies, strict=True):
            if type(record) is r.ChildPlanned:
                self._plan(record)
            elif type(record) is ChildrenPlanned:
                self._plan_all(record)
            elif type(record) is r.IntentMoved:
                self._move(record)
            elif type(record) is r.ChildrenSent:
                self._send(record)
            elif type(record) is r.NoticeRaised:
                notice = record.notice
                kind = notice.kind.value
                self._notices.append((notice.notice_id, notice.topic, kind, body))
            elif type(record) is r.NoticeShown:
                self._shown.append((record.notice_id,))
        for subject in subjects_of(rows, self._master_order_of):
            self._mentions.append((subject, event))

    def write(self) -> None:
        """Write it, within the caller's transaction, after the events.

        Raises:
            sqlite3.Error: Some of it may have been written: roll back.
        """
        for shared, placed in self._intents.items():
            # In the order of the table they fill its pages one after the other.
            placed.sort()
            for stands, rows in self._by_stand(placed).items():
                _INTENTS.write(self._db, rows, (*shared, *stands))
        # What moves nothing asks for no statement: 10 us each after a pause.
        if self._moved:
            self._db.executemany(_MOVED, self._moved)
        _NOTICES.write(self._db, self._notices)
        if self._shown:
            self._db.executemany(_SHOWN, self._shown)
        _MENTIONS.write(self._db, self._mentions)

    def _by_stand(self, placed: list[_Own]) -> dict[tuple[str, str], list[_Own]]:
        """Return placements by their state, and since when it is that."""
        stands = {*self._stands.values()}
        if len(stands) == 1:
            return {stands.pop(): placed}  # as it mostly is
        alike: dict[tuple[str, str], list[_Own]] = {}
        for row in placed:
            alike.setdefault(self._stands[row[0]], []).append(row)
        return alike

    def _plan(self, record: r.ChildPlanned) -> None:
        place = record.command
        self._keep(record, [place.tag], [place.follower], [place.quantity])

    def _plan_all(self, row: ChildrenPlanned) -> None:
        if row.child.keys() & _SHARED_OF_RECORD or row.command.keys() & _SHARED_OF_COMMAND:
            for record in unpacked(row):
                self._plan(record)
            return
        self._keep(row.first, row.tags, row.followers, row.quantities)

    def _keep(
        self,
        first: r.ChildPlanned,
        tags: Sequence[Tag],
        followers: Sequence[AccountName],
        quantities: Sequence[int],
    ) -> None:
        """Gather placements that share all else that their rows hold with the first."""
        place, at = first.command, self._text_of(first.at)
        # An enum's member is a str of its own class, which sqlite3 looks for an adapter for: 0.5 us each.
        shared = (
            place.venue._value_,
            first.order_id,
            first.leg._value_,
            place.exchange,
            place.symbol,
            place.side._value_,
            at,
        )
        rows = zip(tags, followers, quantities, strict=True)
        self._intents.setdefault(shared, []).extend(rows)
        self._stands.update(dict.fromkeys(tags, ("PLANNED", at)))
        self._orders.update(dict.fromkeys(tags, first.order_id))

    def _move(self, record: r.IntentMoved) -> None:
        state, at = record.state._value_, self._text_of(record.at)
        if record.order_id is None and not record.reason and self._takes_moves(record.tag):
            self._stands[record.tag] = (state, at)
            return
        # What comes after an update must come as one, too.
        self._updated.add(record.tag)
        self._moved.append((state, at, record.order_id, record.reason, record.tag))

    def _send(self, record: r.ChildrenSent) -> None:
        stands = ("SENDING", self._text_of(record.at))
        sent = dict.fromkeys(record.tags, stands)
        if sent.keys() <= self._stands.keys() and self._updated.isdisjoint(sent):
            self._stands.update(sent)  # as it mostly is: all were planned in this transaction
            return
        for tag in record.tags:
            if self._takes_moves(tag):
                self._stands[tag] = stands
            else:
                self._moved.append((*stands, None, "", tag))

    def _takes_moves(self, tag: Tag) -> bool:
        """Whether a placement's row is still to be inserted, and nothing of it to be updated after that."""
        return tag in self._stands and tag not in self._updated

    def _master_order_of(self, tag: Tag) -> str | None:
        found = self._orders.get(tag)
        if found is not None:
            return found
        row = self._db.execute(_ORDER_OF, (tag,)).fetchone()
        return str(row[0]) if row else None

    def _text_of(self, at: datetime) -> str:
        """Return a time as it is stored; in one decision it is one object, and the text costs 0.8 us."""
        if at is not self._at:
            self._at, self._at_text = at, at.isoformat()
        return self._at_text
