"""Rupees, units, milliseconds and basis points as they are written in a picture."""

from decimal import Decimal

from bot.chat.money import grouped, profit
from bot.pictures.drawing.sheet import finite

#: Written where a number is not known.
UNKNOWN = "?"
_LAKH, _CRORE = 1e5, 1e7
#: Ten times the price; more is written as this much and more.
_MOST_BPS = 99_999.5
#: The true minus is as wide as the plus, so that columns of signs stand straight.
_MINUS = "\N{MINUS SIGN}"


def number_of(amount: Decimal | None) -> float | None:
    """Return rupees as a number that can be drawn; None for what is not known."""
    return None if amount is None or amount.is_snan() else finite(float(amount))


def signed_rupees(amount: Decimal | float | None, *, width: int = 10) -> str:
    """Return whole rupees with their sign, in lakh or crore where ``width`` signs (6 or more) are too few."""
    value = number_of(amount) if isinstance(amount, Decimal) else finite(amount)
    if value is None:
        return UNKNOWN
    # Rounded first: a profit of 30 paise is no "+0".
    return profit(Decimal(round(value)), width=width).replace("-", _MINUS)


def rupees_tick(value: float) -> str:
    """Return rupees for a scale: no decimals that say nothing."""
    if abs(value) < _LAKH * 100:
        return signed_rupees(value, width=10)
    return f"{'+' if value > 0 else _MINUS}{abs(value) / _CRORE:g}Cr"


def price_tick(value: float) -> str:
    """Return a price for a scale."""
    for size, name in ((_CRORE, "Cr"), (_LAKH, "L")):
        if value >= size:
            return f"{value / size:g}{name}"
    return grouped(int(value)) if value >= 1 else f"{value:g}"


def units(number: int | None, *, width: int = 9) -> str:
    """Return signed units; thousands, lakh or crore where ``width`` signs (5 or more) are too few."""
    if number is None:
        return UNKNOWN
    sign = "+" if number > 0 else _MINUS if number < 0 else ""
    text = sign + grouped(abs(number))
    if len(text) <= width:
        return text
    for size, name in ((1_000, "k"), (100_000, "L"), (10_000_000, "Cr")):
        value = abs(number) / size
        if value < 100:
            for places in (1, 0):
                text = f"{sign}{value:.{places}f}{name}"
                if len(text) <= width:
                    return text
    return f"{sign}many"


def milliseconds(value: float | None) -> str:
    """Return a lag: ``142 ms``, from ten seconds on ``12.4 s``, from ten minutes on ``12 min``."""
    if value is None:
        return UNKNOWN
    if value < 10_000:
        return f"{value:,.0f} ms"
    return f"{value / 1000:.1f} s" if value < 600_000 else f"{min(value, 1e11) / 60_000:,.0f} min"


def basis_points(value: float | None) -> str:
    """Return slippage with its sign: ``+4.2 bp``, from a hundred on without decimals."""
    number = finite(value)
    if number is None:
        return UNKNOWN
    if abs(number) >= _MOST_BPS:
        return f"{'+' if number > 0 else _MINUS}99,999+"
    text = f"{number:+,.1f}" if abs(number) < 99.95 else f"{number:+,.0f}"
    return ("0.0" if text in ("+0.0", "-0.0") else text).replace("-", _MINUS)
