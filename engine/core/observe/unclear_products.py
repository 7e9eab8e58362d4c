"""An order that may be the exit of what the master converted, and his positions never told."""

from engine.core.state.delivery import goes_short, share_of
from engine.core.state.latches import skip
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.keys import Leg, MasterKey, copy_topic
from engine.core.values.market import AccountName, OrderId, Side
from engine.core.values.notices import Severity, SkipReason


def leave_out_unclear(turn: Turn, order_id: OrderId) -> None:
    """Enter nothing on an order that may be the exit of what he converted; a person looks at it."""
    state, key = turn.state, turn.state.master_key_of[order_id]
    order = state.master[key].orders[order_id]
    shorts = goes_short(key, order.row.side)
    left_out, unheard = [], []
    for book in list(state.books.get(key, {}).values()):
        part, name = book.parts.get(order_id), book.key.follower
        if part is None or book.key.venue is not state.venue:
            continue
        if Leg.ENTRY in part.skips:
            # Nothing was to be entered (after /stop, in a pause), so that no rule tells of the exit.
            unheard.append(name)
        elif not shorts:
            # Of a short sale that rule tells, follower by follower.
            skip(turn, book.key, order_id, Leg.ENTRY, SkipReason.PRODUCT_UNCLEAR)
            left_out.append(name)
    held = [
        f"{name} {units}"
        for name in (*left_out, *unheard)
        if (units := _held_otherwise(state, key, name, order.row.side))
    ]
    if not left_out and not held:
        return
    after = f" It is not entered for {', '.join(left_out)}." if left_out else ""
    after += f" Copies still held: {', '.join(held)}, close them if he is out." if held else ""
    turn.tell(
        Severity.CRITICAL,
        f"The master's {order.row.side.value} {order.row.quantity} {key.symbol} {key.product.value} is "
        "against what he holds under another product, and his positions did not tell in time whether "
        f"he converted.{after} See /diff, and act in Kite.",
        topic=copy_topic(state.venue, order_id),
        needs_human=True,
    )


def _held_otherwise(state: State, key: MasterKey, follower: AccountName, side: Side) -> int:
    """Return what a follower holds of the share under other products that this side would exit."""
    books = (
        each.get((state.venue, follower))
        for other, each in state.books.items()
        if other.product is not key.product and share_of(other) == share_of(key)
    )
    return sum(book.held for book in books if book is not None and book.held * side.sign < 0)
