"""What is owed to an entry from before: pinned anew where it comes to be planned later than it was seen."""

from engine.core.planning.limited import scale_limit
from engine.core.state.context import PartContext
from engine.core.state.latches import is_latched
from engine.core.state.ledger import carry_of, out_now
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.copies import CopyPart
from engine.core.values.exact import Exact
from engine.core.values.keys import Leg
from engine.core.values.notices import SkipReason


def owe_from_what_is_left(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Pin what is owed to an order anew if it comes to be planned later than it was seen.

    An order through zero waits for its own exit leg: what was owed on the position before (an excess
    that was kept, a fraction) went with it. One that waited for an order of unknown fate owes the
    less if that one has filled. One that was withdrawn unfilled, since it was an exit for a while, owes by what was
    entered meanwhile. One that was seen with an order that was then left out takes the
    fraction that the other was to take; with one that was then sized anew, what that one leaves.
    """
    part = context.part
    if part.kept != 1 or Leg.ENTRY in part.skips or not _enters_anew(part):
        return
    if not (order.exit_filled or order.seen_at < turn.at or _another_was_changed(turn, context)):
        return
    if not context.entry_quantity:
        return
    if part.outstanding(Leg.EXIT) or part.unfilled_claim:
        return
    carry = _owed_before(context)
    if carry != part.carry:
        turn.emit(
            r.PartScaled(
                key=context.key,
                order_id=context.order_id,
                ratio=str(part.ratio),
                carry=str(carry),
                fixed=part.fixed,
            )
        )


def _enters_anew(part: CopyPart) -> bool:
    """Return whether nothing was entered of a part, and nothing is on its way or was left out for good."""
    return not any(
        child.filled or not child.has_ended or is_latched(child) for child in part.of(Leg.ENTRY)
    )


def _another_was_changed(turn: Turn, context: PartContext) -> bool:
    """Return whether this turn left out another order of the ledger, or sized it anew: it counted before."""
    if context.key in turn.scaled:
        return True
    if len(context.book.active) == 1:
        return False  # there is no other
    skips = (other.skips.get(Leg.ENTRY) for _, other in context.book.active_parts())
    return any(
        known is not None and known.at == turn.at and known.reason is not SkipReason.ZERO_LOTS
        for known in skips
    )


def shrink_to_what_he_kept(turn: Turn, context: PartContext, order: MasterOrder) -> bool:
    """Size an entry of which nothing has filled, and that had to wait, by what the master has kept of it since.

    What is owed is pinned anew: it was shared out with orders that were sized anew before this one. Where more
    of it is to come, what he is out of again is taken off, so that what still fills counts whole.

    Returns:
        Whether it was sized anew; the wish is then another one.
    """
    part, kept = context.part, context.part.kept
    if kept in (0, 1):
        return False
    if any(child.filled or not child.has_ended for child in part.of(Leg.ENTRY)):
        return False
    scale_limit(turn, context, kept)
    out = out_now(part, order)
    ratio = part.ratio if out != part.out else part.ratio * kept
    turn.emit(
        r.PartScaled(
            key=context.key,
            order_id=context.order_id,
            ratio=str(ratio),
            carry=str(_owed_before(context)),
            fixed=part.fixed,
            out=str(out) if out else "",
        )
    )
    return True


def _owed_before(context: PartContext) -> Exact:
    return carry_of(
        context.book,
        context.position,
        lot_size=context.instrument.lot_size,
        before=context.order_id,
    )
