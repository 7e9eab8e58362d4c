"""Who takes part in a master order: judged when it is first seen, and left out by a baseline."""

from engine.core.risk.burst import burst_gate
from engine.core.risk.collisions import circle_gate, tell_circle
from engine.core.risk.gates import Verdict, order_gate, standing_gate_by
from engine.core.risk.scale import Scale, scale_of
from engine.core.state.brokernet import own_holding
from engine.core.state.conversions import sources_of
from engine.core.state.latches import skip
from engine.core.state.ledger import carry_of, entry_quantity, split_fill
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS, Turn
from engine.core.values import records as r
from engine.core.values.keys import Leg, MasterKey, row_key
from engine.core.values.market import AccountName, OrderId, OrderStatus, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules


def baseline(turn: Turn, reason: SkipReason, *, goes_on: bool = False) -> None:
    """Leave every order known by now out for followers who have no part in it yet.

    Args:
        turn: The turn.
        reason: Why.
        goes_on: Whether copying goes on after a restart: what was seen and not taken up for anyone then
            (it waited for positions, or for the instruments) is taken up as it would have been.
    """
    state = turn.state
    for key, position in list(state.master.items()):
        for order_id, order in position.orders.items():
            if goes_on and not order.folded and not _is_anyones(state, key, order_id):
                continue
            known = {at for at, book in state.books.get(key, {}).items() if order_id in book.parts}
            open_parts(turn, key, order_id, order)
            for at, book in list(state.books.get(key, {}).items()):
                part = book.parts.get(order_id)
                new = part is not None and at not in known and at[0] is state.venue
                if part is not None and new and Leg.ENTRY not in part.skips:
                    skip(turn, book.key, order_id, Leg.ENTRY, reason)


def join(turn: Turn, follower: AccountName) -> None:
    """Leave every order known by now out for a follower who is new, one that nobody has taken up yet too."""
    state = turn.state
    for key, position in list(state.master.items()):
        for order_id, order in position.orders.items():
            book = state.books.get(key, {}).get((state.venue, follower))
            known = book is not None and order_id in book.parts
            open_parts(turn, key, order_id, order, only=follower)
            at = state.books[key][state.venue, follower].key
            if not known:
                skip(turn, at, order_id, Leg.ENTRY, SkipReason.BEFORE_START)


def leave_out_begun(
    turn: Turn, reason: SkipReason, detail: str = "", *, follower: AccountName | None = None
) -> None:
    """Leave out entries of orders begun by now that have no child: a baseline is a new beginning.

    An order that has a child keeps it. What the order exits counts as ever.

    Args:
        turn: The turn.
        reason: Why.
        detail: More of why.
        follower: Only this one's; None for all.
    """
    state = turn.state
    for key, position in state.master.items():
        for (venue, name), book in list(state.books.get(key, {}).items()):
            if venue is not state.venue or follower not in (None, name):
                continue
            for order_id, part in book.active_parts():
                order = position.orders.get(order_id)
                if order is None or Leg.ENTRY in part.skips or part.of(Leg.ENTRY):
                    continue
                if entry_quantity(position, order):
                    skip(turn, book.key, order_id, Leg.ENTRY, reason, detail)


def _is_anyones(state: State, key: MasterKey, order_id: OrderId) -> bool:
    return any(order_id in book.parts for book in state.books.get(key, {}).values())


def open_entries(state: State) -> list[tuple[MasterKey, OrderId]]:
    """Return the master's unfilled entries that a start may copy too, as a person chooses.

    Those that rest at the exchange, and after-market orders that wait for its open.
    """
    return [
        (key, order_id)
        for key, position in state.master.items()
        for order_id, order in position.orders.items()
        if _waits(order.row) and _would_enter(position.net, order)
    ]


def _waits(row: OrderRow) -> bool:
    queued = row.status is OrderStatus.AMO_RECEIVED
    return (row.status.is_working or queued) and not row.filled_quantity


def open_parts(
    turn: Turn,
    key: MasterKey,
    order_id: OrderId,
    order: MasterOrder,
    *,
    only: AccountName | None = None,
) -> None:
    """Open every follower's part in an order, or one's, with the ratio and carry that stay for good."""
    state = turn.state
    _open_for_converted(turn, key, order_id)
    position = state.master[key]
    shown = row_key(order.row)
    instrument = state.instrument(shown.exchange, key.symbol)
    lot_size = instrument.lot_size if instrument else 1
    those = state.rules.values() if only is None else (state.rules[only],)
    books = state.books.get(key, {})
    # Judged once: nothing of them is a follower's own.
    of_order = order_gate(state, shown, order.row)
    circle = circle_gate(state, key, order.row, at=turn.at)
    would_enter = _would_enter(position.net, order)
    venues = tuple(Venue)
    parts: list[r.OpenedPart] = []
    judged: list[tuple[FollowerRules, Scale, Verdict]] = []
    for rules in those:
        for venue in venues:
            book = books.get((venue, rules.name))
            if order_id in book.parts if book is not None else venue is not state.venue:
                continue
            at = book.key if book is not None else key.of(venue, rules.name)
            scale, unsized = scale_of(state, rules, shown.exchange, lot_size=lot_size, at=turn.at)
            parts.append(
                r.OpenedPart(
                    venue,
                    rules.name,
                    str(scale.ratio) if venue is state.venue else "0",
                    str(carry_of(book, position, lot_size=lot_size)),
                    own_holding(state, at, book),
                    scale.fixed,
                    scale.basis,
                )
            )
            if venue is state.venue:
                judged.append((rules, scale, unsized))
    if parts:
        turn.emit(r.PartsOpened(key=key, order_id=order_id, parts=tuple(parts)))
    for rules, scale, unsized in judged:
        book = state.books[key][state.venue, rules.name]
        verdict = (
            _before_joining(state, rules.name, order.row)
            or standing_gate_by(state, rules, shown, of_order)
            or unsized
        )
        if verdict is None and scale.fixed:
            verdict = burst_gate(book, position, order_id, order)
        if verdict is None and circle is not None:
            verdict = circle
            tell_circle(turn, order.row)
        if verdict is not None and (verdict[0] in SILENT_SKIPS or would_enter):
            skip(turn, book.key, order_id, Leg.ENTRY, *verdict)


def _before_joining(state: State, name: AccountName, order: OrderRow) -> Verdict:
    """Return that an order which shows up now was placed before its follower was added, or None."""
    joined, placed = state.joined.get(name), order.placed_at
    if joined is None or placed is None:
        return None
    # Kite stamps whole seconds (Kite Connect docs, orders); what was seen by then is left out by `join`.
    if placed >= state.brokers_time(joined).replace(microsecond=0):
        return None
    return SkipReason.BEFORE_START, "placed before he was added"


def _open_for_converted(turn: Turn, key: MasterKey, order_id: OrderId) -> None:
    """Let an order exit the copies that stay under the product he converted from; it enters nothing."""
    for source in sources_of(turn.state, key):
        for book in list(turn.state.books.get(source, {}).values()):
            if order_id not in book.parts:
                turn.emit(
                    r.PartOpened(key=book.key, order_id=order_id, ratio="0", carry="0", own=None)
                )
                turn.touch(source)


def _would_enter(net: int, order: MasterOrder) -> bool:
    """Whether any of the order's units that are not folded yet would open or add."""
    row = order.row
    units = row.filled_quantity - order.folded + row.remaining_quantity
    return split_fill(net, row.side.sign * units)[1] != 0
