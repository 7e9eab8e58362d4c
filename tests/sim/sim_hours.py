"""Days near an edge of the session: when the exchanges take entries, and what is judged by it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange as DemoExchange
from engine.core.state.state import State
from engine.core.state.turn import Decision, child_tag
from engine.core.values import records as r
from engine.core.values.calendar import ALWAYS_OPEN, Calendar
from engine.core.values.child import Child
from engine.core.values.commands import Cancel, Modify, Place
from engine.core.values.events import Event
from engine.core.values.keys import Leg
from engine.core.values.market import Exchange
from engine.core.values.notices import SkipReason
from engine.core.values.sessions import Phase, Window
from tests.sim.sim_plan import Hours
from tests.sim.virtual_loop import OPENING

#: Fills of the master so long after the close prove a session of which the calendar knows nothing.
PROVES_AFTER = timedelta(minutes=5)
#: Days of a plan, at most; all but the first are open at any hour.
_DAYS = 8


def calendar_of(hours: Hours | None) -> Calendar:
    """Return the calendar that the program is given: the first day has hours, the others have none."""
    if hours is None:
        return ALWAYS_OPEN
    early, closes = OPENING - timedelta(minutes=30), OPENING + timedelta(seconds=hours.closes)
    first = []
    if hours.opens:
        opens = OPENING + timedelta(seconds=hours.opens)
        first.append(Window(phase=Phase.PAUSE, begins=early.time(), ends=opens.time()))
        early = opens
    first.append(Window(phase=Phase.CONTINUOUS, begins=early.time(), ends=closes.time()))
    whole = Window(phase=Phase.CONTINUOUS, begins=datetime.min.time(), ends=datetime.max.time())
    return Calendar(
        days={
            (exchange, (OPENING + timedelta(days=day)).date()): (whole,) if day else tuple(first)
            for exchange in Exchange
            for day in range(_DAYS)
        }
    )


class HoursJudge:
    """Looks at entries as they are decided, and at what was left out for the hour."""

    def __init__(
        self, exchange: DemoExchange, hours: Hours | None, broken: Callable[[str], None]
    ) -> None:
        self._exchange = exchange
        self._broken = broken
        self._hours = hours
        opens, closes = hours or (0, 0)
        self._opens = OPENING + timedelta(seconds=opens)
        self._closes = OPENING + timedelta(seconds=closes)

    def is_over(self, at: datetime) -> bool:
        """Return whether the day of the hours is over for entries at a moment."""
        return self._hours is not None and at >= self._closes and at.date() == OPENING.date()

    def look_at(self, state: State, event: Event, decision: Decision) -> None:
        """Look at what is decided at the hour of an event."""
        if self._hours is None or event.at.date() != OPENING.date():
            return
        for record in decision.records:
            early = event.at < self._closes
            if early and isinstance(record, r.Skipped) and record.reason is SkipReason.SESSION:
                self._broken(
                    f"{record.key.follower}: {record.order_id} is left out for the hour while it is open"
                )
        for command in decision.sends:
            if isinstance(command, Cancel):
                continue
            child = state.children[child_tag(command.intent_id)]
            grows = isinstance(command, Place) or _raises(command, child)
            if child.leg is Leg.ENTRY and grows:
                self._look_at_entry(child, event.at)

    def _look_at_entry(self, child: Child, at: datetime) -> None:
        if self._opens <= at < self._closes:
            return
        proved = any(
            trade.order.order_id == child.master_order_id
            and trade.at >= self._closes + PROVES_AFTER
            for trade in self._exchange.desk.portfolios[MASTER_ID].trades
        )
        if not proved:
            self._broken(f"entry {child.tag} leaves while {child.key.exchange} is closed")


def _raises(command: Modify, child: Child) -> bool:
    return command.quantity > child.terms.quantity
