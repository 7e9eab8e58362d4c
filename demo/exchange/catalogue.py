"""The instruments this exchange lists on a given day, with the lots and ticks of 2026."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from demo.exchange.instruments import Instrument

#: Tuesdays and Thursdays on which an expiry would fall but the exchange is shut; the day before
#: is taken instead. Source: NSE holiday list for 2026.
_SHUT = frozenset({date(2026, 11, 24), date(2026, 12, 25)})

# Not calendar.month_abbr, which follows the locale.
_MONTHS = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip
_WEEKLY_MONTHS = "123456789OND"

#: Symbol, name, NSE token, BSE token, close. Tokens as the exchanges number them; ticks follow
#: the price slabs of the NSE tick-size circular in force since April 2025.
_SHARES = (
    ("RELIANCE", "RELIANCE INDUSTRIES", 2885, 500325, "1540"),
    ("INFY", "INFOSYS", 1594, 500209, "1530"),
    ("SBIN", "STATE BANK OF INDIA", 3045, 500112, "972"),
    ("TCS", "TATA CONSULTANCY SERV LT", 11536, 532540, "3120"),
    ("HDFCBANK", "HDFC BANK", 1333, 500180, "1001"),
    ("M&M", "MAHINDRA & MAHINDRA", 2031, 500520, "3680"),
    ("J&KBANK", "JAMMU & KASHMIR BANK", 5633, 532209, "104"),
)

#: Shares above without futures and options, which trade continuously to the end. Source: NSE list
#: of 2026.
_WITHOUT_DERIVATIVES = frozenset({"J&KBANK"})

#: Symbol, name, exchange, exchange token, level. Tokens as Kite lists them.
_INDICES = (
    ("NIFTY 50", "NIFTY 50", "NSE", 1001, "26000"),
    ("NIFTY BANK", "NIFTY BANK", "NSE", 1016, "58400"),
    ("SENSEX", "SENSEX", "BSE", 1, "85000"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Underlying:
    """An index with futures and options; expiry `weekday` counts Monday as 0."""

    name: str
    exchange: str
    level: int
    lot: int
    freeze: int
    step: int
    weekday: int
    weeklies: int
    first_token: int


#: Lots: NSE circular of October 2025 for the series of 2026; freeze: NSE FAOP75521, effective
#: 2026-08-03; expiry days: NSE Tuesday and BSE Thursday since September 2025.
_UNDERLYINGS = (
    _Underlying(
        name="NIFTY", exchange="NFO", level=26_000, lot=65, freeze=1800, step=100,
        weekday=1, weeklies=3, first_token=35_000,
    ),
    _Underlying(
        name="BANKNIFTY", exchange="NFO", level=58_400, lot=30, freeze=600, step=100,
        weekday=1, weeklies=0, first_token=45_000,
    ),
    _Underlying(
        name="SENSEX", exchange="BFO", level=85_000, lot=20, freeze=1000, step=100,
        weekday=3, weeklies=2, first_token=820_000,
    ),
)  # fmt: skip

#: Strikes on each side of the level.
_STRIKES_EACH_SIDE = 10


def catalogue(today: date) -> tuple[Instrument, ...]:
    """Return all instruments listed on `today`.

    Args:
        today: Trading day; contracts that expired before it are left out.

    Returns:
        Shares on NSE and BSE, indices, index and share futures, option strips of NIFTY, BANKNIFTY
        and SENSEX, GOLD and CRUDEOIL on MCX, USDINR on CDS.
    """
    return (
        *_shares(),
        *_indices(),
        *(row for underlying in _UNDERLYINGS for row in _derivatives(underlying, today)),
        *_share_futures(today),
        *_commodities(today),
        *_currency(today),
    )


def monthly_expiry(year: int, month: int, weekday: int) -> date:
    """Return the last `weekday` (Monday 0) of a month, or the day before where that is shut."""
    last = date(year, month, calendar.monthrange(year, month)[1])
    day = last - timedelta(days=(last.weekday() - weekday) % 7)
    return _trading_day(day)


def _trading_day(day: date) -> date:
    while day in _SHUT or day.weekday() >= 5:
        day -= timedelta(days=1)
    return day


def _months_from(today: date, count: int, weekday: int) -> Iterator[date]:
    year, month = today.year, today.month
    while count:
        expiry = monthly_expiry(year, month, weekday)
        if expiry >= today:
            yield expiry
            count -= 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _weeklies_from(today: date, count: int, weekday: int) -> Iterator[date]:
    """Yield the weekly expiries that are not the monthly one."""
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    while count:
        expiry = _trading_day(day)
        if expiry >= today and expiry != monthly_expiry(day.year, day.month, weekday):
            yield expiry
            count -= 1
        day += timedelta(days=7)


def _month_code(expiry: date) -> str:
    return f"{expiry:%y}{_MONTHS[expiry.month - 1]}"


def _week_code(expiry: date) -> str:
    return f"{expiry:%y}{_WEEKLY_MONTHS[expiry.month - 1]}{expiry:%d}"


def _share_tick(price: Decimal) -> Decimal:
    slabs = ((250, "0.01"), (1000, "0.05"), (5000, "0.10"), (10_000, "0.50"), (20_000, "1"))
    return next((Decimal(tick) for limit, tick in slabs if price <= limit), Decimal(5))


def _shares() -> Iterator[Instrument]:
    for symbol, name, nse, bse, close in _SHARES:
        price = Decimal(close)
        for exchange, token in (("NSE", nse), ("BSE", bse)):
            yield Instrument(
                exchange_token=token, tradingsymbol=symbol, name=name, exchange=exchange,
                segment=exchange, tick_size=_share_tick(price), close=price,
                has_derivatives=symbol not in _WITHOUT_DERIVATIVES,
            )  # fmt: skip


def _indices() -> Iterator[Instrument]:
    for symbol, name, exchange, token, level in _INDICES:
        yield Instrument(
            exchange_token=token, tradingsymbol=symbol, name=name, exchange=exchange,
            segment="INDICES", tick_size=Decimal("0.05"), close=Decimal(level),
        )  # fmt: skip


def _derivatives(underlying: _Underlying, today: date) -> Iterator[Instrument]:
    token = underlying.first_token
    months = tuple(_months_from(today, 3, underlying.weekday))
    for distance, expiry in enumerate(months):
        yield _contract(
            underlying, token=token, code=_month_code(expiry) + "FUT", expiry=expiry,
            close=Decimal(underlying.level + underlying.step * distance),
        )  # fmt: skip
        token += 1
    weeklies = _weeklies_from(today, underlying.weeklies, underlying.weekday)
    strips = [(_week_code(day), day) for day in weeklies]
    strips += [(_month_code(day), day) for day in months[:2]]
    for code, expiry in strips:
        for offset in range(-_STRIKES_EACH_SIDE, _STRIKES_EACH_SIDE + 1):
            strike = underlying.level + offset * underlying.step
            for kind in ("CE", "PE"):
                yield _contract(
                    underlying, token=token, code=f"{code}{strike}{kind}", expiry=expiry,
                    close=_premium(underlying, strike, kind, (expiry - today).days),
                    kind=kind, strike=strike,
                )  # fmt: skip
                token += 1


def _contract(  # noqa: PLR0913 - one keyword per column that differs
    underlying: _Underlying, *, token: int, code: str, expiry: date, close: Decimal,
    kind: str = "FUT", strike: int = 0,
) -> Instrument:  # fmt: skip
    return Instrument(
        exchange_token=token, tradingsymbol=underlying.name + code, name=underlying.name,
        exchange=underlying.exchange,
        segment=f"{underlying.exchange}-{'FUT' if kind == 'FUT' else 'OPT'}",
        instrument_type=kind, lot_size=underlying.lot, tick_size=Decimal("0.05"),
        expiry=expiry, strike=Decimal(strike), close=close, freeze_quantity=underlying.freeze,
    )  # fmt: skip


def _premium(underlying: _Underlying, strike: int, kind: str, days: int) -> Decimal:
    """Return a believable premium: what is in the money, plus a time value that fades outward."""
    inside = underlying.level - strike if kind == "CE" else strike - underlying.level
    away = abs(underlying.level - strike) / underlying.step
    time_value = underlying.level * 0.004 * (1 + days / 7) ** 0.5 / (1 + away / 5)
    return Decimal(max(inside, 0)) + Decimal(round(time_value * 20)) / 20


def _share_futures(today: date) -> Iterator[Instrument]:
    """Yield one share future per listed month. Lot: NSE list of 2026."""
    for number, expiry in enumerate(_months_from(today, 2, 1)):
        yield Instrument(
            exchange_token=60_000 + number, tradingsymbol=f"RELIANCE{_month_code(expiry)}FUT",
            name="RELIANCE", exchange="NFO", segment="NFO-FUT", instrument_type="FUT",
            lot_size=500, tick_size=Decimal("0.10"), expiry=expiry,
            close=Decimal(1545 + 5 * number), freeze_quantity=40_000,
        )  # fmt: skip


def _commodities(today: date) -> Iterator[Instrument]:
    """Yield MCX futures; Kite's dump has lot_size 1 there. Source: Kite forum 5094."""
    contracts = (("GOLD", "131000", "1", 100, 5), ("CRUDEOIL", "5450", "1", 100, 19))
    for number, (name, close, tick, multiplier, day) in enumerate(contracts):
        expiry = _trading_day(today.replace(day=day))
        if expiry < today:
            expiry = _trading_day((today.replace(day=1) + timedelta(days=32)).replace(day=day))
        yield Instrument(
            exchange_token=480_000 + number, tradingsymbol=f"{name}{_month_code(expiry)}FUT",
            name=name, exchange="MCX", segment="MCX-FUT", instrument_type="FUT", lot_size=1,
            tick_size=Decimal(tick), expiry=expiry, close=Decimal(close), band=Decimal("0.06"),
            freeze_quantity=10_000, multiplier=multiplier,
        )  # fmt: skip


def _currency(today: date) -> Iterator[Instrument]:
    """Yield USDINR: tick 0.0025, 1,000 dollars behind each lot. Source: NSE contract details."""
    for number, expiry in enumerate(_months_from(today, 2, 4)):
        yield Instrument(
            exchange_token=7_000 + number, tradingsymbol=f"USDINR{_month_code(expiry)}FUT",
            name="USDINR", exchange="CDS", segment="CDS-FUT", instrument_type="FUT", lot_size=1,
            tick_size=Decimal("0.0025"), expiry=expiry, close=Decimal("88.7500"),
            band=Decimal("0.03"), freeze_quantity=10_000, multiplier=1000,
        )  # fmt: skip
