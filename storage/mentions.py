"""Which subjects a record speaks of: the index by which a story is found."""

from engine.core import records as r
from engine.core.market import OrderId, Tag
from engine.core.notices import NoticeKind


def op_subject(op: str) -> str:
    """Return the subject of an operation of a person."""
    return f"op:{op}"


def subject_of(record: r.Record) -> OrderId | Tag | str | None:
    """Return what a record speaks of; None where it is no part of any order's story.

    A placement's tag stands for its master order, which :func:`tag_of` tells the caller to look up.
    """
    if isinstance(record, r.MasterSeen):
        return record.sighting.row.order_id
    if isinstance(record, r.NoticeRaised):
        return _told_about(record)
    if isinstance(record, r.UpdateAnswered):
        return op_subject(record.reply.op) if record.reply.op else None
    if tag_of(record) is not None:
        return None
    found = getattr(record, "order_id", None)
    return found if isinstance(found, str) and found else None


def tag_of(record: r.Record) -> Tag | None:
    """Return the tag of the placement that a record moves, or None."""
    found = getattr(record, "tag", None)
    return Tag(found) if isinstance(found, str) else None


def _told_about(record: r.NoticeRaised) -> str | None:
    """Return the master order of an alert; a card is only drawn anew and tells nothing itself."""
    notice = record.notice
    if notice.kind is not NoticeKind.ALERT:
        return None
    if notice.master_order_id is not None:
        return notice.master_order_id
    kind, _, rest = notice.topic.partition(":")
    return rest.partition(":")[2] or None if kind == "copy" else None
