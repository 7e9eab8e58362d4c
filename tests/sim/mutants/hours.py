"""The session gate: asked about an exit, or a minute late or early."""

from dataclasses import replace
from datetime import timedelta

import engine.core.planning.entry_hours
import engine.core.planning.plan
from engine.core.risk.session_gate import session_gate
from engine.core.values.calendar import Taken
from tests.sim.mutants.planting import Mutant, a_life, then
from tests.sim.sim_plan import Act, Hours, Plan


def an_edged_day(hours: Hours, *acts: Act | str) -> Plan:
    """Return a day of one follower on which entries are taken in these seconds; he trades from the fourth on."""
    return replace(a_life(*acts), hours=hours)


def asks_about_exits(patch) -> None:
    honest = engine.core.planning.plan.plan_exit

    def gated(turn, context) -> None:
        key, order = context.key, context.order
        kind = order.row.order_type
        times = session_gate(turn.state, context.instrument, key.product, kind, at=turn.at)
        if times.taken is Taken.NOW:
            honest(turn, context)

    patch.setattr(engine.core.planning.plan, "plan_exit", gated)


def is_off_by(by: timedelta):
    def plant(patch) -> None:
        def gate(*asked, at, order=None):
            return session_gate(*asked, at=at + by, order=order)

        patch.setattr(engine.core.planning.entry_hours, "session_gate", gate)

    return plant


MINUTE = timedelta(minutes=1)

HOURS = (
    Mutant(
        name="session gate blocks an exit",
        breaks="an exit is asked whether its exchange takes entries now",
        plant=asks_about_exits,
        plans=(an_edged_day(Hours(0, 6), "buy", then("sell", after=6.0)),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="session gate off by a minute: late",
        breaks="entries leave for a minute after the close",
        plant=is_off_by(-MINUTE),
        plans=(an_edged_day(Hours(0, 3), "buy"),),
        said="leaves while NSE is closed",
    ),
    Mutant(
        name="session gate off by a minute: early",
        breaks="entries are left out in the last minute of the session",
        plant=is_off_by(MINUTE),
        plans=(an_edged_day(Hours(0, 30), "buy"),),
        said="is left out for the hour while it is open",
    ),
    Mutant(
        name="an entry leaves before the open",
        breaks="the pause before the open is taken for the session",
        plant=is_off_by(MINUTE),
        plans=(an_edged_day(Hours(15, 3600), "buy"),),
        said="leaves while NSE is closed",
    ),
)
