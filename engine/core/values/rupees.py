"""Rupees and ratios inside a sentence, as Indian traders read them."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction


def in_rupees(amount: Decimal) -> str:
    """Write whole rupees with Indian grouping: ``Rs 2,40,000``; negative ones as ``-Rs 12``."""
    whole = int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    digits = str(abs(whole))
    head, groups = digits[:-3], [digits[-3:]]
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return f"{'-' if whole < 0 else ''}Rs {','.join(groups)}"


def in_decimals(value: Fraction, *, places: int = 6) -> str:
    """Write a fraction with as many places as it needs, at most ``places``: ``0.5``, ``32.5``, ``65``."""
    rounded = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{rounded.quantize(Decimal(1).scaleb(-places)).normalize():f}"
