"""Small phrases that sentences about orders are made of."""

from decimal import Decimal
from fractions import Fraction

from engine.core.values.events import BookRead, Event, RowHinted
from engine.core.values.exact import Exact
from engine.core.values.market import OrderType
from engine.core.values.orders import OrderRow


def source(event: Event) -> str:
    """Return where an order was seen, with a space in front; empty where it was not a sighting."""
    match event:
        case BookRead():
            return " in the order book"
        case RowHinted():
            return " on the socket"
        case _:
            return ""


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, cut between words; ``…`` shows that it was cut."""
    if len(text) <= most:
        return text
    whole, _, _ = text[:most].rpartition(" ")
    # One word that is longer by itself has no place between words.
    return f"{(whole or text[: most - 1]).rstrip(' ,;:.-')}…"


def status_word(row: OrderRow) -> str:
    """Return the status as the broker words it."""
    return row.status_text or row.status.value


def wish(row: OrderRow) -> str:
    """Return what an order asks for: ``BUY 75 NSE:SBIN MIS SL 500.00, trigger 499.00``."""
    # The price Kite sets on a triggered SL-M is its band, which nobody asked for.
    asked = row.price is not None and row.order_type is not OrderType.SL_M
    prices = [f"{row.price:f}"] if asked else []
    words = [row.side.value, str(row.quantity), f"{row.exchange}:{row.symbol}", row.product.value]
    # Kite shows a protected MARKET order as a LIMIT at its band.
    kind = "MARKET shown as " * (row.is_market and row.order_type is not OrderType.MARKET)
    trigger = f", trigger {row.trigger_price:f}" if row.trigger_price is not None else ""
    return " ".join([*words, kind + row.order_type.value, *prices]) + trigger


def filled_of(row: OrderRow) -> str:
    """Return how much of an order has filled, and at what price on average."""
    at = f" at {row.average_price:f}" if row.average_price is not None else ""
    return f"{row.filled_quantity} of {row.quantity} filled{at}"


def trade(claim: int) -> str:
    """Return signed units as a side and a quantity."""
    return f"{'BUY' if claim > 0 else 'SELL'} {abs(claim)}"


def signed(amount: str) -> str:
    """Return an exact amount, written as a fraction, with its sign."""
    value = Fraction(amount)
    return ("+" if value > 0 else "") + plain(value)


def plain(value: Exact) -> str:
    """Write a fraction as people do where it ends within four decimals: ``1.5``, else ``1/3``."""
    places = Decimal(value.numerator) / Decimal(value.denominator)
    short = round(places, 4).normalize()
    return f"{short:f}" if Fraction(short) == value else str(value)


def one_line(text: str) -> str:
    """Return text folded into one line."""
    return " ".join(text.split())
