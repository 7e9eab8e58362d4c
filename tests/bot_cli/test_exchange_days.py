"""The calendar that a start makes of the holidays package and of the file beside it."""

from datetime import date, datetime, time

import pytest

from bot.holidays import exchange_calendar
from engine.core.values.market import IST, Exchange

CALENDAR = exchange_calendar(2026)


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=IST)


@pytest.mark.parametrize(
    ("exchange", "day", "clock", "is_open"),
    [
        ("NSE", date(2026, 11, 24), "11:00", False),  # Guru Nanak Jayanti, by the package
        ("MCX", date(2026, 11, 24), "11:00", False),
        ("MCX", date(2026, 11, 24), "17:00", True),
        ("MCX", date(2026, 12, 25), "18:00", False),  # Christmas: the whole day
        ("MCX", date(2026, 1, 1), "16:59", True),  # New Year: the morning alone
        ("MCX", date(2026, 1, 1), "17:00", False),
        ("NSE", date(2026, 1, 15), "11:00", False),  # an ad-hoc day
        ("CDS", date(2026, 4, 1), "11:00", False),  # the banks' yearly closing
        ("NSE", date(2026, 4, 1), "11:00", True),
        ("CDS", date(2026, 8, 26), "11:00", False),
        ("MCX", date(2027, 1, 26), "18:00", False),  # beyond the file: a national holiday
        ("MCX", date(2027, 3, 22), "18:00", True),  # beyond the file: another one
        ("MCX", date(2026, 3, 6), "23:54", True),  # the last Friday of US winter time
        ("MCX", date(2026, 3, 9), "23:30", False),  # the Monday after
        ("MCX", date(2026, 10, 30), "23:30", False),
        ("MCX", date(2026, 11, 2), "23:54", True),
        ("MCX", date(2026, 4, 14), "23:29", True),  # an evening session of US summer time
        ("MCX", date(2026, 4, 14), "23:30", False),
    ],
)
def test_the_days_of_the_exchanges(exchange, day, clock, is_open):
    assert CALENDAR.is_open(Exchange(exchange), at(day, clock)) is is_open


def test_a_calendar_is_named_by_its_content():
    assert exchange_calendar(2026).content_hash == CALENDAR.content_hash
    assert exchange_calendar(2027).content_hash != CALENDAR.content_hash


def test_the_demo_s_calendar_is_always_open():
    assert exchange_calendar(2026, always_open=True).any_open(at(date(2026, 11, 22), "03:00"))
