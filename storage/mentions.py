"""Which subjects a record speaks of: the index by which a story is found."""

import typing
from collections.abc import Callable, Iterable
from operator import attrgetter

from engine.core.values import records as r
from engine.core.values.market import Tag
from engine.core.values.notices import NoticeKind
from storage.many_children import ChildrenPlanned, Row

# What names its master order itself; by class, because most records of a burst are of these.
_BY_ORDER = frozenset(
    kind
    for kind in typing.get_args(r.Record)
    if hasattr(kind, "order_id") and not hasattr(kind, "tag")
)
_order_of: Callable[[r.Record], str | None] = attrgetter("order_id")


def op_subject(op: str) -> str:
    """Return the subject of an operation of a person."""
    return f"op:{op}"


def subjects_of(
    rows: Iterable[Row], master_order_of: Callable[[Tag], str | None]
) -> dict[str, None]:
    """Return what the rows of one event speak of, each once.

    This stands between a decision and its sending, so it looks at each row once only.

    Args:
        rows: Of one event, in order.
        master_order_of: Looks up the master order of a placement of an earlier event.
    """
    found: dict[str, None] = {}
    planned: set[str] = set()
    for record in rows:
        if isinstance(record, ChildrenPlanned):
            planned.update(record.tags)
            found.update(dict.fromkeys(record.order_ids))
            continue
        if type(record) in _BY_ORDER:
            subject = _order_of(record)
            if type(record) is r.ChildPlanned:
                planned.add(record.command.tag)
        elif type(record) is r.ChildrenSent:
            # Most are planned in the same event: nothing to look up on the way out.
            earlier = (master_order_of(sent) for sent in record.tags if sent not in planned)
            found.update((order, None) for order in earlier if order)
            continue
        elif (tag := getattr(record, "tag", None)) is not None:
            subject = None if tag in planned else master_order_of(tag)
        else:
            subject = _subject_of(record)
        if subject:
            found[subject] = None
    return found


def _subject_of(record: r.Record) -> str | None:
    """Return what a record with neither order nor tag speaks of; None where it is no part of any story."""
    if isinstance(record, r.MasterSeen):
        return record.sighting.row.order_id
    if isinstance(record, r.NoticeRaised):
        return _told_about(record)
    if isinstance(record, r.UpdateAnswered):
        return op_subject(record.reply.op) if record.reply.op else None
    return None


def _told_about(record: r.NoticeRaised) -> str | None:
    """Return the master order of an alert; a card is only drawn anew and tells nothing itself."""
    notice = record.notice
    if notice.kind is not NoticeKind.ALERT:
        return None
    if notice.master_order_id is not None:
        return notice.master_order_id
    kind, _, rest = notice.topic.partition(":")
    return rest.partition(":")[2] if kind == "copy" else None
