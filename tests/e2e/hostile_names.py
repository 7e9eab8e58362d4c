"""Shares whose names would break markup or a table, listed beside the catalogue of the day."""

from decimal import Decimal

from demo.exchange.catalogue import catalogue
from demo.exchange.instruments import Instrument
from engine.clock import SystemClock
from engine.core.values.market import IST

#: The first two are real.
HOSTILE = ("M&M", "J&KBANK", "<b>BANK</b>", "_A_*x*[y](z)", "A" * 48)


def listed() -> tuple[Instrument, ...]:
    """Return the day's catalogue and shares whose names would break markup or a table."""
    odd = (
        Instrument(
            exchange_token=90_001 + number,
            tradingsymbol=symbol,
            name=f"{symbol} & SONS",
            exchange="NSE",
            segment="NSE",
            tick_size=Decimal("0.05"),
            close=Decimal(100),
        )
        for number, symbol in enumerate(HOSTILE[2:])
    )
    return (*catalogue(SystemClock().now().astimezone(IST).date()), *odd)
