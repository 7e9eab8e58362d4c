"""Single values of Kite's wire: instants, prices, quantities, words."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from engine.core.values.market import IST, OrderStatus

_Word = TypeVar("_Word", bound=StrEnum)

#: No price, value or quantity in rupees or units comes near it; beyond it a number is garbage.
_LARGEST = Decimal(10) ** 15
_STATUS = {status.value: status for status in OrderStatus}


def read_instant(text: object, *, day: date | None = None) -> datetime | None:
    """Read one of Kite's timestamps, which are IST and mostly do not say so.

    Args:
        text: ``YYYY-MM-DD HH:MM:SS``, any ISO form, or ``HH:MM:SS`` (the trades'
            ``order_timestamp``); anything else reads as no instant.
        day: The date of a time without one; without it such a time is no instant.

    Returns:
        An aware datetime in IST, or None.

    Source: Kite Connect docs, orders; Kite's own mock of ``/trades`` for the short form.
    """
    if not isinstance(text, str) or not text:
        return None
    try:
        if len(text) <= 8 and text[2:3] == ":":
            if day is None:
                return None
            return datetime.combine(day, time.fromisoformat(text), tzinfo=IST)
        instant = datetime.fromisoformat(text)
        instant = (
            datetime.combine(instant, instant.time(), IST)  # ten times as fast as ``replace``
            if instant.tzinfo is None
            else instant.astimezone(IST)
        )
    except (ValueError, OverflowError):
        return None
    # "0001-01-01" is how servers written in Go say "never".
    return instant if instant.year > 1970 else None


def read_amount(value: object) -> Decimal:
    """Read a number exactly.

    Args:
        value: An int, a decimal, or a numeric string.

    Returns:
        A finite decimal.

    Raises:
        ValueError: Not a number, not finite, or absurdly large.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("not a number")  # noqa: TRY004 - one error for everything malformed
    try:
        amount = Decimal(value)
    except ArithmeticError:
        raise ValueError("not a number") from None
    if not amount.is_finite() or abs(amount) > _LARGEST:
        raise ValueError("not a usable number")
    return amount


def read_price(value: object) -> Decimal | None:
    """Read a price where 0 and null mean "none"; raises ``ValueError`` as :func:`read_amount`."""
    if value is None or (type(value) is int and value == 0):
        return None
    return read_amount(value) or None


def read_units(value: object) -> int:
    """Read a whole number of units.

    Kite's own Go client types quantities as floats, so ``5.0`` is taken for 5.

    Raises:
        ValueError: Not a whole number.
    """
    if type(value) is int and abs(value) < _LARGEST:
        return value
    amount = read_amount(value)
    if amount != int(amount):
        raise ValueError("not a whole number")
    return int(amount)


def words_of(kind: type[_Word]) -> Mapping[str, _Word]:
    """Return the members of an enumeration by their words; asking a dict beats asking an enum."""
    return {word.value: word for word in kind}


def read_word(words: Mapping[str, _Word], value: object) -> _Word:
    """Read an enumerated word.

    Args:
        words: From :func:`words_of`; ``UNRECOGNISED`` is among them.
        value: As received.

    Returns:
        The member; ``UNRECOGNISED`` for what we do not know.
    """
    return words.get(value if isinstance(value, str) else "") or words["UNRECOGNISED"]


def read_status(text: str) -> OrderStatus:
    """Read an order status, blind to case and outer blanks; unknown ones are ``UNRECOGNISED``."""
    return _STATUS.get(text.strip().upper(), OrderStatus.UNRECOGNISED)
