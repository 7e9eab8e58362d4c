"""Take in what the master's account shows: rows, fills, positions."""

from collections.abc import Sequence

from engine.core.observe.morning import close_expired_paper
from engine.core.observe.net_check import check_net
from engine.core.observe.observe_products import (
    certain_exit,
    find_conversions,
    let_go,
    overdue_orders,
    waits_for_positions,
)
from engine.core.observe.openings import carried_in, name_overnight_orphans
from engine.core.observe.taking_part import open_parts
from engine.core.observe.unclear_products import leave_out_unclear
from engine.core.outcome.book_watch import note_hint, watch_book
from engine.core.risk.collisions import tell_own_on_master
from engine.core.state.accounts import Account
from engine.core.state.conversions import sources_of
from engine.core.state.delivery import news_of_holdings
from engine.core.state.fill_order import fill_stamp, in_exchange_order, key_of, may_have_been_second
from engine.core.state.fills import fold_master_fill
from engine.core.state.ledger import split_fill, working_split
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS, Turn
from engine.core.values import records as r
from engine.core.values.events import BookRead, PositionsRead, RowHinted
from engine.core.values.keys import MasterKey, copier_of
from engine.core.values.market import MASTER, OrderId, OrderStatus
from engine.core.values.merge import UNPROVEN, merge, sight
from engine.core.values.notices import Severity
from engine.core.values.orders import Fill, OrderRow

#: Socket words that report a change without proving the new wish.
_CHANGES = frozenset(
    {
        OrderStatus.UPDATE,
        OrderStatus.MODIFIED,
        OrderStatus.MODIFY_PENDING,
        OrderStatus.MODIFY_VALIDATION_PENDING,
    }
)
#: So many reads in a row that agree on a smaller book are believed.
AGREEING_READS = 3


def is_shrunk(account: Account, total: int) -> bool:
    """Return whether a book lost orders it had and is not to be believed.

    A few reads in a row that agree are: Kite empties the book overnight.
    """
    if total >= account.book_total:
        account.shrunk = (0, 0)
        return False
    rows, times = account.shrunk
    times = times + 1 if rows == total else 1
    account.shrunk = (total, times)
    if times < AGREEING_READS:
        return True
    account.shrunk = (0, 0)
    return False


def observe_master_book(turn: Turn, event: BookRead) -> None:
    """Take in a read of the master's book; a book that shrank is not believed."""
    account = turn.state.account(MASTER)
    if is_shrunk(account, event.total):
        turn.tell_once(
            Severity.WARNING,
            "The master's order book came back with fewer orders than before; it is not believed.",
            topic="engine",
            mark="shrunk-book",
        )
        return
    turn.state.told.discard("shrunk-book")
    account.book_version += 1
    account.book_at, account.book_asked_at = event.at, event.asked_at
    account.book_total = event.total
    was_reconciled = account.reconciled
    account.reconciled = was_reconciled or account.is_reconciled_by(event.asked_at)
    for row in event.rows:
        _see(turn, row, account.book_version, proven=True)
    watch_book(turn, event)
    if turn.state.openings_known:
        _process(
            turn,
            [row.order_id for row in event.rows],
            event.fills,
            age_unknown=event.age_unknown,
        )
    if account.reconciled and not was_reconciled:
        # Entries of orders that have no news have waited for it.
        for key in turn.state.books:
            turn.touch(key)


def observe_master_hint(turn: Turn, event: RowHinted) -> None:
    """Take in a socket row: exits at once, entries only where the hint may be trusted."""
    row, state = event.row, turn.state
    known = state.master_order(row.order_id)
    turn.reads.add(MASTER)
    if copier_of(row) != state.install_id:
        note_hint(state.account(MASTER), row, known.row if known else None, at=event.at)
    if known is None and row.status in _CHANGES:
        return
    if not state.account(MASTER).reconciled:
        # What he did before is in the book: nothing is folded ahead of it.
        return
    if not (event.trusted and _has_whole_book(state)) and _opens(state, row):
        return
    version = UNPROVEN if row.status in _CHANGES else state.account(MASTER).book_version
    _see(turn, row, version, proven=False)
    if state.openings_known:
        _process(turn, [row.order_id], None, told_by_socket=True)


def observe_master_positions(turn: Turn, event: PositionsRead) -> None:
    """Take in the master's net carried into today; the first read of the day sets it."""
    turn.emit(
        r.PositionsKnown(
            account=MASTER,
            rows=event.rows,
            asked_at=event.asked_at,
            at=event.at,
            holdings=news_of_holdings(turn.state.account(MASTER), event.holdings),
        )
    )
    if turn.state.openings_known:
        if _is_ready(turn.state):
            _go_on(turn, find_conversions(turn, event))
            check_net(turn, event)
        return
    for key, net in carried_in(turn.state, event).items():
        turn.emit(r.OpeningKnown(key=key, net=net))
    turn.emit(r.OpeningsRead(at=event.at))
    close_expired_paper(turn)
    _process(turn, list(turn.state.master_key_of), None)
    name_overnight_orphans(turn)


def release_overdue(turn: Turn) -> None:
    """Take up the orders that have waited long enough for positions that did not tell."""
    overdue = overdue_orders(turn.state, turn.at)
    _go_on(turn, overdue)
    for order_id in overdue:
        leave_out_unclear(turn, order_id)


def _go_on(turn: Turn, order_ids: list[OrderId]) -> None:
    """Take up orders that waited, one after the other as they were first seen."""
    let_go(turn.state, order_ids)
    for order_id in order_ids:
        _process(turn, [order_id], None)


def _is_ready(state: State) -> bool:
    """Whether fills can be classed and sized: his openings and the instruments are known."""
    return state.openings_known and len(state.instruments) > 0


def _has_whole_book(state: State) -> bool:
    """Whether the newest read of his book counts, and shows all that the socket had told before its last gap.

    One that lost orders, or stands still, does not tell what he did while the socket was down.
    """
    account, since = state.account(MASTER), state.stream_since
    if account.shrunk != (0, 0):
        return False
    return since is None or all(said.at >= since for said in account.ahead.values())


def _opens(state: State, row: OrderRow) -> bool:
    """Whether the row's unfolded units would open from flat or cross zero."""
    order = state.master_order(row.order_id)
    position = state.master.get(key_of(state, row))
    net = position.net if position else 0
    units = row.quantity - (order.folded if order else 0)
    _, entry = split_fill(net, row.side.sign * units)
    return entry != 0


def _see(turn: Turn, row: OrderRow, version: int, *, proven: bool) -> None:
    """Merge one row into what is known of the order; an order we placed there is not a wish."""
    if copier_of(row) == turn.state.install_id:
        tell_own_on_master(turn, row)
        return
    known = turn.state.master_order(row.order_id)
    seen = sight(row, version)
    merged = seen if known is None else merge(known.sighting, seen)
    if known is not None and merged == known.sighting:
        return
    if row.status is OrderStatus.UNRECOGNISED:
        turn.tell_once(
            Severity.WARNING,
            f"Kite shows the unknown order status {row.status_text!r} on {row.symbol}; "
            "the order counts as live.",
            topic="engine",
            mark=f"status:{row.status_text}",
        )
    if row.status is OrderStatus.AMO_RECEIVED:
        _say_queued(turn, row)
    key = key_of(turn.state, merged.row)
    was_exit = _was_exit(turn.state, key, known)
    turn.emit(r.MasterSeen(key=key, sighting=merged, at=turn.at, was_exit=was_exit, proven=proven))
    turn.touch(key)


def _say_queued(turn: Turn, row: OrderRow) -> None:
    """Say once when an after-market order is copied: nothing else is heard of it until the exchange has it."""
    turn.tell_once(
        Severity.INFO,
        f"The master has an after-market order in the queue: {row.side.value} {row.quantity} {row.symbol}. It "
        "is copied when the exchange opens it, if copying runs then; where copying is started later, only "
        "with its open orders.",
        topic="engine",
        mark=f"queued:{row.order_id}:{row.quantity}",
    )


def _was_exit(state: State, key: MasterKey, known: MasterOrder | None) -> bool:
    """Whether the remainder was an exit until now: asked before the net moves."""
    if known is None:
        return False
    return known.was_exit or working_split(state.master.get(key), known)[0] > 0


def _process(
    turn: Turn,
    order_ids: Sequence[OrderId],
    fills: tuple[Fill, ...] | None,
    *,
    told_by_socket: bool = False,
    age_unknown: bool = False,
) -> None:
    """Open parts for orders that count, then fold their new fills in exchange order.

    Before the day's instruments are loaded only what is an exit for certain: entries cannot be sized.
    Where nothing tells when an order began to fill it counts from its placement: rather offered than late.
    """
    state = turn.state
    orders = [(order_id, state.master_order(order_id)) for order_id in dict.fromkeys(order_ids)]
    known = [(order_id, order) for order_id, order in orders if order is not None]
    known.sort(key=lambda pair: (fill_stamp(pair[1].row), pair[0]))
    by_id = dict(known)
    for order_id, new_units, filled_at in in_exchange_order(known, fills):
        order = by_id[order_id]
        key = key_of(state, order.row)
        waits = (
            not len(state.instruments)
            or waits_for_positions(turn, key, order)
            or (told_by_socket and may_have_been_second(state, key, order, new_units))
        )
        # What closes his net in this very key is an exit whatever came before.
        units = certain_exit(state, key, order, new_units) if waits else new_units
        if waits and not units:
            continue
        if order.row.counts or order.row.status.is_terminal:
            open_parts(turn, key, order_id, order)
        if units > 0:
            _mark_exits(turn, key)
            turn.emit_all(
                fold_master_fill(
                    state,
                    key,
                    order_id,
                    units,
                    at=turn.at,
                    filled_at=order.row.placed_at
                    if age_unknown and order.fill_at is None
                    else filled_at,
                )
            )
        _card(turn, key, order_id)
        for source in sources_of(state, key):
            turn.touch(source)
        turn.touch(key)


def _mark_exits(turn: Turn, key: MasterKey) -> None:
    """Remember which working orders are exits before the net moves under them."""
    position = turn.state.master[key]
    for order in [position.orders[order_id] for order_id in position.working]:
        if not order.was_exit and working_split(position, order)[0] > 0:
            turn.emit(
                r.MasterSeen(
                    key=key,
                    sighting=order.sighting,
                    at=turn.at,
                    was_exit=True,
                    proven=order.proven,
                )
            )


def _card(turn: Turn, key: MasterKey, order_id: OrderId) -> None:
    """Draw the order's card anew if it is any follower's story."""
    for (venue, _), book in turn.state.books.get(key, {}).items():
        part = book.parts.get(order_id)
        if part is None or venue is not turn.state.venue:
            continue
        skip_reasons = {known.reason for known in part.skips.values()}
        if part.children or not skip_reasons & SILENT_SKIPS:
            turn.card(venue, order_id)
            return
