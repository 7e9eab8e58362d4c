"""Tell what of the daily rhythm is due: what each routine says, and its mark.

When they come is in ``engine/core/observe/rhythm.py``. A routine is told and marked in one transaction;
one without a row here is not looked at, so that nothing is marked that nobody tells.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from engine.core.observe.rhythm import ROWS, Due, due
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.routines import Routine

#: How often it is looked whether something is due. A choice of ours: nobody minds five seconds here.
LOOK_EVERY = timedelta(seconds=5)

Tell = Callable[[Turn, Due], None]
#: What each routine tells; it may find that there is nothing to tell.
TELLS: Mapping[Routine, Tell] = {}


def run_routines(turn: Turn, tells: Mapping[Routine, Tell] = TELLS) -> None:
    """Tell and mark every routine that is due; costs nothing between two looks."""
    state = turn.state
    looked = state.routines_looked_at
    if looked is not None and looked <= turn.at < looked + LOOK_EVERY:
        return
    state.routines_looked_at = turn.at
    rows = [row for row in ROWS if row.routine in tells]
    for each in due(turn.at, state.routines, state.calendar, since=state.installed_at, rows=rows):
        turn.emit(r.RoutineDone(routine=each.routine, moment=each.moment, at=turn.at))
        tells[each.routine](turn, each)
