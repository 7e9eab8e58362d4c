"""Fixed lots are bought once for a burst of orders, not once for each of its slices."""

from datetime import datetime, timedelta

from engine.core.risk.gates import Verdict
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, MasterPosition
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId
from engine.core.values.notices import SkipReason

#: Orders of one side of a key that follow one another within this are one wish of the master's: what is
#: above the freeze quantity he (or his terminal) sends as a run of orders, ten a second at most (Kite
#: forum comment 52882). Kite stamps whole seconds, so less could not be told from more.
BURST = timedelta(seconds=2)
_STILL_COUNTS = frozenset({SkipReason.ZERO_LOTS, SkipReason.SAME_BURST})


def burst_gate(
    book: KeyBook, position: MasterPosition, order_id: OrderId, order: MasterOrder
) -> Verdict:
    """Return why an entry of fixed lots is left out: an order just before was copied with them; or None.

    One that came to nothing here (refused, too old, left out for another reason) does not count: the next
    one is judged afresh. What he exits is followed as ever, by shares of what is held.

    Args:
        book: The follower's ledger.
        position: The master's side of the key.
        order_id: His order.
        order: The same.
    """
    for other_id, part in reversed(book.parts.items()):
        other = position.orders.get(other_id)
        if other is None or other_id == order_id or other.row.side is not order.row.side:
            continue
        apart = abs(_begun(order) - _begun(other))
        if apart <= BURST and _was_taken(book, position, part, other_id, before=order_id):
            seconds = int(BURST.total_seconds())
            detail = (
                f"begun within {seconds} s of order #{other.number}; orders more than {seconds} s apart are "
                "copied each"
            )
            return SkipReason.SAME_BURST, detail
    return None


def _begun(order: MasterOrder) -> datetime:
    return order.row.placed_at or order.seen_at


def _was_taken(
    book: KeyBook,
    position: MasterPosition,
    part: CopyPart,
    order_id: OrderId,
    *,
    before: OrderId,
) -> bool:
    """Whether a part is, or waits to be, an entry of fixed lots; of later ones only what was sent counts."""
    entries = part.of(Leg.ENTRY)
    if any(child.filled or not child.has_ended for child in entries):
        return part.fixed
    if not part.fixed or entries:
        return False
    skip = part.skips.get(Leg.ENTRY)
    if skip is not None and skip.reason not in _STILL_COUNTS:
        return False
    opened = list(book.parts)
    if before in book.parts and opened.index(order_id) > opened.index(before):
        return False
    order = position.orders[order_id]
    return bool(part.entered or entry_quantity(position, order))
