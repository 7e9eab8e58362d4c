"""A basket of options: the bought leg goes first, and a sold leg never goes where its hedge was refused.

Only a sell-to-open of an option ever waits, and only before its first order leaves: up to
``BASKET__WINDOW_MS`` for the master's own buy of a hedge, then for the answer to the follower's buy.
Exits, covers and every other entry know nothing of this.

A leg that the broker has acknowledged counts as bought, filled or not: a market order fills within
milliseconds of it, and a hedge that rests at the master's price may rest for hours while his own sold leg has
filled. Kite asks the full margin of a sold option whose hedge is not there first (Zerodha support,
"margin benefit for hedged positions": the buy order is to be placed first).
"""

from collections.abc import Iterable, Iterator

from engine.core.planning.hedges import (
    Hedge,
    LegState,
    covers,
    hedges_of,
    is_hedged,
    leg_state,
    options_beside,
    sold_beside,
    why_gone,
)
from engine.core.state.context import PartContext, order_view, part_context
from engine.core.state.latches import describe, is_latched, skip
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import BUDGET_TICK, Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, copy_topic
from engine.core.values.market import OrderId, OrderStatus, Side
from engine.core.values.notices import Severity, SkipReason


def sold_leg_is_held_back(turn: Turn, context: PartContext, order: MasterOrder) -> bool:
    """Return whether a sold leg does not leave now: its hedge may come, is on its way, or was refused.

    Refused: it is left out, and told. What a person has approved is not held back: he was asked leg by leg.
    """
    part, rules = context.part, context.rules
    sold = order.row.side is Side.SELL and context.instrument.kind.is_option
    if not rules.basket_window or not sold or part.asked_at is not None or part.of(Leg.ENTRY):
        return False
    hedges = hedges_of(turn.state, context, order)
    states = {leg_state(each.part) for each in hedges} - {None}
    if LegState.COMING in states:
        _say_waiting(turn, context, order, hedges)
        turn.wake(context.key, turn.at + BUDGET_TICK)
        return True
    hedged, refused = is_hedged(turn.state, context, order, hedges), LegState.GONE in states
    if not hedged and not refused and turn.at < order.seen_at + rules.basket_window:
        turn.wake(context.key, order.seen_at + rules.basket_window)
        return True
    if hedged or not refused:
        return False
    _leave_out(
        turn, context, order, next(each for each in hedges if leg_state(each.part) is LegState.GONE)
    )
    return True


def _say_waiting(
    turn: Turn, context: PartContext, order: MasterOrder, hedges: Iterable[Hedge]
) -> None:
    """Say once that a sold leg still waits when it is as old as an entry may be: one that rests has no age."""
    if turn.at < order.seen_at + context.rules.max_entry_age:
        return
    key = context.key
    hedge = next(each for each in hedges if leg_state(each.part) is LegState.COMING)
    turn.tell_once(
        Severity.WARNING,
        f"{key.follower}: {order.row.side.value} {key.symbol} waits for its hedge {hedge.key.symbol}, which has "
        "not been taken yet. It goes when that is taken, and is left out where that comes to nothing.",
        topic=copy_topic(key.venue, context.order_id),
        mark=f"hedge:{key}:{context.order_id}",
    )


def _leave_out(turn: Turn, context: PartContext, order: MasterOrder, hedge: Hedge) -> None:
    key, why = context.key, why_gone(hedge.part)
    detail = f"{hedge.key.symbol}: {why}"
    skip(turn, key, context.order_id, Leg.ENTRY, SkipReason.HEDGE_REFUSED, detail)
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {order.row.side.value} {key.symbol} is not sent, so that it does not stand without "
        f"its hedge {detail}. Its exits of the master will find nothing to close.",
        topic=copy_topic(key.venue, context.order_id),
    )


def touch_sold_legs(turn: Turn, child: Child) -> None:
    """Have the sold legs planned anew that wait for the answer to a bought one."""
    rules, mine = turn.state.rules.get(child.key.follower), child.key
    if rules is None or not rules.basket_window or child.leg is not Leg.ENTRY:
        return
    bought = turn.state.instrument(mine.exchange, mine.symbol)
    if bought is None or child.side is not Side.BUY or not bought.kind.is_option:
        return
    for book in options_beside(turn.state, mine, bought):
        turn.touch(book.key)


def settle_refused_sold_leg(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Follow BASKET__SOLD_LEG_REFUSED once a whole sold leg was refused: keep what was bought for it, or unwind.

    What another sold leg leans on is kept in any case.
    """
    rules = context.rules
    if not rules.basket_window or not _was_refused_now(turn, context, order, Side.SELL):
        return
    for hedge in hedges_of(turn.state, context, order):
        known = hedge.part.skips.get(Leg.ENTRY)
        if leg_state(hedge.part) not in (LegState.STANDS, LegState.COMING) or (
            known is not None and known.reason is SkipReason.UNWOUND
        ):
            continue
        leans = _another_leans_on(turn.state, hedge, than=context)
        if rules.unwind_bought_leg and leans is None:
            _unwind(turn, context, hedge)
        else:
            _keep(turn, context, hedge, leans)


def name_bare_sold_leg(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Say that a sold leg stands alone where its bought leg was acknowledged and rejected after all.

    The sold one has left by then. It is not bought back by itself: the master still holds it.
    """
    rules, state, mine = context.rules, turn.state, context.key
    if not rules.basket_window or not _was_refused_now(turn, context, order, Side.BUY):
        return
    for book in options_beside(state, mine, context.instrument):
        for sold in _sold_beside(state, context, order, book):
            hedges = hedges_of(state, sold, _order_of(sold))
            if is_hedged(state, sold, _order_of(sold), hedges):
                continue
            turn.tell(
                Severity.CRITICAL,
                f"{mine.follower}: SELL {book.key.symbol} stands without its hedge {mine.symbol}, which was taken "
                "and then rejected. Buy the hedge or close the sold leg in Kite; the master's exits are followed.",
                topic=copy_topic(mine.venue, sold.order_id),
                needs_human=True,
            )


def _sold_beside(
    state: State, context: PartContext, order: MasterOrder, book: KeyBook
) -> Iterator[PartContext]:
    position = state.master.get(book.key.master)
    instrument = state.instrument(book.key.exchange, book.key.symbol)
    if position is None or instrument is None:
        return
    for order_id, _ in sold_beside(state, order, context.key, book, context.rules):
        yield part_context(
            book,
            order_view(order_id, position=position, instrument=instrument),
            rules=context.rules,
        )


def _order_of(context: PartContext) -> MasterOrder:
    return context.position.orders[context.order_id]


def _was_refused_now(turn: Turn, context: PartContext, order: MasterOrder, side: Side) -> bool:
    """Whether the last order of a leg came to nothing in this very turn, and nothing of it has filled."""
    if order.row.side is not side or not context.instrument.kind.is_option:
        return False
    children = context.part.of(Leg.ENTRY)
    if not children or context.part.filled(Leg.ENTRY):
        return False
    if not all(_was_refused(child) for child in children):
        return False
    tags = {child.tag for child in children}
    return any(
        isinstance(each, r.IntentMoved | r.ChildSeen) and each.tag in tags for each in turn.records
    )


def _was_refused(child: Child) -> bool:
    row = child.sighting.row if child.sighting else None
    rejected = row is not None and row.status is OrderStatus.REJECTED
    return is_latched(child) and (child.state is IntentState.REFUSED or rejected)


def _another_leans_on(state: State, hedge: Hedge, *, than: PartContext) -> Key | None:
    """Return the ledger of a sold option that a bought one covers besides the refused order; None: there is none."""
    for book in options_beside(state, hedge.key, than.instrument):
        sold = state.instrument(book.key.exchange, book.key.symbol)
        if sold is None or not covers(hedge.instrument, sold):
            continue
        if book.held < 0 or any(
            _is_sold_leg(state, each, book.parts[each]) for each in book.active
        ):
            return book.key
    return None


def _is_sold_leg(state: State, order_id: OrderId, part: CopyPart) -> bool:
    """Whether a part is a sold leg that works, or is to be sent."""
    order = state.master_order(order_id)
    if order is None or order.row.side is not Side.SELL:
        return False
    position = state.master[state.master_key_of[order_id]]
    undecided = not part.of(Leg.ENTRY) and Leg.ENTRY not in part.skips
    coming = undecided and entry_quantity(position, order) > 0
    return bool(part.outstanding(Leg.ENTRY)) or coming


def _unwind(turn: Turn, context: PartContext, hedge: Hedge) -> None:
    """Have what was bought of a leg exited, its rest cancelled, and nothing of it wanted any more."""
    key, sold = hedge.key, context.part.of(Leg.ENTRY)[-1]
    why = f"{sold.command.symbol} was refused"
    skip(turn, key, hedge.order_id, Leg.ENTRY, SkipReason.UNWOUND, why)
    turn.emit(r.PartScaled(key=key, order_id=hedge.order_id, ratio="0", carry="0"))
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: {describe(sold)} was refused, so its bought leg {key.symbol} is unwound "
        f"(BASKET__SOLD_LEG_REFUSED=unwind): {hedge.part.filled(Leg.ENTRY)} bought are being sold, and "
        "what of it still works is cancelled.",
        topic=copy_topic(key.venue, hedge.order_id),
    )
    _claim_filled(turn, hedge)
    turn.wake(key, turn.at)


def _keep(turn: Turn, context: PartContext, hedge: Hedge, leans: Key | None) -> None:
    key, sold = hedge.key, context.part.of(Leg.ENTRY)[-1]
    why = f"{leans.symbol} leans on it" if leans is not None else "BASKET__SOLD_LEG_REFUSED=keep"
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {describe(sold)} was refused; its bought leg {key.symbol} is kept ({why}) and goes "
        "when the master exits it.",
        topic=copy_topic(key.venue, hedge.order_id),
    )


def claim_unwound(turn: Turn, context: PartContext) -> None:
    """Claim what an unwound leg has filled, at first and late, as an exit of its own order.

    A left-out leg counts what it fills as wanted (``contribution``): that is what is claimed, once.
    """
    known = context.part.skips.get(Leg.ENTRY)
    if known is not None and known.reason is SkipReason.UNWOUND:
        bought = Hedge(
            book=context.book,
            order_id=context.order_id,
            part=context.part,
            instrument=context.instrument,
        )
        _claim_filled(turn, bought)


def _claim_filled(turn: Turn, hedge: Hedge) -> None:
    key, part = hedge.key, hedge.part
    if not part.contribution:
        return
    # Up to whole lots: nothing of it is wanted, and a part of a lot that he has exited is claimed as none.
    lot = hedge.instrument.lot_size
    units = max(0, min(-int(-part.contribution // lot) * lot, hedge.book.virtual))
    turn.emit(r.Claimed(key=key, order_id=hedge.order_id, claim=-units))
    turn.emit(r.Contributed(key=key, order_id=hedge.order_id, amount="0"))
