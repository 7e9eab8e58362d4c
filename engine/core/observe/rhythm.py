"""The daily rhythm: what is due now, in Indian time, on trading days only.

A row of ``ROWS`` says when a routine comes on a day, and for how long it is still worth telling.
What was told is marked by a record, so that a restart neither repeats nor loses one. What a
routine says is in ``engine/core/chat/routines.py``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.core.values.calendar import Calendar
from engine.core.values.market import IST, Exchange
from engine.core.values.routines import Routine
from engine.core.values.sessions import Phase, closes

#: What is told later than this after its time says so. A choice of ours: a restart takes seconds.
LATE_AFTER = timedelta(minutes=5)
#: Shares, and what is derived from them: their days are the trading days of the rhythm.
EQUITY = (Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO)

#: How long before continuous trading begins the preflight card comes: 09:00 on a usual day.
PREFLIGHT_BEFORE = timedelta(minutes=15)
#: The day's report comes then, and not before all of ``EQUITY`` have closed: derivatives trade until
#: 15:40 since 2026-08-03 (engine/core/values/sessions.py), and their last minutes are of the day.
REPORTED_AT = time(15, 35)
#: The week's summary follows the day's report of its last day.
SUMMARY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmRow:
    """When a routine comes.

    Attributes:
        moment: Its time on a date in India; None on a day it does not come.
        told_for: How long after that it is still told, as late; afterwards it is dropped.
    """

    routine: Routine
    moment: Callable[[Calendar, date], datetime | None]
    told_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A routine that is to be told now.

    Attributes:
        moment: When it should have been: its mark.
        late: Whether that is longer ago than ``LATE_AFTER``.
    """

    routine: Routine
    moment: datetime
    late: bool

    @property
    def day(self) -> date:
        """The trading day it is about."""
        return self.moment.date()


def is_trading_day(calendar: Calendar, day: date) -> bool:
    """Return whether shares or their derivatives trade on a date, at any hour."""
    return any(calendar.windows(exchange, day) for exchange in EQUITY)


def opens_at(calendar: Calendar, day: date) -> datetime | None:
    """Return when continuous trading of shares begins on a date; None where they do not trade."""
    begins = [
        window.begins
        for exchange in EQUITY
        for window in calendar.windows(exchange, day)
        if window.phase is Phase.CONTINUOUS
    ]
    return datetime.combine(day, min(begins), tzinfo=IST) if begins else None


def at_clock(hour: int, minute: int) -> Callable[[Calendar, date], datetime | None]:
    """Return the moment of a row that comes at a fixed time of every trading day."""

    def moment(calendar: Calendar, day: date) -> datetime | None:
        if not is_trading_day(calendar, day):
            return None
        return datetime.combine(day, time(hour, minute), tzinfo=IST)

    return moment


def _preflight(calendar: Calendar, day: date) -> datetime | None:
    opens = opens_at(calendar, day)
    return None if opens is None else opens - PREFLIGHT_BEFORE


def _day_report(calendar: Calendar, day: date) -> datetime | None:
    ends = [
        end
        for exchange in EQUITY
        for auctioned in (False, True)
        if (end := closes(calendar.windows(exchange, day, auctioned=auctioned))) is not None
    ]
    return datetime.combine(day, max(REPORTED_AT, *ends), tzinfo=IST) if ends else None


def _evening_report(calendar: Calendar, day: date) -> datetime | None:
    """At the close of commodities, also on an evening that is no trading day of shares."""
    end = closes(calendar.windows(Exchange.MCX, day))
    return None if end is None else datetime.combine(day, end, tzinfo=IST)


def _week_summary(calendar: Calendar, day: date) -> datetime | None:
    report = _day_report(calendar, day)
    rest = (day + timedelta(days=ahead) for ahead in range(1, 7 - day.weekday()))
    if report is None or any(is_trading_day(calendar, each) for each in rest):
        return None
    return report + SUMMARY_AFTER


#: A preflight is of no use once the morning has gone; a report is worth having for a week.
ROWS = (
    RhythmRow(routine=Routine.PREFLIGHT, moment=_preflight, told_for=timedelta(hours=2)),
    RhythmRow(routine=Routine.DAY_REPORT, moment=_day_report, told_for=timedelta(days=7)),
    RhythmRow(routine=Routine.EVENING_REPORT, moment=_evening_report, told_for=timedelta(days=7)),
    RhythmRow(routine=Routine.WEEK_SUMMARY, moment=_week_summary, told_for=timedelta(days=7)),
)
#: Reminders of the daily login; each is told until the next one comes, the last one while shares trade.
LOGIN_ROWS = (
    RhythmRow(routine=Routine.LOGIN_CARD, moment=at_clock(7, 45), told_for=timedelta(minutes=59)),
    RhythmRow(
        routine=Routine.LOGIN_REMINDER, moment=at_clock(8, 45), told_for=timedelta(minutes=24)
    ),
    RhythmRow(
        routine=Routine.LOGIN_ALERT, moment=at_clock(9, 10), told_for=timedelta(hours=6, minutes=20)
    ),
)


def due(
    now: datetime,
    last_done: Mapping[Routine, datetime],
    calendar: Calendar,
    *,
    since: datetime | None = None,
    rows: Collection[RhythmRow] = ROWS,
) -> list[Due]:
    """Return what is to be told now, oldest first; nothing where the calendar has no hours.

    Args:
        now: By our clock.
        last_done: Of each routine the moment (not the time of telling) up to which all is told.
        calendar: When the exchanges trade; the demo's, which is always open, has no rhythm.
        since: When the program was installed: nothing before it is missed.
        rows: Which routines there are.
    """
    if calendar.always_open:
        return []
    found = [each for row in rows for each in _due(row, now, last_done, calendar, since)]
    return sorted(found, key=lambda each: each.moment)


def _due(
    row: RhythmRow,
    now: datetime,
    last_done: Mapping[Routine, datetime],
    calendar: Calendar,
    since: datetime | None,
) -> list[Due]:
    told_until = last_done.get(row.routine)
    # A moment of exactly the installation is not missed by it, nor one of exactly the mark.
    after = max(each for each in (now - row.told_for, told_until, since) if each is not None)
    moments = [
        moment
        for day in _days(after, now)
        if (moment := row.moment(calendar, day)) is not None and after < moment <= now
    ]
    if told_until is None:
        # New here, or in this version: a week of reports at once would tell nobody anything.
        moments = moments[-1:]
    return [
        Due(routine=row.routine, moment=moment, late=now - moment > LATE_AFTER)
        for moment in moments
    ]


def _days(first: datetime, last: datetime) -> Iterator[date]:
    day, end = first.astimezone(IST).date(), last.astimezone(IST).date()
    while day <= end:
        yield day
        day += timedelta(days=1)
