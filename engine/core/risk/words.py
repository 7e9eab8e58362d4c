"""Rupees and ratios inside a sentence."""

from decimal import ROUND_HALF_EVEN, Decimal

from engine.core.risk.limits import grouped
from engine.core.values.exact import Exact


def in_rupees(amount: Decimal) -> str:
    """Write whole rupees: ``₹2,40,000``; negative ones as ``-₹12``."""
    whole = int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    return f"{'-' if whole < 0 else ''}₹{grouped(abs(whole))}"


def in_decimals(value: Exact, *, places: int = 6) -> str:
    """Write a fraction with as many places as it needs, at most ``places``: ``0.5``, ``32.5``, ``65``."""
    rounded = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{rounded.quantize(Decimal(1).scaleb(-places)).normalize():f}"
