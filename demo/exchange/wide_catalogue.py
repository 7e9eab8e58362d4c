"""The catalogue with contracts that refuse MARKET orders: options on shares and on commodities.

They are apart because every listed contract takes a step of the random walk.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from demo.exchange.catalogue import catalogue, monthly_expiry
from demo.exchange.instruments import Instrument

_STRIKES_EACH_SIDE = 3
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def wide_catalogue(today: date) -> tuple[Instrument, ...]:
    """Return `catalogue` and, besides, options on RELIANCE and on CRUDEOIL, next month's series."""
    return (*catalogue(today), *_stock_options(today), *_commodity_options(today))


def _stock_options(today: date) -> Iterator[Instrument]:
    """Yield options on RELIANCE. Lot: NSE list of 2026."""
    for number, (strike, kind, code, expiry) in enumerate(_strip(today, level=1540, step=20)):
        yield Instrument(
            exchange_token=70_000 + number, tradingsymbol=f"RELIANCE{code}{strike}{kind}",
            name="RELIANCE", exchange="NFO", segment="NFO-OPT", instrument_type=kind,
            lot_size=500, tick_size=Decimal("0.05"), expiry=expiry, strike=Decimal(strike),
            close=_premium(1540, strike, kind), freeze_quantity=40_000,
        )  # fmt: skip


def _commodity_options(today: date) -> Iterator[Instrument]:
    """Yield options on CRUDEOIL; Kite's dump has lot_size 1 on MCX. Source: Kite forum 5094."""
    for number, (strike, kind, code, expiry) in enumerate(_strip(today, level=5450, step=50)):
        yield Instrument(
            exchange_token=490_000 + number, tradingsymbol=f"CRUDEOIL{code}{strike}{kind}",
            name="CRUDEOIL", exchange="MCX", segment="MCX-OPT", instrument_type=kind,
            lot_size=1, tick_size=Decimal("0.10"), expiry=expiry, strike=Decimal(strike),
            close=_premium(5450, strike, kind), freeze_quantity=10_000, multiplier=100,
        )  # fmt: skip


def _strip(today: date, *, level: int, step: int) -> Iterator[tuple[int, str, str, date]]:
    month = today.replace(day=1) + timedelta(days=32)
    expiry = monthly_expiry(month.year, month.month, 1)
    code = f"{expiry:%y}{_MONTHS[expiry.month - 1]}"
    for offset in range(-_STRIKES_EACH_SIDE, _STRIKES_EACH_SIDE + 1):
        for kind in ("CE", "PE"):
            yield level + offset * step, kind, code, expiry


def _premium(level: int, strike: int, kind: str) -> Decimal:
    inside = level - strike if kind == "CE" else strike - level
    return Decimal(max(inside, 0)) + Decimal(level) / 50 // 1
