"""What the master bought as the hedge of a sold option, and what became of it at a follower."""

from collections.abc import Collection, Iterator
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.planning.plan_exit import given_up
from engine.core.state.context import PartContext
from engine.core.state.latches import is_latched
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import SILENT_SKIPS
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import OrderId, Side
from engine.core.values.rules import FollowerRules

_UNDECIDED = frozenset(
    {IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN, IntentState.NEEDS_HUMAN}
)


@unique
class LegState(StrEnum):
    """What became of a bought leg at the follower."""

    COMING = "coming"  #: Its order has not left, or was not answered.
    STANDS = "stands"  #: The broker has acknowledged it.
    GONE = (
        "gone"  #: It, or the exit before it, came to nothing: refused, rejected, absent, left out.
    )


class Hedge(Struct, frozen=True, kw_only=True, gc=False):
    """The follower's part in an order by which the master bought a hedge."""

    book: KeyBook
    order_id: OrderId
    part: CopyPart
    instrument: Instrument

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
    gone = children or known is not None or _is_behind_a_final_exit(part)
    return LegState.GONE if gone else LegState.COMING


def why_gone(part: CopyPart) -> str:
    """Return why a bought leg that is gone does not come, in a few words."""
    known = part.skips.get(Leg.ENTRY)
    if known is not None:
        return f"{known.reason.value}: {known.detail}" if known.detail else known.reason.value
    children = part.of(Leg.ENTRY)
    first = "" if children else "its exit comes first: "
    said = (child.reason for child in reversed(children or part.of(Leg.EXIT)) if child.reason)
    return first + (next(said, "").rstrip(".") or "it came to nothing at the broker")


def _is_behind_a_final_exit(part: CopyPart) -> bool:
    """Whether its order goes through zero and the exit before it came to a final end: a person was asked.

    It goes only where he has that sent again. What only rested is sent at the market by itself.
    """
    missing = part.unfilled_claim - part.outstanding(Leg.EXIT)
    return 0 < missing <= given_up(part.of(Leg.EXIT), at_market=True)


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
                found.append(Hedge(book=book, order_id=order_id, part=part, instrument=bought))
    return found


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


def is_hedged(
    state: State, context: PartContext, order: MasterOrder, hedges: Collection[Hedge]
) -> bool:
    """Return whether what stands of the hedges bounds a sold order, beside the sold ones that lean on them already.

    Counted in units of the master's: the follower's own are rounded to lots, each order by itself.
    """
    stand = [each for each in hedges if leg_state(each.part) is LegState.STANDS]
    bought = sold = 0
    leaning = set[OrderId]()
    for hedge in stand:
        his = state.master[hedge.key.master]
        bought += entry_quantity(his, his.orders[hedge.order_id])
        leaning |= set(_leaning_on(state, hedge, his.orders[hedge.order_id], context))
    for order_id in leaning - {context.order_id}:
        position = state.master[state.master_key_of[order_id]]
        sold += entry_quantity(position, position.orders[order_id])
    return entry_quantity(context.position, order) <= bought - sold


def _leaning_on(
    state: State, hedge: Hedge, bought: MasterOrder, context: PartContext
) -> Iterator[OrderId]:
    """Yield the sold orders that have left and had a bought one for their hedge."""
    for book in options_beside(state, hedge.key, context.instrument):
        yield from (each for each, _ in sold_beside(state, bought, hedge.key, book, context.rules))


def sold_beside(
    state: State, bought: MasterOrder, at: Key, book: KeyBook, rules: FollowerRules
) -> Iterator[tuple[OrderId, CopyPart]]:
    """Yield the sold orders of a ledger that have left and had a bought order of his for their hedge."""
    position = state.master.get(book.key.master)
    hedge, sold = (state.instrument(each.exchange, each.symbol) for each in (at, book.key))
    if position is None or hedge is None or sold is None or not covers(hedge, sold):
        return
    for order_id, part in book.parts.items():
        other = position.orders.get(order_id)
        if other is None or other.row.side is not Side.SELL:
            continue
        near = abs(other.seen_at - bought.seen_at) <= rules.basket_window
        if near and (part.filled(Leg.ENTRY) or part.outstanding(Leg.ENTRY)):
            yield order_id, part
