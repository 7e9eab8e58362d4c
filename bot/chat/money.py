"""Rupees and quantities as Indian traders read them."""

from decimal import ROUND_HALF_EVEN, Decimal

_PAISA = Decimal("0.01")
_LAKH = Decimal(100_000)
_CRORE = Decimal(10_000_000)


def grouped(number: int) -> str:
    """Write a whole number with Indian grouping: ``1234567`` becomes ``12,34,567``."""
    digits = str(abs(number))
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ("-" if number < 0 else "") + ",".join([*pairs, tail])


def rupees(amount: Decimal) -> str:
    """Write an amount in full: ``₹1,23,456.70``; negative amounts as ``-₹12.00``."""
    rounded = amount.quantize(_PAISA, rounding=ROUND_HALF_EVEN)
    whole, _, paise = f"{abs(rounded):.2f}".partition(".")
    return f"{'-' if rounded < 0 else ''}₹{grouped(int(whole))}.{paise}"


def price(value: Decimal | None) -> str:
    """Write a price for a table: two decimals, up to four where the tick is finer; ``-`` if none.

    Currency derivatives tick at 0.0025 (Kite Connect docs, instruments: ``tick_size``).
    """
    if value is None:
        return "-"
    exponent = value.normalize().as_tuple().exponent
    places = min(4, max(2, -exponent)) if isinstance(exponent, int) else 2
    whole, _, rest = f"{abs(value):.{places}f}".partition(".")
    return f"{'-' if value < 0 else ''}{grouped(int(whole))}.{rest}"


def profit(amount: Decimal | None, *, width: int) -> str:
    """Write a profit in whole rupees with its sign, in lakh (L) or crore (Cr) if it would not fit.

    Args:
        amount: Rupees; None gives ``?``.
        width: Columns there are, at least 6.
    """
    if amount is None:
        return "?"
    whole = int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    sign = "+" if whole > 0 else "-" if whole < 0 else ""
    text = sign + grouped(abs(whole))
    if len(text) <= width:
        return text
    unit, name = (_CRORE, "Cr") if abs(whole) >= _CRORE else (_LAKH, "L")
    for places in (2, 1, 0):
        text = f"{sign}{abs(amount) / unit:.{places}f}{name}"
        if len(text) <= width:
            break
    return text


def quantity(units: int | None, *, signed: bool = False) -> str:
    """Write units with grouping; ``?`` while they are not known."""
    if units is None:
        return "?"
    return ("+" if signed and units > 0 else "") + grouped(units)
