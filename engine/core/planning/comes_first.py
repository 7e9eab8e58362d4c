"""What must come first, before an entry: exits, covers, an entry of unknown fate, the books, the clock."""

from datetime import timedelta

from engine.core.planning.overshoot import awaits_cover
from engine.core.planning.plan_exit import given_up
from engine.core.planning.wishes import Wish
from engine.core.risk.first_read import entry_waits, exit_waits
from engine.core.state.context import PartContext
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Leg
from engine.core.values.market import Side

#: How soon a waiting entry is looked at again without an event.
LOOK_AGAIN = timedelta(seconds=1)


def must_come_first(turn: Turn, context: PartContext, wish: Wish) -> bool:
    """Return whether an entry waits: for exits and covers before it, an UNKNOWN entry, the book, the clock."""
    key = context.key
    if context.order_id in turn.state.products.waiting:
        # What of it is no certain exit may close what he converted: his positions tell.
        return True
    if is_to_exit_first(context):
        return True
    if turn.state.awaits_clock or entry_waits(turn, key):
        return True
    book = context.book
    if awaits_cover(turn, book):
        return True
    others = [other for _, other in book.active_parts() if other.claimed or other.children]
    return any(_is_leaving(turn, book, other, wish.side) for other in others) or any(
        child.state.is_unresolved
        or _is_on_its_way_in(turn.state, child, opposite=wish.side.opposite)
        for other in others
        for child in other.of(Leg.ENTRY)
    )


def is_to_exit_first(context: PartContext) -> bool:
    """Whether the exit leg of an order through zero is not done, here or on the master's side."""
    part = context.part
    if part.outstanding(Leg.EXIT) or part.unfilled_claim:
        return True
    return context.working[0] > 0


def _is_leaving(turn: Turn, book: KeyBook, part: CopyPart, side: Side) -> bool:
    """Whether an exit on the entry's own side is on its way, or waits: it must not be cut by the entry.

    It may wait for a look at the account, for the next second after a refusal, or for the proof that other
    hands were there before. What came to a final end is left to a person, and holds nothing up.
    """
    if part.claimed * side.sign <= 0 or not part.unfilled_claim:
        return False
    if part.outstanding(Leg.EXIT) or exit_waits(turn, book.key):
        return True
    final = given_up(part.of(Leg.EXIT), at_market=True)
    return book.held * side.sign < 0 and part.unfilled_claim > final


def _is_on_its_way_in(state: State, child: Child, *, opposite: Side) -> bool:
    """Whether an entry on the other side may still fill although the master is done with it.

    What it fills is exited first: an exit may take no more than what is held.
    """
    if child.has_ended or child.side is not opposite:
        return False
    order = state.master_order(child.master_order_id)
    return order is None or order.row.status.is_terminal
