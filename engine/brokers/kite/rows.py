"""Envelopes and lists of rows: one bad row is a counted fault and never costs the others."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.brokers.kite.json_text import UnreadableError, read_object

T = TypeVar("T")
#: The fields of one row as read from JSON.
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """What a list on the wire held.

    Attributes:
        rows: The rows that could be read, in the order received.
        faults: One line without values for each row that could not. Where there is one, the list
            is not the whole truth: a row that is missing here may still exist.
    """

    rows: tuple[T, ...]
    faults: tuple[str, ...] = ()


def unwrap(body: bytes) -> object:
    """Return ``data`` of a success envelope.

    Args:
        body: The response body.

    Raises:
        UnreadableError: Not a success envelope with data; a null is not an empty list.
    """
    envelope = read_object(body)
    if envelope.get("status", "success") != "success":
        raise UnreadableError("the envelope is not a success")
    data = envelope.get("data")
    if data is None:
        raise UnreadableError("the envelope holds no data")
    return data


def unwrap_list(body: bytes) -> list[object]:
    """Return ``data`` where it must be a list; raises :class:`UnreadableError` as :func:`unwrap`."""
    data = unwrap(body)
    if not isinstance(data, list):
        raise UnreadableError("the data is not a list")
    return data


def unwrap_object(body: bytes) -> dict[str, object]:
    """Return ``data`` where it must be an object; raises :class:`UnreadableError` as :func:`unwrap`."""
    data = unwrap(body)
    if not isinstance(data, dict):
        raise UnreadableError("the data is not an object")
    return data


def decode_rows(items: Iterable[object], read: Callable[[Row], T], *, what: str) -> Decoded[T]:
    """Read each item by itself.

    Args:
        items: The list from the wire.
        read: Reads one row; raises ``ValueError`` where it is malformed.
        what: Names a row in a fault.
    """
    rows: list[T] = []
    faults: list[str] = []
    for index, item in enumerate(items):
        try:
            rows.append(read(row_of(item)))
        except ValueError as error:
            faults.append(f"{what} {index}: {error}")
    return Decoded(tuple(rows), tuple(faults))


def row_of(item: object) -> Row:
    """Return an item as a row; raises ``ValueError`` where it is none."""
    if not isinstance(item, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for everything malformed
    return item


def required_text(row: Row, key: str) -> str:
    """Return a string that must be there; ids may come as whole numbers.

    Raises:
        ValueError: Missing, empty or of another kind.
    """
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"no {key}")
    return value


def optional_text(row: Row, key: str) -> str | None:
    """Return a string that may be missing, null, empty or odd; then None."""
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def named(key: str, read: Callable[[object], T], value: object) -> T:
    """Read a value and put its key into the fault.

    Raises:
        ValueError: As ``read`` does, with the key in front.
    """
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def lenient(read: Callable[[object], T], value: object, otherwise: T) -> T:
    """Read a value that decides nothing; an odd one is as good as a missing one."""
    if value is None:
        return otherwise
    try:
        return read(value)
    except ValueError:
        return otherwise
