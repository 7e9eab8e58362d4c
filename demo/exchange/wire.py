"""What goes over the wire: envelopes, replies and time stamps, as Kite Connect v3 shapes them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

#: Kite stamps everything in Indian time, without an offset.
IST = ZoneInfo("Asia/Kolkata")

#: One JSON object with Kite's own keys.
Row: TypeAlias = dict[str, object]

#: Gives the present as an aware datetime in `IST`.
Clock: TypeAlias = Callable[[], datetime]

#: Request fields, from the query and the form body together; `i=` may repeat.
Fields: TypeAlias = Mapping[str, str | list[str]]


#: Where a request has a JSON body instead of a form, its text is in the fields under this name.
JSON_BODY = "json body"


@unique
class Drop(StrEnum):
    """What becomes of the connection instead of, or while, answering."""

    NONE = "none"
    CLOSE = "close"  #: closed in good order, without an answer
    RESET = "reset"  #: reset (RST), without an answer
    HANG = "hang"  #: held open without an answer until the client gives up
    MID_BODY = "mid_body"  #: reset after half of the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer as data.

    Attributes:
        status: HTTP status code.
        body: Bytes after the headers.
        headers: Content type and whatever else the answer carries.
        delay_s: Seconds the skin waits before it sends anything.
        drop: How the connection misbehaves, if it does.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: Drop = Drop.NONE

    def json(self) -> Row:
        """Parse the body as a JSON object.

        Raises:
            ValueError: The body is not JSON; a fault damaged it.
        """
        parsed = json.loads(self.body)
        if not isinstance(parsed, dict):
            raise ValueError("the body is JSON but not an object")  # noqa: TRY004 - bad data, not a bad call
        return parsed


class KiteError(Exception):
    """A refusal in Kite's own words; the exchange turns it into an error envelope.

    Source: Kite Connect docs, exceptions and errors.
    """

    def __init__(self, status: int, error_type: str, message: str) -> None:
        """Keep the parts of the envelope.

        Args:
            status: HTTP status, 400-599.
            error_type: Kite's class name, e.g. ``InputException``.
            message: What the user reads.
        """
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


def bad_input(message: str) -> KiteError:
    """Return the commonest refusal: HTTP 400 ``InputException``."""
    return KiteError(400, "InputException", message)


def success(data: object) -> Reply:
    """Return ``{"status": "success", "data": …}``."""
    return json_reply(200, {"status": "success", "data": data})


def failure(error: KiteError) -> Reply:
    """Return the error envelope of `error`."""
    body: Row = {
        "status": "error",
        "message": error.message,
        "data": None,
        "error_type": error.error_type,
    }
    return json_reply(error.status, body)


def json_reply(status: int, body: Row) -> Reply:
    """Return `body` as JSON with Kite's content type."""
    return Reply(
        status=status,
        body=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
    )


def stamp(at: datetime) -> str:
    """Return `at` as Kite writes it: ``YYYY-MM-DD HH:MM:SS`` in Indian time."""
    return at.astimezone(IST).isoformat(" ", "seconds")[:19]  # without the offset


def maybe_stamp(at: datetime | None) -> str | None:
    """Return `stamp` of `at`, or null where there is none yet."""
    return None if at is None else stamp(at)


def number(value: Decimal) -> float:
    """Return a JSON number; only at the wire does a price become a float."""
    return float(value)


def one(fields: Fields, name: str) -> str | None:
    """Return the last value sent for `name`, or None where it was not sent."""
    value = fields.get(name)
    if isinstance(value, list):
        return value[-1] if value else None
    return value


def many(fields: Fields, name: str) -> list[str]:
    """Return every value sent for `name`, in order."""
    value = fields.get(name, [])
    return list(value) if isinstance(value, list) else [value]
