"""JSON from outside, read so that nothing it holds can raise anything but one error."""

from decimal import Decimal

import msgspec

#: Reads any JSON with prices as exact decimals.
_ANY = msgspec.json.Decoder(float_hook=Decimal)


class UnreadableError(ValueError):
    """The text is not what it should be; the message is one line without values."""


def read_json(body: bytes) -> object:
    """Read any JSON text.

    Args:
        body: UTF-8 text.

    Returns:
        Dicts, lists, strings, ints, decimals, booleans, None.

    Raises:
        UnreadableError: Not JSON, not UTF-8, or nested beyond reason.
    """
    try:
        return _ANY.decode(body)
    except (ValueError, ArithmeticError, RecursionError):
        raise UnreadableError("unreadable answer") from None


def read_object(body: bytes) -> dict[str, object]:
    """Read a JSON object; raises :class:`UnreadableError` as :func:`read_json` does."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object")
    return value


def text_of(value: object) -> str:
    """Return a string as it is, and "" for anything else."""
    return value if isinstance(value, str) else ""
