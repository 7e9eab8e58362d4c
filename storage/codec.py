"""Records and events to and from the bytes of the journal."""

import types
import typing
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType

import msgspec

from engine.core.values import control, events, records
from engine.core.values.commands import Acked, Outcome, Refused, Unknown, Withheld
from engine.core.values.events import Answered, Asked, Event
from engine.core.values.market import Tag
from engine.core.values.records import Record
from engine.errors import StoreDamaged
from storage.many_children import ChildrenPlanned, Row, unpacked


def _by_name(*unions: object) -> dict[str, type]:
    found: dict[str, type] = {}
    for union in unions:
        members = typing.get_args(union) if isinstance(union, types.UnionType) else (union,)
        found.update({member.__name__: member for member in members})
    return found


_RECORDS = _by_name(records.Record)
_EVENTS = _by_name(events.Event)
_REQUESTS = _by_name(control.Request)
_OUTCOMES = _by_name(Acked | Refused | Unknown | Withheld)


def plain(value: object) -> object:
    """Return a mapping that cannot be changed as one that can be written."""
    if isinstance(value, MappingProxyType):
        return dict(value)
    # What msgspec has a hook raise for a type it does not know (msgspec docs, "Extending").
    raise NotImplementedError(f"{type(value).__name__} cannot be kept in the journal")


_encoder = msgspec.json.Encoder(enc_hook=plain)


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(kind)


def encode_record(record: Record) -> tuple[str, bytes]:
    """Return a record's kind and body."""
    return type(record).__name__, _encoder.encode(record)


def encode_rows(rows: Sequence[Row]) -> list[bytearray]:
    """Return the bodies of rows; a record's is as :func:`encode_record` makes it.

    All are encoded in one call, a line each: what JSON holds of line ends is escaped. They are arrays
    because sqlite3 stores one as it is, where it looks for an adapter for ``bytes`` first (0.4 us a row).
    """
    return bytearray(_encoder.encode_lines(rows)).split(b"\n")[:-1]


def decode_row(kind: str, body: bytes) -> Sequence[Record]:
    """Return the records that a row holds, in order: one, but for children planned together.

    Raises:
        StoreDamaged: The row cannot be read; do not start, restore a backup.
    """
    if kind != ChildrenPlanned.__name__:
        return (decode_record(kind, body),)
    try:
        return unpacked(typing.cast("ChildrenPlanned", _decoder(ChildrenPlanned).decode(body)))
    except (LookupError, msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
        raise StoreDamaged(f"a {kind} row of the journal cannot be read: {error}") from error


def decode_record(kind: str, body: bytes) -> Record:
    """Return the record of a row that holds one.

    Raises:
        StoreDamaged: The row cannot be read; do not start, restore a backup.
    """
    record_type = _RECORDS.get(kind)
    if record_type is None:
        raise StoreDamaged(f"the journal holds an unknown record kind {kind!r}: newer program?")
    try:
        return typing.cast("Record", _decoder(record_type).decode(body))
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
        raise StoreDamaged(f"a {kind} record of the journal cannot be read: {error}") from error


def encode_event(event: Event) -> tuple[str, bytes]:
    """Return an event's kind and body; what has variants inside carries their names."""
    kind = type(event).__name__
    if isinstance(event, Asked):
        inner: object = event.request
    elif isinstance(event, Answered):
        inner = event.outcome
    else:
        return kind, _encoder.encode(event)
    return kind, _encoder.encode({"variant": type(inner).__name__, "event": event})


def decode_event(kind: str, body: bytes) -> Event:
    """Return the event that a row holds.

    Raises:
        StoreDamaged: The row cannot be read.
    """
    try:
        if kind == "Asked":
            return _decode_asked(body)
        if kind == "Answered":
            return _decode_answered(body)
        return typing.cast("Event", _decoder(_EVENTS[kind]).decode(body))
    except (KeyError, msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
        raise StoreDamaged(f"a {kind} event of the journal cannot be read: {error}") from error


def _decode_asked(body: bytes) -> Asked:
    parts = msgspec.json.decode(body)
    fields = parts["event"]
    request: object = msgspec.convert(fields.pop("request"), _REQUESTS[parts["variant"]])
    plain = msgspec.convert(fields, _AskedShell)
    return Asked(
        request=typing.cast("control.Request", request),
        by=plain.by,
        update_id=plain.update_id,
        sent_at=plain.sent_at,
        at=plain.at,
    )


def _decode_answered(body: bytes) -> Answered:
    parts = msgspec.json.decode(body)
    fields = parts["event"]
    outcome: object = msgspec.convert(fields.pop("outcome"), _OUTCOMES[parts["variant"]])
    plain = msgspec.convert(fields, _AnsweredShell)
    return Answered(
        tag=plain.tag,
        intent_id=plain.intent_id,
        cancel=plain.cancel,
        modify=plain.modify,
        outcome=typing.cast("Outcome", outcome),
        at=plain.at,
    )


class _AskedShell(msgspec.Struct):
    by: control.Requester
    at: datetime
    update_id: int | None = None
    sent_at: datetime | None = None


class _AnsweredShell(msgspec.Struct):
    tag: Tag
    intent_id: str
    cancel: bool
    at: datetime
    modify: bool = False
