"""When each segment trades, what it takes then, and when it opens next."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.values.calendar import ALWAYS_OPEN, Calendar, Taken
from engine.core.values.market import IST, Exchange, OrderType, Product
from engine.core.values.sessions import Phase, Window, mis_until, usual_windows

#: A Wednesday in US winter time; the day after is a holiday here, the Friday before too.
WEDNESDAY = date(2026, 11, 18)
SUNDAY = date(2026, 11, 22)
MUHURAT = (Window(phase=Phase.CONTINUOUS, begins=time(18, 0), ends=time(19, 0)),)
CALENDAR = Calendar(
    holidays=frozenset({date(2026, 11, 19)}),
    days={(Exchange.NSE, SUNDAY): MUHURAT, (Exchange.CDS, WEDNESDAY): ()},
    us_winter=((date(2026, 11, 1), date(2027, 3, 13)),),
)


def at(clock: str, day: date = WEDNESDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=IST)


@pytest.mark.parametrize(
    ("exchange", "clock", "auctioned", "phase"),
    [
        ("NSE", "08:59:59", False, Phase.CLOSED),
        ("NSE", "09:00", False, Phase.PRE_OPEN),
        ("NSE", "09:07:59", False, Phase.PRE_OPEN),
        ("NSE", "09:08", False, Phase.PAUSE),
        ("BSE", "09:14:59", False, Phase.PAUSE),
        ("BSE", "09:15", False, Phase.CONTINUOUS),
        ("NSE", "15:14:59", True, Phase.CONTINUOUS),
        ("NSE", "15:15", True, Phase.PAUSE),
        ("NSE", "15:15", False, Phase.CONTINUOUS),
        ("NSE", "15:20", True, Phase.AUCTION),
        ("NSE", "15:25", True, Phase.AUCTION_LIMITS),
        ("NSE", "15:29:59", True, Phase.AUCTION_LIMITS),
        ("NSE", "15:30", True, Phase.PAUSE),
        ("NSE", "15:35", True, Phase.CLOSED),
        ("NSE", "15:29:59", False, Phase.CONTINUOUS),
        ("NSE", "15:30", False, Phase.CLOSED),
        ("NFO", "15:39:59", False, Phase.CONTINUOUS),
        ("BFO", "15:40", False, Phase.CLOSED),
        ("MCX", "09:00", False, Phase.CONTINUOUS),
        ("MCX", "23:54:59", False, Phase.CONTINUOUS),
        ("MCX", "23:55", False, Phase.CLOSED),
    ],
)
def test_the_phases_of_a_day_by_segment(exchange, clock, auctioned, phase):
    assert CALENDAR.session_at(Exchange(exchange), at(clock), auctioned=auctioned) is phase


@pytest.mark.parametrize(
    ("exchange", "day", "clock", "is_open"),
    [
        ("MCX", date(2026, 7, 1), "23:29:59", True),  # US summer time
        ("MCX", date(2026, 7, 1), "23:30", False),
        ("MCX", date(2026, 11, 19), "16:59:59", False),  # a holiday: the evening alone
        ("MCX", date(2026, 11, 19), "17:00", True),
        ("NFO", date(2026, 11, 19), "11:00", False),
        ("CDS", date(2026, 11, 17), "16:59:59", True),
        ("CDS", date(2026, 11, 17), "17:00", False),
        ("CDS", WEDNESDAY, "11:00", False),  # the banks' own holiday
        ("NSE", date(2026, 11, 21), "11:00", False),  # a Saturday
        ("NSE", SUNDAY, "18:30", True),  # Muhurat
        ("BSE", SUNDAY, "18:30", False),
    ],
)
def test_days_that_are_not_as_usual(exchange, day, clock, is_open):
    assert CALENDAR.is_open(Exchange(exchange), at(clock, day)) is is_open


@pytest.mark.parametrize(
    ("exchange", "day", "clock", "opens"),
    [
        ("NSE", WEDNESDAY, "09:14:59", "2026-11-18 09:15"),
        ("NSE", WEDNESDAY, "09:15", "2026-11-20 09:15"),  # over the holiday
        ("NSE", date(2026, 11, 20), "16:00", "2026-11-22 18:00"),  # Muhurat
        ("NFO", date(2026, 11, 20), "16:00", "2026-11-23 09:15"),  # over the weekend
        ("MCX", WEDNESDAY, "23:58", "2026-11-19 17:00"),
    ],
)
def test_when_a_segment_opens_next(exchange, day, clock, opens):
    found = CALENDAR.next_open(Exchange(exchange), at(clock, day))
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == opens


def test_no_opening_is_told_where_none_is_near():
    shut = Calendar(holidays=frozenset(date(2026, 11, day) for day in range(18, 31)) | frozenset(
        date(2026, 12, day) for day in range(1, 10)
    ))  # fmt: skip
    assert shut.next_open(Exchange.NSE, at("11:00")) is None
    said = shut.entries_taken(Exchange.NSE, Product.CNC, at("11:00")).why
    assert said == "NSE is closed today; when it opens is not known"


LIMIT, MARKET, SL = OrderType.LIMIT, OrderType.MARKET, OrderType.SL
CNC, MIS, NRML = Product.CNC, Product.MIS, Product.NRML


@pytest.mark.parametrize(
    "case",
    [
        ("NSE", CNC, "08:59", LIMIT, False, "not", "NSE is closed, it opens at 09:15"),
        ("NSE", CNC, "09:05", LIMIT, False, "now", ""),
        ("NSE", CNC, "09:05", MARKET, False, "now", ""),
        ("NSE", CNC, "09:05", SL, False, "later", "09:15"),
        ("NSE", CNC, "09:10", LIMIT, False, "later", "09:15"),
        ("NSE", MIS, "15:19:59", LIMIT, False, "now", ""),
        ("NSE", MIS, "15:20", LIMIT, False, "not", "intraday (MIS) is squared off from 15:20"),
        ("NSE", CNC, "15:20", LIMIT, False, "now", ""),
        ("NSE", CNC, "15:17", LIMIT, True, "later", "15:20"),
        ("NSE", CNC, "15:17", SL, True, "not", "no orders are taken while prices are matched"),
        ("NSE", CNC, "15:22", SL, True, "not", "stop orders are not taken in an auction"),
        ("NSE", CNC, "15:22", MARKET, True, "now", ""),
        ("NSE", CNC, "15:25", MARKET, True, "not", "only limit orders"),
        ("NSE", CNC, "15:25", LIMIT, True, "now", ""),
        ("NSE", CNC, "15:31", LIMIT, True, "not", "no orders are taken while prices are matched"),
        ("NSE", CNC, "15:40", LIMIT, True, "not", "since 15:35, it opens on Fri 20 Nov at 09:15"),
        ("NFO", MIS, "15:24:59", LIMIT, False, "now", ""),
        ("NFO", MIS, "15:25", LIMIT, False, "not", "squared off from 15:25"),
        ("NFO", NRML, "15:39", SL, False, "now", ""),
        ("NFO", MIS, "15:41", LIMIT, False, "not", "NFO is closed since 15:40"),
        ("MCX", MIS, "23:29:59", LIMIT, False, "now", ""),
        ("MCX", MIS, "23:30", LIMIT, False, "not", "squared off from 23:30"),
        ("MCX", NRML, "23:30", LIMIT, False, "now", ""),
        ("CDS", NRML, "11:00", LIMIT, False, "not", "CDS is closed today, it opens on Thu 19 Nov"),
    ],
)  # fmt: skip
def test_what_a_segment_takes(case):
    exchange, product, clock, kind, auctioned, taken, what = case
    calendar = Calendar(days=CALENDAR.days) if exchange == "CDS" else CALENDAR
    times = calendar.entries_taken(
        Exchange(exchange), product, at(clock), order_type=kind, auctioned=auctioned
    )
    assert times.taken is Taken(taken)
    assert what in (f"{times.since:%H:%M}" if times.since else times.why)


@pytest.mark.parametrize(
    ("exchange", "winter", "until"),
    [
        ("NSE", False, "15:20"),
        ("BSE", False, "15:20"),
        ("NFO", False, "15:25"),
        ("BFO", False, "15:25"),
        ("CDS", False, "16:45"),
        ("MCX", False, "23:05"),
        ("MCX", True, "23:30"),
    ],
)
def test_intraday_positions_are_entered_until_the_broker_squares_them_off(exchange, winter, until):
    """Zerodha support, auto square-off timings: commodities 25 minutes before their close."""
    at_exchange = Exchange(exchange)
    windows = usual_windows(at_exchange, auctioned=False, us_winter=winter)
    assert mis_until(at_exchange, windows) == time.fromisoformat(until)


def test_options_wait_for_the_open_and_futures_do_not():
    for pre_open, taken in ((True, Taken.NOW), (False, Taken.LATER)):
        times = CALENDAR.entries_taken(Exchange.NFO, NRML, at("09:01"), pre_open=pre_open)
        assert times.taken is taken


def test_intraday_is_entered_in_an_evening_session_whose_square_off_is_not_known():
    times = CALENDAR.entries_taken(Exchange.NSE, MIS, at("18:30", SUNDAY))
    assert times.taken is Taken.NOW


def test_a_demo_is_always_open():
    assert ALWAYS_OPEN.any_open(at("03:00", SUNDAY))
    assert ALWAYS_OPEN.entries_taken(Exchange.NSE, MIS, at("23:00")).taken is Taken.NOW


def test_a_session_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="from 10:00 to 10:00 is empty"):
        Window(phase=Phase.CONTINUOUS, begins=time(10), ends=time(10))


@given(
    st.sampled_from(list(Exchange)),
    st.sampled_from([CNC, MIS, NRML]),
    st.sampled_from([LIMIT, MARKET, SL]),
    st.booleans(),
    st.integers(min_value=0, max_value=14 * 24 * 60),
)
def test_what_waits_is_taken_when_its_time_comes(exchange, product, kind, auctioned, minutes):
    """Whatever the moment: an entry is told now, later or why not, and later is true when it comes."""
    moment = datetime.fromtimestamp(at("00:00").timestamp() + minutes * 60, tz=IST)
    times = CALENDAR.entries_taken(exchange, product, moment, order_type=kind, auctioned=auctioned)
    assert (times.since is not None) == (times.taken is Taken.LATER)
    assert bool(times.why) == (times.taken is Taken.NOT)
    if times.since is not None:
        assert times.since > moment
        then = CALENDAR.entries_taken(
            exchange, product, times.since, order_type=kind, auctioned=auctioned
        )
        assert then.taken is Taken.NOW
    if CALENDAR.session_at(exchange, moment, auctioned=auctioned) is Phase.CLOSED:
        assert times.taken is Taken.NOT
