"""The exchanges' calendar: NSE's holidays from the ``holidays`` package, all else from ``exchange_days.toml``."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from engine.core.values.calendar import Calendar
from engine.core.values.market import Exchange
from engine.core.values.sessions import MCX_EVENING, Phase, Window, closes

#: US standard time decides until when MCX trades (its circulars of each March and November).
_NEW_YORK = ZoneInfo("America/New_York")
#: National holidays, on which MCX is closed in the evening too (MCX, trading holidays 2026).
_NATIONAL = frozenset({"Republic Day", "Good Friday", "Gandhi Jayanti", "Christmas Day"})
_OF_DAYS = Mapping[tuple[Exchange, date], tuple[Window, ...]]


def exchange_calendar(year: int, *, always_open: bool = False) -> Calendar:
    """Return the calendar of the year before, a year, and the next.

    Ad-hoc days that are in neither source are unknown: then the exchange does not answer, and nothing is
    copied because nothing is traded.

    Args:
        year: The present one.
        always_open: For the demo and tests, on any day and at any hour.

    Source: the ``holidays`` package's NSE calendar (financial market ``XNSE``), which follows the
    exchange's yearly circular; ``exchange_days.toml`` names its own.
    """
    years = (year - 1, year, year + 1)
    named = holidays.financial_holidays("XNSE", years=years)
    plain = Calendar(holidays=frozenset(named), us_winter=tuple(_us_winters(years)))
    specials = _specials()
    days = {
        **_national(named, after=specials["complete_until"]),
        **_special_days(plain, specials),
    }
    return Calendar(
        holidays=plain.holidays,
        days=days,
        us_winter=plain.us_winter,
        always_open=always_open,
        content_hash=_content_hash(plain, days),
    )


def days_complete_until() -> date:
    """Return until when the holidays of MCX and currency are known."""
    until: date = _specials()["complete_until"]
    return until


def _specials() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("bot").joinpath("exchange_days.toml").read_text("utf-8"))


def _national(named: Mapping[date, str], *, after: date) -> _OF_DAYS:
    """Close MCX on the national holidays that its own list does not reach."""
    return {
        (Exchange.MCX, day): () for day, name in named.items() if day > after and name in _NATIONAL
    }


def _special_days(plain: Calendar, specials: Mapping[str, Any]) -> _OF_DAYS:
    """Return the days of the specials file.

    Raises:
        ValueError, KeyError: The file is not as it should be; a test reads it before any release.
    """
    days: dict[tuple[Exchange, date], tuple[Window, ...]] = {}
    rows = [
        *((each, None, None) for each in specials.get("closed", ())),
        *((each, MCX_EVENING, None) for each in specials.get("evening_only", ())),
        *(
            (each, time.fromisoformat(each["opens"]), time.fromisoformat(each["closes"]))
            for each in specials.get("hours", ())
        ),
    ]
    for entry, opens, ends in rows:
        for exchange in map(Exchange, entry["exchanges"]):
            for day in entry["dates"]:
                days[exchange, day] = _windows(plain, exchange, day, opens, ends)
    return days


def _windows(
    plain: Calendar, exchange: Exchange, day: date, opens: time | None, ends: time | None
) -> tuple[Window, ...]:
    if opens is None:
        return ()
    # Without an end of its own it ends as days of its season do.
    weekdays = (day + timedelta(days=ahead) for ahead in range(7))
    usual = (closes(plain.windows(exchange, each)) for each in weekdays)
    last = ends or next(each for each in usual if each is not None)
    return (Window(phase=Phase.CONTINUOUS, begins=opens, ends=last),)


def _us_winters(years: tuple[int, ...]) -> Iterator[tuple[date, date]]:
    """Yield the spans of US standard time, first and last day, that touch the years."""
    first: date | None = None
    day, end = date(years[0], 1, 1), date(years[-1], 12, 31)
    while day <= end:
        if _is_us_standard_time(day):
            first = first or day
        elif first is not None:
            yield first, day - timedelta(days=1)
            first = None
        day += timedelta(days=1)
    if first is not None:
        yield first, end


def _is_us_standard_time(day: date) -> bool:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=_NEW_YORK)
    return not noon.dst()


def _content_hash(plain: Calendar, days: _OF_DAYS) -> str:
    """Name the content, whatever the order it was read in."""
    lines = [
        *(f"holiday {day}" for day in sorted(plain.holidays)),
        *(f"winter {first} {last}" for first, last in plain.us_winter),
        *(
            f"{exchange} {day} " + " ".join(f"{w.phase} {w.begins} {w.ends}" for w in windows)
            for (exchange, day), windows in sorted(days.items())
        ),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
