"""Price bands a paper order is held to, as the exchanges and Kite have them. Pure."""

from decimal import Decimal

from engine.core.values.instruments import Instrument, InstrumentKind, round_to_tick
from engine.core.values.market import Exchange, Side
from engine.core.values.orders import Quote
from engine.core.values.translate import INDEX_NAMES

#: ``market_protection`` value that leaves the percentage to Kite (Kite Connect docs, orders).
AUTOMATIC = Decimal(-1)
#: Per cent for options below so many rupees. Source: Zerodha support, market price protection.
_OPTION_STEPS = ((10, 5), (100, 3), (500, 2))
#: Per cent elsewhere, as seen on equity (Kite forum comment 52479).
_ELSEWHERE = Decimal(2)
#: Half of the band round the last price: part of it, and rupees at least.
#: Source: BSE notice of 2026-06-29 (limit price protection), in force since 2026-07-06.
_OPTIONS, _STOCK_FUTURES = (Decimal("0.40"), Decimal(20)), (Decimal("0.03"), Decimal("1.50"))


def protection_percent(instrument: Instrument, asked: Decimal | None, last: Decimal) -> Decimal:
    """Return the per cent by which a protected MARKET order may move from the last price."""
    if asked is not None and asked != AUTOMATIC:
        return asked
    if not instrument.kind.is_option:
        return _ELSEWHERE
    return next((Decimal(percent) for below, percent in _OPTION_STEPS if last < below), Decimal(1))


def protected_limit(
    side: Side, *, instrument: Instrument, asked: Decimal | None, quote: Quote
) -> Decimal:
    """Return the limit in rupees that replaces a MARKET order, inside the day's circuit where known.

    Source: Kite forum comment 52940: a protected market order becomes a LIMIT at the band.
    """
    last = quote.last_price
    move = side.sign * last * protection_percent(instrument, asked, last) / 100
    limit = round_to_tick(max(last + move, instrument.tick_size), instrument.tick_size, toward=side)
    if side is Side.BUY:
        return limit if quote.upper_circuit is None else min(limit, quote.upper_circuit)
    return limit if quote.lower_circuit is None else max(limit, quote.lower_circuit)


def limit_range(instrument: Instrument, last: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest limit a derivative takes now, rupees; None for others.

    Source: BSE notice of 2026-06-29.
    """
    if instrument.exchange not in (Exchange.NFO, Exchange.BFO):
        return None
    stock = instrument.name not in INDEX_NAMES
    if instrument.kind.is_option:
        part, least = _OPTIONS
    elif stock and instrument.kind is InstrumentKind.FUTURE:
        part, least = _STOCK_FUTURES
    else:
        return None
    half = max(last * part, least)
    return max(last - half, instrument.tick_size), last + half
