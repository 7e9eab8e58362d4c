"""What the end of a child means, where it was not ours: rejected, or cancelled by other hands."""

from datetime import timedelta

from engine.core.outcome.refusals import tell_end
from engine.core.state.context import PartContext
from engine.core.state.latches import forget_contribution, is_latched
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, OrderStatus
from engine.core.values.sizing import entry_units

#: How much later the master's order may be seen to end of the same cause: the close of the day, the
#: start of the closing auction and a new price band cancel the orders of every account (NSE circular
#: CMTR/74466); his book is read about once a second.
ENDS_TOGETHER = timedelta(seconds=5)


def child_ended(turn: Turn, child: Child) -> None:
    """Note a child's end, unless it simply filled or we cancelled it, and tell a rejection."""
    if not is_latched(child):
        return
    forget_contribution(turn, child)
    if child.sighting is not None and child.sighting.row.status is OrderStatus.REJECTED:
        tell_end(turn, child, "rejected", child.sighting.row.status_message or "")


def judge_ends(turn: Turn, context: PartContext) -> None:
    """Tell of children that others have cancelled, unless the master's order ended with them.

    Until his order is seen to end, or has had the time to be, nothing is told.
    """
    for child in context.part.children:
        if child.detached or child.end_judged or not _is_cancelled_by_others(child):
            continue
        order = context.order
        if order is not None and not order.row.status.is_terminal:
            due = (child.ended_at or turn.at) + ENDS_TOGETHER
            if turn.at < due:
                turn.reads.add(MASTER)
                turn.wake(child.key, due)
                continue
        turn.emit(r.EndJudged(tag=child.tag))
        if not _ended_together(context, child, order):
            row = child.sighting.row if child.sighting else None
            tell_end(turn, child, "cancelled, not by us", (row and row.status_message) or "")


def _is_cancelled_by_others(child: Child) -> bool:
    row = child.sighting.row if child.sighting else None
    return row is not None and row.status is OrderStatus.CANCELLED and is_latched(child)


def _ended_together(context: PartContext, child: Child, order: MasterOrder | None) -> bool:
    """Whether the master's order is gone without a fill that this child still owes."""
    if order is None or order.row.status not in (OrderStatus.CANCELLED, OrderStatus.REJECTED):
        return False
    part = context.part
    if child.leg is not Leg.ENTRY:
        return not part.unfilled_claim
    owed = entry_units(
        quantity=part.in_of(order.entry_filled),
        ratio=part.ratio,
        carry=part.carry,
        side=child.side,
        lot_size=context.instrument.lot_size,
        fixed=part.fixed,
    )
    return part.filled(Leg.ENTRY) >= part.to_enter(owed)
