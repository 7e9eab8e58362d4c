"""A basket of options: the bought leg goes first, and a sold leg never goes where its hedge was refused.

Only a sell-to-open of an option ever waits, and only before its first order leaves: up to
``BASKET__WINDOW_MS`` for the master's own buy of a hedge, then for the answer to the follower's buy.
Exits, covers and every other entry know nothing of this.

A leg that the broker has acknowledged counts as bought, filled or not: a market order fills within
milliseconds of it, and a hedge that rests at the master's price may rest for hours while his own sold leg has
filled. Kite asks the full margin of a sold option whose hedge is not there first (Zerodha support,
"margin benefit for hedged positions": the buy order is to be placed first).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

from engine.core.state.context import PartContext
from engine.core.state.latches import describe, is_latched, skip
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import BUDGET_TICK, SILENT_SKIPS, Turn
from engine.core.values import records as r
from engine.core.values.copies import Child, CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, copy_topic
from engine.core.values.market import OrderId, OrderStatus, Side
from engine.core.values.notices import Severity, SkipReason

_UNDECIDED = frozenset(
    {IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN, IntentState.NEEDS_HUMAN}
)


@unique
class LegState(StrEnum):
    """What became of a bought leg at the follower."""

    COMING = "coming"  #: Its order has not left, or was not answered.
    STANDS = "stands"  #: The broker has acknowledged it.
    GONE = "gone"  #: Refused, rejected, absent or left out, and nothing of it has filled.


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge:
    """The follower's part in an order by which the master bought a hedge."""

    book: KeyBook
    order_id: OrderId
    part: CopyPart

    @property
    def key(self) -> Key:
        """The ledger of the bought leg."""
        return self.book.key


def covers(bought: Instrument, sold: Instrument) -> bool:
    """Return whether a bought option bounds the loss of a sold one.

    The same underlying and right, and no earlier expiry: a call bounds no put, and what expires sooner
    leaves the sold leg bare. The strike does not matter: any one bounds it.

    Source: NSE Clearing, SPAN: positions in one underlying are one portfolio, its worst loss the margin.
    """
    if not sold.kind.is_option or bought.kind is not sold.kind or bought.symbol == sold.symbol:
        return False
    if not sold.name or (bought.exchange, bought.name) != (sold.exchange, sold.name):
        return False
    if bought.expiry is None or sold.expiry is None:
        return False
    return bought.expiry >= sold.expiry


def leg_state(part: CopyPart) -> LegState | None:
    """Return what became of a bought leg; None where nobody was to copy it."""
    children, known = part.of(Leg.ENTRY), part.skips.get(Leg.ENTRY)
    newest = [child for child in children if child.generation == children[-1].generation]
    if any(child.state in _UNDECIDED for child in children):
        return LegState.COMING
    if part.filled(Leg.ENTRY) or part.outstanding(Leg.ENTRY):
        return LegState.STANDS
    if known is not None and known.reason in SILENT_SKIPS:
        return None
    if any(_goes_in_another_form(child) for child in newest):
        return LegState.COMING
    return LegState.GONE if children or known is not None else LegState.COMING


def _goes_in_another_form(child: Child) -> bool:
    """Whether a refused order is sent again by itself: as a limit, or once its trigger has passed."""
    return child.state is IntentState.REFUSED and not child.lifted and not is_latched(child)


def hedges_of(state: State, context: PartContext, order: MasterOrder) -> list[Hedge]:
    """Return the follower's parts in what the master bought as a hedge within the window."""
    window, mine = context.rules.basket_window, context.key
    found = []
    for at, position in state.master.items():
        if (at.exchange, at.product) != (mine.exchange, mine.product) or at == mine.master:
            continue
        bought = state.instrument(at.exchange, at.symbol)
        book = state.books.get(at, {}).get((mine.venue, mine.follower))
        if bought is None or book is None or not covers(bought, context.instrument):
            continue
        for order_id, other in position.orders.items():
            part = book.parts.get(order_id)
            near = abs(other.seen_at - order.seen_at) <= window
            if part is None or not near or other.row.side is not Side.BUY:
                continue
            if entry_quantity(position, other):
                found.append(Hedge(book=book, order_id=order_id, part=part))
    return found


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
        turn.wake(context.key, turn.at + BUDGET_TICK)
        return True
    if not states and turn.at < order.seen_at + rules.basket_window:
        turn.wake(context.key, order.seen_at + rules.basket_window)
        return True
    if not states or LegState.STANDS in states:
        return False
    _leave_out(turn, context, order, next(each for each in hedges if leg_state(each.part)))
    return True


def _leave_out(turn: Turn, context: PartContext, order: MasterOrder, hedge: Hedge) -> None:
    key, why = context.key, _why_gone(hedge.part)
    detail = f"{hedge.key.symbol}: {why}"
    skip(turn, key, context.order_id, Leg.ENTRY, SkipReason.HEDGE_REFUSED, detail)
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {order.row.side.value} {key.symbol} is not sent, so that it does not stand without "
        f"its hedge {detail}. Its exits of the master will find nothing to close.",
        topic=copy_topic(key.venue, context.order_id),
    )


def _why_gone(part: CopyPart) -> str:
    known = part.skips.get(Leg.ENTRY)
    if known is not None:
        return f"{known.reason.value}: {known.detail}" if known.detail else known.reason.value
    said = next((child.reason for child in reversed(part.of(Leg.ENTRY)) if child.reason), "")
    return said.rstrip(".") or "it came to nothing at the broker"


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


def options_beside(state: State, mine: Key, option: Instrument) -> Iterator[KeyBook]:
    """Yield the follower's ledgers in other options of the same underlying, right and product."""
    for at, books in state.books.items():
        book = books.get((mine.venue, mine.follower))
        if book is None or (at.exchange, at.product) != (mine.exchange, mine.product):
            continue
        other = state.instrument(at.exchange, at.symbol)
        if other is None or at == mine.master:
            continue
        if (other.kind, other.name) == (option.kind, option.name):
            yield book


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
            if any(
                leg_state(each.part) is LegState.STANDS
                for each in hedges_of(state, sold, _order_of(sold))
            ):
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
    """Yield the sold legs of a ledger that have left and had a bought order of his for their hedge."""
    position = state.master.get(book.key.master)
    instrument = state.instrument(book.key.exchange, book.key.symbol)
    if position is None or instrument is None or not covers(context.instrument, instrument):
        return
    for order_id, part in book.parts.items():
        other = position.orders.get(order_id)
        if other is None or other.row.side is not Side.SELL:
            continue
        near = abs(other.seen_at - order.seen_at) <= context.rules.basket_window
        if near and (part.filled(Leg.ENTRY) or part.outstanding(Leg.ENTRY)):
            yield PartContext(
                book=book,
                order_id=order_id,
                position=position,
                instrument=instrument,
                rules=context.rules,
            )


def _order_of(context: PartContext) -> MasterOrder:
    return context.position.orders[context.order_id]


def _was_refused_now(turn: Turn, context: PartContext, order: MasterOrder, side: Side) -> bool:
    """Whether the last order of a leg came to nothing in this very turn, and nothing of it has filled."""
    children = context.part.of(Leg.ENTRY)
    is_leg = order.row.side is side and context.instrument.kind.is_option
    if not is_leg or not children or context.part.filled(Leg.ENTRY):
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
    bought = state.instrument(hedge.key.exchange, hedge.key.symbol)
    for book in options_beside(state, hedge.key, than.instrument):
        sold = state.instrument(book.key.exchange, book.key.symbol)
        if bought is None or sold is None or not covers(bought, sold):
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
        _claim_filled(turn, Hedge(book=context.book, order_id=context.order_id, part=context.part))


def _claim_filled(turn: Turn, hedge: Hedge) -> None:
    key, part = hedge.key, hedge.part
    instrument = turn.state.instrument(key.exchange, key.symbol)
    if not part.contribution or instrument is None:
        return
    # Up to whole lots: nothing of it is wanted, and a part of a lot that he has exited is claimed as none.
    lot = instrument.lot_size
    units = max(0, min(-int(-part.contribution // lot) * lot, hedge.book.virtual))
    turn.emit(r.Claimed(key=key, order_id=hedge.order_id, claim=-units))
    turn.emit(r.Contributed(key=key, order_id=hedge.order_id, amount="0"))
