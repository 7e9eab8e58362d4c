"""Tell what of the daily rhythm is due: what each routine says, and its mark.

When they come is in ``engine/core/observe/rhythm.py``. A routine is told and marked in one transaction;
one without a row here is not looked at, so that nothing is marked that nobody tells.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from engine.core.chat.morning_logins import remind_of_logins, tell_morning_card, warn_of_logins
from engine.core.chat.preflight_card import preflight_card
from engine.core.observe.rhythm import LOGIN_ROWS, ROWS, Due, due
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.notices import Severity
from engine.core.values.routines import EVENING, Reported, Routine, monday_of

#: How often it is looked whether something is due. A choice of ours: nobody minds five seconds here.
LOOK_EVERY = timedelta(seconds=5)

Tell = Callable[[Turn, Due], None]


def _preflight(turn: Turn, told: Due) -> None:
    severity, text = preflight_card(turn.state, now=turn.at)
    turn.tell(severity, f"{_late(told)}{text}", topic="engine")


def _report(turn: Turn, told: Due) -> None:
    _announce(turn, told, Reported(first=told.day, last=told.day), "The trading day is over.")


def _evening(turn: Turn, told: Due) -> None:
    """Say nothing on a day without anything that trades in the evening."""
    if trades_in_the_evening(turn.state, told.day):
        about = Reported(first=told.day, last=told.day, evening=True)
        _announce(turn, told, about, "Commodities have closed.")


def _week(turn: Turn, told: Due) -> None:
    about = Reported(first=monday_of(told.day), last=told.day)
    _announce(turn, told, about, "The trading week is over.")


def _announce(turn: Turn, told: Due, about: Reported, text: str) -> None:
    """Raise the notice of a report. Its figures are put in when it is told: nothing here waits for them."""
    turn.tell(
        Severity.INFO,
        f"{_late(told)}{text} What came of it: /report {told.day.isoformat()}",
        topic=about.topic,
    )


def _late(told: Due) -> str:
    if not told.late:
        return ""
    return f"Late, it was due {told.moment:%a %d %b %H:%M} and nothing ran here then. "


def trades_in_the_evening(state: State, day: date) -> bool:
    """Return whether the master had orders on a day where it trades into the evening; of today or the day before."""
    if day == state.trading_day:
        return any(key.exchange in EVENING and each.orders for key, each in state.master.items())
    return day == state.evening_of


#: What each routine tells; it may find that there is nothing to tell.
TELLS: Mapping[Routine, Tell] = MappingProxyType(
    {
        Routine.LOGIN_CARD: tell_morning_card,
        Routine.LOGIN_REMINDER: remind_of_logins,
        Routine.LOGIN_ALERT: warn_of_logins,
        Routine.PREFLIGHT: _preflight,
        Routine.DAY_REPORT: _report,
        Routine.EVENING_REPORT: _evening,
        Routine.WEEK_SUMMARY: _week,
    }
)


def run_routines(turn: Turn, tells: Mapping[Routine, Tell] = TELLS) -> None:
    """Tell and mark every routine that is due; costs nothing between two looks."""
    state = turn.state
    looked = state.routines_looked_at
    if looked is not None and looked <= turn.at < looked + LOOK_EVERY:
        return
    state.routines_looked_at = turn.at
    rows = [row for row in (*LOGIN_ROWS, *ROWS) if row.routine in tells]
    for each in due(turn.at, state.routines, state.calendar, since=state.installed_at, rows=rows):
        turn.emit(r.RoutineDone(routine=each.routine, moment=each.moment, at=turn.at))
        tells[each.routine](turn, each)
