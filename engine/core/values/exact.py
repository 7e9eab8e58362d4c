"""Amounts that are never rounded: whole numbers where they are whole, fractions where they are not."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

#: Units, ratios and shares. Most are whole, and a whole number is added and multiplied thirty times as fast as a
#: ``Fraction`` of it. Never divide one with ``/``: two whole numbers would come to a float. See :func:`divided`.
Exact: TypeAlias = int | Fraction


@lru_cache(maxsize=1024)
def exact(value: str | Decimal) -> Exact:
    """Return what a record or a setting says: ``3/2``, ``-4``, ``0.5``.

    Raises:
        ValueError: It is no number; what holds it is at fault.
    """
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdecimal() else whole(Fraction(value))
    return divided(*value.as_integer_ratio())


def divided(amount: Exact, by: Exact) -> Exact:
    """Return ``amount / by``.

    Raises:
        ZeroDivisionError: ``by`` is 0.
    """
    return whole(amount if by == 1 else Fraction(amount) / by)


def whole(amount: Exact) -> Exact:
    """Return the same amount, as a whole number where it is one."""
    return amount.numerator if amount.denominator == 1 else amount


def size_of(amount: Exact) -> Exact:
    """Return it without its sign, >= 0."""
    # mypy takes ``abs`` of either kind for an ``object``.
    return amount if amount >= 0 else -amount
