"""Watch the master's products: a conversion makes no order event, only his positions change.

Source: Kite Connect docs, portfolio (convert position).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from engine.core.state.brokernet import SNAPSHOT_LAG
from engine.core.state.delivery import Share, delivery_net, is_delivery, ledger_key, share_of
from engine.core.state.ledger import split_fill
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.events import PositionsRead
from engine.core.values.keys import MasterKey, row_key
from engine.core.values.market import MASTER, OrderId, Product
from engine.core.values.notices import Severity

#: Longest that an order waits for positions asked after it was seen; an entry is too old after ten.
HOLD_AT_MOST = timedelta(seconds=5)


def waits_for_positions(turn: Turn, key: MasterKey, order: MasterOrder) -> bool:
    """Return whether an order waits until newer positions tell if he converted what he held.

    It does where it would open a position against one he holds under another product: after a
    conversion the same order closes it. So does a new order behind one that waits. An order that was
    taken up before goes on.
    """
    state, watch, order_id = turn.state, turn.state.products, order.row.order_id
    if order_id in watch.waiting:
        return True
    if order_id in watch.settled or not order.row.counts or _was_taken_up(state, key, order):
        return False
    behind = any(state.master_key_of.get(other) == key for other in watch.waiting)
    if not behind and not _may_close_another(state, key, order):
        return False
    watch.waiting[order_id] = turn.at
    turn.reads.add(MASTER)
    return True


def _was_taken_up(state: State, key: MasterKey, order: MasterOrder) -> bool:
    books = state.books.get(key, {}).values()
    return order.folded > 0 or any(order.row.order_id in book.parts for book in books)


def _may_close_another(state: State, key: MasterKey, order: MasterOrder) -> bool:
    row = order.row
    position = state.master.get(key)
    _, entry = split_fill(position.net if position else 0, row.side.sign * row.quantity)
    return entry != 0 and any(
        other.product is not key.product
        and share_of(other) == share_of(key)
        and held.net * row.side.sign < 0
        for other, held in state.master.items()
    )


def certain_exit(state: State, key: MasterKey, order: MasterOrder, units: int) -> int:
    """Return how many newly filled units of an order that waits are an exit in any case, >= 0.

    Only of an order that has ended: of one that works the rest would be planned as an entry.
    """
    if not order.row.status.is_terminal or units <= 0:
        return 0
    position = state.master.get(key)
    exit_part, _ = split_fill(position.net if position else 0, order.row.side.sign * units)
    return abs(exit_part)


def overdue_orders(state: State, at: datetime) -> list[OrderId]:
    """Return the orders that have waited long enough; they go on as they look."""
    return [each for each, since in state.products.waiting.items() if at >= since + HOLD_AT_MOST]


def let_go(state: State, order_ids: Iterable[OrderId]) -> None:
    """End the waiting of orders that are taken up now."""
    for order_id in order_ids:
        state.products.waiting.pop(order_id, None)
        state.products.settled.add(order_id)


def find_conversions(turn: Turn, event: PositionsRead) -> list[OrderId]:
    """Compare his positions with his ledger, and move what changed its product.

    A difference counts once two reads agree on it, so that a fill between the read of the book and
    that of the positions is never taken for one; positions that stand still show none.

    Returns:
        Orders that waited for this read and go on now.
    """
    state, watch = turn.state, turn.state.products
    undecided: set[Share] = set()
    for share, keys in _by_share(state, event).items():
        if len({key.product for key in keys}) < 2:
            continue
        nets = {key: net_of(state, key) for key in keys}
        known = {key: net for key, net in nets.items() if net is not None}
        if len(known) < len(nets):
            undecided.add(share)
            continue
        off = {key: known[key] - expected_net(state, key) for key in keys}
        if _look_at(turn, event, share, off, known):
            undecided.add(share)
        else:
            watch.nets.update(known)
    return [
        order_id
        for order_id, since in watch.waiting.items()
        if event.asked_at > since and share_of(state.master_key_of[order_id]) not in undecided
    ]


def _look_at(
    turn: Turn,
    event: PositionsRead,
    share: Share,
    off: dict[MasterKey, int],
    nets: dict[MasterKey, int],
) -> bool:
    """Judge one share's differences; return whether they are still to be understood."""
    watch = turn.state.products
    if not any(off.values()):
        watch.suspected.pop(share, None)
        return False
    if sum(off.values()):
        # Positions that lag, or trades nobody has seen: not (only) a conversion.
        watch.suspected.pop(share, None)
        return True
    if watch.suspected.get(share) == off:
        del watch.suspected[share]
        _convert(turn, off)
        return False
    moved_at = [turn.state.master[key].moved_at for key in off if key in turn.state.master]
    lags = any(at is not None and event.asked_at < at + SNAPSHOT_LAG for at in moved_at)
    stands_still = all(watch.nets.get(key) == nets[key] for key, units in off.items() if units)
    if not lags and not stands_still:
        watch.suspected[share] = off
        turn.reads.add(MASTER)
    return True


def _by_share(state: State, event: PositionsRead) -> dict[Share, list[MasterKey]]:
    keys = {key: None for key, position in state.master.items() if position.net}
    keys |= {state.master_key_of[order_id]: None for order_id in state.products.waiting}
    keys |= {ledger_key(state, row_key(row)): None for row in event.rows}
    found: dict[Share, list[MasterKey]] = {}
    for key in keys:
        if key.product is not Product.UNRECOGNISED:
            found.setdefault(share_of(key), []).append(key)
    return found


def net_of(state: State, key: MasterKey) -> int | None:
    """Return his net in a key by the newest snapshot; 0 without a row only where none is expected."""
    account = state.account(MASTER)
    if is_delivery(key):
        net = delivery_net(account, key)
    else:
        rows = [row.quantity for row in account.positions or () if row_key(row) == key]
        net = sum(rows) if rows else None
    position = state.master.get(key)
    return 0 if net is None and not (position and position.net) else net


def expected_net(state: State, key: MasterKey) -> int:
    """Return his net by the ledger, with the fills of orders that wait."""
    position = state.master.get(key)
    if position is None:
        return 0
    waiting = (position.orders.get(order_id) for order_id in state.products.waiting)
    return position.net + sum(
        order.row.side.sign * (order.row.filled_quantity - order.folded)
        for order in waiting
        if order is not None
    )


def _convert(turn: Turn, off: dict[MasterKey, int]) -> None:
    """Move what one key lost to the keys that gained it."""
    left = dict(off)
    for old in off:
        position = turn.state.master.get(old)
        if position is None or position.net * left[old] >= 0:
            continue
        for new in off:
            sign = 1 if position.net > 0 else -1
            units = min(sign * left[new], -sign * left[old], abs(position.net))
            if new == old or units <= 0:
                continue
            left[old] += sign * units
            left[new] -= sign * units
            at_new = turn.state.master.get(new)
            sold = at_new is not None and at_new.net * sign < 0
            turn.emit(r.MasterConverted(old=old, new=new, units=sign * units, at=turn.at))
            turn.touch(old)
            turn.touch(new)
            _tell(turn, old, new, sign * units, sold=sold)


def _tell(turn: Turn, old: MasterKey, new: MasterKey, units: int, *, sold: bool) -> None:
    """Tell of a conversion; ``sold``: what he had of the new product before shows that he is out."""
    what = (
        f"The master converted {abs(units)} {old.symbol} from {old.product.value} to "
        f"{new.product.value}."
    )
    held = [
        f"{follower} {book.held}"
        for (venue, follower), book in turn.state.books.get(old, {}).items()
        if venue is turn.state.venue and book.held
    ]
    if not held:
        turn.tell(Severity.INFO, what, topic="engine")
        return
    if sold:
        turn.tell(
            Severity.CRITICAL,
            f"{what} He had closed them as {new.product.value} before that was seen, and the copies "
            f"({', '.join(held)}) were not exited with him: close them in Kite.",
            topic="engine",
            needs_human=True,
        )
        return
    squared_off = old.product is Product.MIS
    after = (
        " Kite squares MIS off before the close: convert them in Kite (Positions, Convert) to keep them."
        if squared_off
        else ""
    )
    turn.tell(
        Severity.CRITICAL if squared_off else Severity.WARNING,
        f"{what} The copies were not converted and stay {old.product.value} ({', '.join(held)}): they "
        f"are exited when he exits.{after}",
        topic="engine",
        needs_human=squared_off,
    )
