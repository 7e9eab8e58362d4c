"""When the day of a segment ends, and that of its intraday positions and of what expires."""

from datetime import date, datetime, time

import pytest

from engine.core.values.calendar import Calendar
from engine.core.values.market import IST, Exchange
from engine.core.values.sessions import Phase, Window
from tests.core.test_core_calendar import CALENDAR, WEDNESDAY

SUMMER = date(2026, 6, 17)
#: A Sunday on which shares trade for an hour in the evening.
SUNDAY = date(2026, 11, 22)
HOLIDAY = date(2026, 11, 19)


def clock(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%H:%M")


@pytest.mark.parametrize(
    ("exchange", "day", "auctioned", "square_off", "close", "expiry"),
    [
        ("NSE", WEDNESDAY, False, "15:20", "15:30", "15:30"),
        ("NSE", WEDNESDAY, True, "15:20", "15:35", "15:35"),
        ("NFO", WEDNESDAY, False, "15:25", "15:40", "15:40"),
        ("MCX", WEDNESDAY, False, "23:30", "23:55", "23:55"),
        ("MCX", SUMMER, False, "23:05", "23:30", "23:30"),
        # A contract in currencies ends at noon of its last day.
        ("CDS", SUMMER, False, "16:45", "17:00", "12:30"),
        # An evening session begins after the usual square-off: when that is, nobody has said.
        ("NSE", SUNDAY, False, None, "19:00", "19:00"),
        ("NSE", HOLIDAY, False, None, None, None),
    ],
)
def test_a_day_ends_by_its_segment(exchange, day, auctioned, square_off, close, expiry):
    ends = CALENDAR.ends(Exchange(exchange), day, auctioned=auctioned)
    assert (clock(ends.square_off), clock(ends.close), clock(ends.expiry)) == (
        square_off, close, expiry,
    )  # fmt: skip
    assert all(each is None or each.date() == day for each in (ends.square_off, ends.close))


def test_what_is_always_open_never_ends():
    ends = Calendar(always_open=True).ends(Exchange.NSE, WEDNESDAY)
    assert (ends.square_off, ends.close, ends.expiry) == (None, None, None)


def test_a_short_morning_of_currencies_ends_its_contracts_with_it():
    windows = (Window(phase=Phase.CONTINUOUS, begins=time(9, 0), ends=time(11, 0)),)
    calendar = Calendar(days={(Exchange.CDS, WEDNESDAY): windows})
    ends = calendar.ends(Exchange.CDS, WEDNESDAY)
    assert ends.expiry == datetime.combine(WEDNESDAY, time(11, 0), tzinfo=IST)
