"""What trades: limits against the touch, and the limit that market protection makes of a MARKET."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, unique

from demo.exchange.instruments import Instrument, Toward
from demo.exchange.market import Touch

#: ``market_protection`` value that leaves the percentage to Kite.
AUTOMATIC = Decimal(-1)


@unique
class Side(StrEnum):
    """Kite's ``transaction_type``."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What can trade now: units and the price in rupees."""

    quantity: int
    price: Decimal


def execute(
    side: Side, *, quantity: int, limit: Decimal, touch: Touch, aggressive: bool
) -> Execution | None:
    """Match a limit order against the market.

    Args:
        side: Of the order.
        quantity: Units still unfilled.
        limit: Rupees.
        touch: The market; it is not changed here.
        aggressive: True when the order arrives or was just re-priced: it takes the touch and may
            be better off. A resting order is hit at its own price.

    Returns:
        The one execution that is possible, or None.
    """
    buying = side is Side.BUY
    crosses = touch.ask <= limit if buying else touch.bid >= limit
    depth = touch.ask_depth if buying else touch.bid_depth
    available = quantity if depth is None else min(quantity, depth)
    if not crosses or available <= 0:
        return None
    best = touch.ask if buying else touch.bid
    return Execution(quantity=available, price=best if aggressive else limit)


def is_triggered(side: Side, *, trigger: Decimal, last: Decimal) -> bool:
    """Return whether a stop's trigger is reached: at or above for a buy, at or below for a sell."""
    return last >= trigger if side is Side.BUY else last <= trigger


def protection_percent(instrument: Instrument, asked: Decimal, last: Decimal) -> Decimal:
    """Return the per cent by which a protected MARKET order may move from the last price.

    Args:
        instrument: Options have steps of their own.
        asked: ``market_protection``: -1 for automatic, else a percentage.
        last: Last traded price, rupees.

    Source: Zerodha support, market price protection (5/3/2/1 per cent for options below 10, 100
        and 500 rupees); 2 per cent elsewhere, as seen on equity (Kite forum comment 52479).
    """
    if asked != AUTOMATIC:
        return asked
    if not instrument.is_option:
        return Decimal(2)
    steps = ((10, 5), (100, 3), (500, 2))
    return next((Decimal(percent) for below, percent in steps if last < below), Decimal(1))


def protected_limit(
    side: Side, *, instrument: Instrument, last: Decimal, asked: Decimal
) -> Decimal:
    """Return the limit price that replaces a MARKET order, inside the day's circuit.

    Source: Kite forum comment 52940: a protected market order becomes a LIMIT at the band.
    """
    move = last * protection_percent(instrument, asked, last) / 100
    if side is Side.BUY:
        return min(instrument.round(last + move, Toward.DOWN), instrument.upper_circuit)
    return max(instrument.round(last - move, Toward.UP), instrument.lower_circuit)
