"""Trading hours of the six exchanges, for an exchange that is not always open."""

from collections.abc import Collection
from datetime import date, datetime, time

from demo.exchange.orders import Order
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import IST

#: Continuous trading, Indian time. Source: NSE and BSE timings of 2026-08 (index and stock
#: derivatives to 15:40, NSE FAOP74467), MCX and CDS contract details.
SESSIONS = {
    "NSE": (time(9, 15), time(15, 30)),
    "BSE": (time(9, 15), time(15, 30)),
    "NFO": (time(9, 15), time(15, 40)),
    "BFO": (time(9, 15), time(15, 40)),
    "CDS": (time(9, 0), time(17, 0)),
    "MCX": (time(9, 0), time(23, 30)),
}

#: Products that do not outlive the day.
INTRADAY = frozenset({"MIS", "CO"})

#: Days on which all of them are shut besides weekends. Source: NSE holiday list for 2026.
HOLIDAYS = frozenset({date(2026, 11, 24), date(2026, 12, 25)})


def is_open(exchange: str, at: datetime, *, shut: Collection[date] = ()) -> bool:
    """Return whether `exchange` trades at `at`; `shut` are holidays besides the listed ones."""
    local = at.astimezone(IST)
    if local.weekday() >= 5 or local.date() in HOLIDAYS or local.date() in shut:
        return False
    opens, closes = SESSIONS[exchange]
    return opens <= local.time() < closes


def has_closed(exchange: str, at: datetime) -> bool:
    """Return whether the day's session of `exchange` is over, so that DAY orders lapse."""
    return at.astimezone(IST).time() >= SESSIONS[exchange][1]


def is_past_cut_off(rules: ExchangeRules, order: Order, at: datetime) -> bool:
    """Return whether `order` is intraday and its exchange squares such positions off by now."""
    cut_off = rules.square_off_times.get(order.instrument.exchange)
    return (
        order.product in INTRADAY and cut_off is not None and at.astimezone(IST).time() >= cut_off
    )
