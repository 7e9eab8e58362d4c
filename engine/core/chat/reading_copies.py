"""Read the story of each master order off the state: what every follower did with it."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

from engine.core.state.conversions import sources_of
from engine.core.state.latches import is_given_up
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS
from engine.core.values.child import RESTS, Child
from engine.core.values.copies import CopyPart
from engine.core.values.copy_view import ChildState, ChildView, CopyView
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import (
    AccountName,
    OrderId,
    OrderStatus,
    OrderType,
    Side,
    Venue,
)
from engine.core.values.notices import SkipReason
from engine.core.values.orders import OrderRow

_INTENT_WORDS = {
    IntentState.PLANNED: ChildState.PLANNED,
    IntentState.SENDING: ChildState.SENDING,
    IntentState.REFUSED: ChildState.REFUSED,
    IntentState.UNKNOWN: ChildState.UNKNOWN,
    IntentState.ABSENT: ChildState.ABSENT,
    IntentState.NEEDS_HUMAN: ChildState.NEEDS_HUMAN,
    IntentState.EXPIRED: ChildState.SKIPPED,
    IntentState.KILLED: ChildState.SKIPPED,
}


def copy_views(state: State, limit: int) -> tuple[CopyView, ...]:
    """Return the newest master orders that were to be copied, newest first."""
    orders = sorted(
        (
            (order.number, key, order)
            for key, position in state.master.items()
            for order in position.orders.values()
        ),
        key=lambda each: each[0],
        reverse=True,
    )
    views = (_view(state, state.venue, key, order) for _, key, order in orders)
    return tuple(islice((view for view in views if view.children), limit))


def order_numbered(state: State, number: str) -> OrderId | None:
    """Return the master order of today that a card's number (``214`` or ``#214``) stands for."""
    digits = number.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()):
        return None
    for position in state.master.values():
        for order_id, order in position.orders.items():
            if str(order.number) == digits:
                return order_id
    return None


def copy_view(state: State, venue: Venue, order_id: OrderId) -> CopyView | None:
    """Return one master order with what every follower did; None where it is not known today."""
    key = state.master_key_of.get(order_id)
    order = state.master_order(order_id)
    return _view(state, venue, key, order) if key is not None and order is not None else None


def _view(state: State, venue: Venue, key: MasterKey, order: MasterOrder) -> CopyView:
    row, order_id = order.row, order.row.order_id
    children = []
    books = [state.books.get(each, {}) for each in (key, *sources_of(state, key))]
    # What somebody did who was removed since stays on the card: it happened.
    gone = (name for each in books for (_, name) in each if name not in state.rules)
    for name in dict.fromkeys([*state.rules, *gone]):
        parts = [
            part
            for each in books
            if (book := each.get((venue, name))) is not None
            if (part := book.parts.get(order_id)) is not None
        ]
        out = venue is Venue.LIVE and not state.account(name).session_ok
        views = [view for part in parts for view in _part_views(name, part, order, out=out)]
        # Where copies stay under the product he converted from, those are exited: that nothing is
        # held under the new one is no news then.
        told = [view for view in views if view.reason != SkipReason.NOTHING_HELD.value]
        children += (told or views[:1]) if len(parts) > 1 else views
    return CopyView(
        venue=venue,
        number=order.number,
        master_order_id=order_id,
        at=row.placed_at or order.seen_at,
        exchange=row.exchange,
        symbol=key.symbol,
        side=row.side,
        product=key.product,
        order_type=_order_type(order),
        quantity=row.quantity,
        filled=row.filled_quantity,
        price=row.price if order.proven and not _is_priced_by_kite(row) else None,
        trigger_price=row.trigger_price,
        average_price=row.average_price,
        status=row.status_text or row.status.value,
        children=tuple(children),
    )


def _is_priced_by_kite(row: OrderRow) -> bool:
    """Whether the price of a row is the band Kite set: nobody asked for it."""
    return row.is_market or row.order_type is OrderType.SL_M


def _order_type(order: MasterOrder) -> OrderType | None:
    if order.row.is_market:
        return OrderType.MARKET
    return order.row.order_type if order.proven else None


def _part_views(
    name: AccountName, part: CopyPart, order: MasterOrder, *, out: bool
) -> list[ChildView]:
    """Return what a follower did; ``out``: he has no session, so that what is owed of his exit waits."""
    views = []
    if out and part.unfilled_claim and not any(c.leg is Leg.EXIT for c in part.children):
        views.append(
            ChildView(
                follower=name,
                state=ChildState.NEEDS_HUMAN,
                side=order.row.side,
                quantity=part.unfilled_claim,
                filled=0,
                reason=f"no session: the exit waits for /login {name}",
            )
        )
    for leg in (Leg.EXIT, Leg.ENTRY, Leg.COVER):
        children = [child for child in part.children if child.leg is leg]
        skip = part.skips.get(leg)
        if children:
            views.append(leg_view(name, children, order.row.average_price))
        elif skip is not None and skip.reason not in SILENT_SKIPS:
            reason = f"{skip.reason.value}: {skip.detail}" if skip.detail else skip.reason.value
            views.append(
                ChildView(
                    follower=name,
                    state=ChildState.SKIPPED,
                    side=order.row.side,
                    quantity=0,
                    filled=0,
                    reason=reason,
                )
            )
    return views


def leg_view(name: AccountName, children: list[Child], his: Decimal | None) -> ChildView:
    """Return one leg of a follower's part, oldest child first; ``his`` is the master's average, or None."""
    filled = sum(child.filled for child in children)
    outstanding = sum(child.outstanding for child in children)
    # What an older generation left undone was taken over by the next, or was given up.
    newest = children[-1].generation
    last = [child for child in children if child.generation == newest or _is_lost(child, newest)]
    undone = [child for child in last if not outstanding or _is_lost(child, newest)]
    telling, average = _telling(last), average_of(children)
    return ChildView(
        follower=name,
        state=_word(telling, filled),
        side=telling.side,
        quantity=filled
        + outstanding
        + sum(child.terms.quantity - child.filled for child in undone),
        filled=filled,
        average_price=average,
        lag_ms=lag_ms(children[0]),
        slippage_bps=_slippage(average, his, telling.side),
        reason=telling.reason,
        note=telling.note,
    )


def _is_lost(child: Child, newest: int) -> bool:
    """Whether what a child did not fill was given up; the ladder takes over what only rested."""
    taken_over = child.step == RESTS and child.generation < newest
    return is_given_up(child) and not taken_over


def _telling(last: list[Child]) -> Child:
    """Return the slice that speaks for all: one in doubt, else one at work, else one given up."""
    in_doubt = [child for child in last if child.state.is_unresolved]
    at_work = [child for child in last if not child.has_ended]
    given_up = [child for child in last if is_given_up(child)]
    return (in_doubt or at_work or given_up or last)[-1]


def _word(child: Child, filled: int) -> ChildState:
    if child.state is not IntentState.ACKED:
        return _INTENT_WORDS[child.state]
    status = child.sighting.row.status if child.sighting else None
    if status is OrderStatus.COMPLETE:
        return ChildState.FILLED
    if status is OrderStatus.REJECTED:
        return ChildState.REJECTED
    if status is OrderStatus.CANCELLED:
        return ChildState.PARTIAL if filled else ChildState.CANCELLED
    return ChildState.PARTIAL if filled else ChildState.WORKING


def average_of(children: Iterable[Child]) -> Decimal | None:
    """Return the average price of what children filled, rupees; None where nothing was, or no price is told."""
    paid, units = Decimal(0), 0
    for child in children:
        if child.filled and child.average_price is not None:
            paid += child.filled * child.average_price
            units += child.filled
    return paid / units if units else None


def _slippage(mine: Decimal | None, his: Decimal | None, side: Side) -> int | None:
    """Return basis points paid more (or taken less) than the master; positive is worse."""
    if mine is None or not his:
        return None
    return round((mine - his) / his * 10_000 * side.sign)


def lag_ms(child: Child) -> int | None:
    """Return milliseconds from the master's event to the broker's answer; None without one."""
    if child.answered_at is None or child.order_id is None:
        return None
    return max(0, round((child.answered_at - child.detected_at).total_seconds() * 1000))
