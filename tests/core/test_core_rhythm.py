"""What of the daily rhythm is due when: each once, on trading days only, late ones marked."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.holidays import exchange_calendar
from engine.core.observe.rhythm import LATE_AFTER, Due, RhythmRow, at_clock, due
from engine.core.values.calendar import ALWAYS_OPEN, Calendar
from engine.core.values.market import IST, Exchange
from engine.core.values.routines import Routine
from engine.core.values.sessions import Phase, Window

#: A Wednesday in US winter time; the day after is a holiday here, and Sunday has an hour of Muhurat trade.
WEDNESDAY = date(2026, 11, 18)
MUHURAT = (Window(phase=Phase.CONTINUOUS, begins=time(18, 0), ends=time(19, 0)),)
CALENDAR = Calendar(
    holidays=frozenset({date(2026, 11, 19)}),
    days={(Exchange.NSE, date(2026, 11, 29)): MUHURAT},
    us_winter=((date(2026, 11, 1), date(2027, 3, 13)),),
)
PREFLIGHT, DAY, EVENING, WEEK = list(Routine)[:4]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{moment}").replace(tzinfo=IST)


def told(now: str, *, since: str = "18 08:00", done: dict[Routine, str] | None = None):
    marks = {routine: at(moment) for routine, moment in (done or {}).items()}
    found = due(at(now), marks, CALENDAR, since=at(since))
    return [(each.routine, f"{each.moment:%d %H:%M}", each.late) for each in found]


ALL_OF_WEDNESDAY = {PREFLIGHT: "18 09:00", DAY: "18 15:40", EVENING: "18 23:55"}


@pytest.mark.parametrize(
    ("now", "done", "expected"),
    [
        ("18 08:59:59", {}, []),
        ("18 09:00", {}, [(PREFLIGHT, "18 09:00", False)]),
        ("18 09:00:05", {PREFLIGHT: "18 09:00"}, []),
        ("18 09:05:01", {}, [(PREFLIGHT, "18 09:00", True)]),
        ("18 11:00", {}, []),  # of no use any more
        ("18 15:39:59", {PREFLIGHT: "18 09:00"}, []),
        # Derivatives trade until 15:40: their last minutes are of the day.
        ("18 15:40", {PREFLIGHT: "18 09:00"}, [(DAY, "18 15:40", False)]),
        ("18 15:41", {PREFLIGHT: "18 09:00", DAY: "18 15:40"}, []),
        # The process was down from 15:30 on: late, and marked so, also the day after.
        ("18 16:30", {PREFLIGHT: "18 09:00"}, [(DAY, "18 15:40", True)]),
        ("19 09:00", {}, [(DAY, "18 15:40", True), (EVENING, "18 23:55", True)]),
        ("18 23:55", {PREFLIGHT: "18 09:00", DAY: "18 15:40"}, [(EVENING, "18 23:55", False)]),
        # A holiday: nothing but the evening of commodities.
        ("19 23:54", ALL_OF_WEDNESDAY, []),
        ("19 23:55", ALL_OF_WEDNESDAY, [(EVENING, "19 23:55", False)]),
        # The week ends on Friday: that Sunday nobody trades.
        ("20 15:44", {**ALL_OF_WEDNESDAY, EVENING: "19 23:55", DAY: "20 15:40"}, []),
        (
            "20 15:45",
            {**ALL_OF_WEDNESDAY, EVENING: "19 23:55", DAY: "20 15:40"},
            [(WEEK, "20 15:45", False)],
        ),
        # A weekend is quiet.
        ("22 12:00", {PREFLIGHT: "20 09:00", DAY: "20 15:40", EVENING: "20 23:55", WEEK: "20 15:45"}, []),
        # Muhurat: an hour on a Sunday evening, the last trading day of its week.
        ("29 17:44", {EVENING: "27 23:55", DAY: "27 15:40"}, []),
        ("29 17:45", {EVENING: "27 23:55", DAY: "27 15:40"}, [(PREFLIGHT, "29 17:45", False)]),
        (
            "29 19:05",
            {PREFLIGHT: "29 17:45", EVENING: "27 23:55", DAY: "27 15:40"},
            [(DAY, "29 19:00", False), (WEEK, "29 19:05", False)],
        ),
    ],
)  # fmt: skip
def test_each_routine_comes_at_its_time_and_is_told_late_when_it_was_missed(now, done, expected):
    assert told(now, done=done) == expected


def test_a_week_that_ends_with_a_holiday_is_summed_up_the_day_before():
    friday_off = Calendar(holidays=frozenset({date(2026, 11, 27)}))
    found = due(at("26 15:50"), {}, friday_off, since=at("26 15:42"))
    assert [each.routine for each in found] == [WEEK]


def test_nothing_before_the_installation_was_missed():
    assert told("18 16:00", since="18 15:59") == []


def test_a_version_that_is_new_tells_the_newest_of_each_alone():
    assert told("27 08:00", since="02 08:00") == [
        (WEEK, "20 15:45", True), (DAY, "26 15:40", True), (EVENING, "26 23:55", True),
    ]  # fmt: skip


def test_reports_of_days_in_which_nobody_ran_are_told_each():
    found = told("27 08:00", done={DAY: "23 15:40", EVENING: "26 23:55", WEEK: "20 15:45"})
    assert found == [(DAY, "24 15:40", True), (DAY, "25 15:40", True), (DAY, "26 15:40", True)]


def test_a_clock_that_goes_back_repeats_nothing():
    assert told("18 09:00", done={PREFLIGHT: "18 09:00"}) == []
    assert told("18 08:59", done={PREFLIGHT: "18 09:00"}) == []


def test_what_is_always_open_has_no_rhythm():
    assert due(at("18 15:40"), {}, ALWAYS_OPEN) == []


def test_a_row_at_a_fixed_time_comes_on_trading_days_alone():
    row = RhythmRow(
        routine=PREFLIGHT, moment=at_clock(7, 45), told_for=timedelta(minutes=60)
    )  # fmt: skip
    days = [
        day
        for day in range(16, 30)
        if due(at(f"{day} 07:46"), {}, CALENDAR, since=at("01 06:00"), rows=[row])
    ]
    assert days == [16, 17, 18, 20, 23, 24, 25, 26, 27, 29]


NSE = exchange_calendar(2026)


@given(
    first=st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 20)),  # noqa: DTZ001 - made aware below
    gaps=st.lists(st.integers(1, 60 * 24 * 5), min_size=1, max_size=40),
)
def test_however_often_one_looks_each_moment_is_told_once_and_none_is_lost(first, gaps):
    """Looks are minutes apart, or days: a process that was down, and came back."""
    now = since = first.replace(tzinfo=IST)
    marks: dict[Routine, datetime] = {}
    seen: list[Due] = []
    for gap in [0, *gaps]:
        now += timedelta(minutes=gap)
        if now.year > 2026:
            break
        for each in due(now, marks, NSE, since=since):
            assert each.moment > marks.get(each.routine, since)
            assert each.late is (now - each.moment > LATE_AFTER)
            marks[each.routine] = each.moment
            seen.append(each)
    assert len({(each.routine, each.moment) for each in seen}) == len(seen)
    reports = [each.day for each in seen if each.routine is DAY]
    if reports:
        # From the first on, every trading day has its report: no gap here is as long as it is told for.
        days = [reports[0] + timedelta(days=n) for n in range((reports[-1] - reports[0]).days + 1)]
        trading = [day for day in days if any(NSE.windows(each, day) for each in (Exchange.NSE,))]
        assert reports == trading
