"""The margin of an option basket, asked before its bought leg leaves: where it is short neither leg is sent.

Asked only in LIVE, and only while neither leg has left: of a bought leg that is with the broker already his
answer to the sold one tells, and the figures would count the bought one twice. The two legs wait for the
answer, nothing else does. Without one in time, or with an error, they go as if nothing had been asked.

Source: Kite Connect docs, margin calculation (``POST /margins/basket``).
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.planning.hedges import covers, hedges_of, options_beside
from engine.core.planning.wanted import entry_wish
from engine.core.planning.wishes import Wish
from engine.core.risk.scale import amount_of
from engine.core.risk.words import in_rupees
from engine.core.state.context import PartContext, order_view, part_context
from engine.core.state.latches import skip
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.copies import KeyBook
from engine.core.values.events import MarginAnswered
from engine.core.values.keys import Leg
from engine.core.values.margins import MarginCheck, MarginLeg, MarginQuestion
from engine.core.values.market import OrderId, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Sizing

#: How long the legs of a pair wait for the answer. A choice of ours: two requests on a warm connection to Kite
#: take some 50 ms each; what takes thrice as long costs more by a price that moves than the answer is worth,
#: since the broker's own refusal is still there.
ANSWER_WITHIN = timedelta(milliseconds=300)
_NOTHING = Decimal(0)


def awaits_margin(turn: Turn, context: PartContext, order: MasterOrder) -> bool:
    """Return whether a bought leg does not leave now: the margin of its basket is being asked, or is short.

    Short: it is left out with both figures, and what it was to hedge is left out for want of it.
    """
    key = context.key
    if not _is_asked_for(context, order):
        return False
    sold = list(_sold_legs(turn, context, order))
    bought = _bought_legs(turn, context, sold)
    if not sold or bought is None:
        return False
    legs = tuple(_leg(turn, each) for each in (*bought, *sold))
    check = next((each.part.margin for each in bought if each.part.margin is not None), None)
    if check is None:
        turn.emit(r.MarginAsked(key=key, order_id=context.order_id, legs=legs, at=turn.at))
        turn.questions.append(MarginQuestion(key=key, order_id=context.order_id, legs=legs))
        turn.wake(key, turn.at + ANSWER_WITHIN)
        return True
    if not check.answered:
        turn.wake(key, check.asked_at + ANSWER_WITHIN)
        return turn.at < check.asked_at + ANSWER_WITHIN
    if not _is_short(check) or _sizes(legs) != _sizes(check.legs):
        # What became another size since was not asked about: the broker will tell.
        return False
    skip(turn, key, context.order_id, Leg.ENTRY, SkipReason.MARGIN, _shortage(check))
    for each in sold:
        turn.wake(each.key, turn.at)
    return True


def take_margin(turn: Turn, event: MarginAnswered) -> None:
    """Note the answer to a question about margin; one that is late, or is about nothing, changes nothing."""
    book = turn.state.book(event.key)
    part = book.parts.get(event.order_id) if book is not None else None
    check = part.margin if part is not None else None
    if part is None or check is None or check.answered or part.of(Leg.ENTRY):
        return
    free = None
    if event.funds is not None:
        free = amount_of(event.funds, Sizing.FREE_MARGIN, event.key.exchange)
    turn.emit(
        r.MarginKnown(
            key=event.key, order_id=event.order_id, needed=event.needed, free=free, at=event.at
        )
    )
    for leg in check.legs:
        turn.touch(replace(event.key, symbol=leg.symbol))


def _shortage(check: MarginCheck) -> str:
    needed, free = check.needed or _NOTHING, check.free or _NOTHING
    return f"they need {in_rupees(needed)} and {in_rupees(free)} is free"


def _is_short(check: MarginCheck) -> bool:
    return check.needed is not None and check.free is not None and check.needed > check.free


def _sizes(legs: tuple[MarginLeg, ...]) -> list[tuple[str, Side, int]]:
    return sorted(leg.size for leg in legs)


def _is_asked_for(context: PartContext, order: MasterOrder) -> bool:
    """Whether the margin of an entry is a matter here: a bought option in LIVE. It has passed the gates, his session too."""
    part, key = context.part, context.key
    if (
        key.venue is not Venue.LIVE
        or not context.rules.basket_window
        or order.row.side is not Side.BUY
    ):
        return False
    return context.instrument.kind.is_option and part.asked_at is None and not part.of(Leg.ENTRY)


def _sold_legs(turn: Turn, context: PartContext, order: MasterOrder) -> Iterator[PartContext]:
    """Yield what the master sold within the window, a bought option hedges, and is still to be sent."""
    for book in options_beside(turn.state, context.key, context.instrument):
        for order_id, part in book.active_parts():
            other = turn.state.master_order(order_id)
            decided = part.of(Leg.ENTRY) or Leg.ENTRY in part.skips or part.asked_at is not None
            if other is None or decided or other.row.side is not Side.SELL:
                continue
            near = abs(other.seen_at - order.seen_at) <= context.rules.basket_window
            sold = _context_of(turn.state, book, order_id, context)
            if sold is None or not near or not covers(context.instrument, sold.instrument):
                continue
            if entry_quantity(sold.position, other) and _wish(turn, sold).quantity:
                yield sold


def _bought_legs(
    turn: Turn, context: PartContext, sold: list[PartContext]
) -> list[PartContext] | None:
    """Return all that hedges the sold legs and has not left, this one too; None where one has left already.

    Slices of one order are asked about together: a part of the hedge alone would need far more margin.
    """
    found = {(context.key, context.order_id): context}
    for each in sold:
        for hedge in hedges_of(turn.state, each, each.position.orders[each.order_id]):
            if hedge.part.of(Leg.ENTRY):
                return None
            known = hedge.part.skips.get(Leg.ENTRY)
            other = _context_of(turn.state, hedge.book, hedge.order_id, context)
            if other is not None and (known is None or known.reason is SkipReason.MARGIN):
                found[hedge.key, hedge.order_id] = other
    return list(found.values())


def _context_of(
    state: State, book: KeyBook, order_id: OrderId, beside: PartContext
) -> PartContext | None:
    position = state.master.get(book.key.master)
    instrument = state.listed(book.key.exchange, book.key.symbol)
    return (
        None
        if position is None or instrument is None
        else part_context(
            book, order_view(order_id, position=position, instrument=instrument), rules=beside.rules
        )
    )


def _wish(turn: Turn, context: PartContext) -> Wish:
    last = turn.state.prices.get(context.instrument.key)
    order = context.position.orders[context.order_id]
    return entry_wish(context, order, last_price=last, at=turn.at)


def _leg(turn: Turn, context: PartContext) -> MarginLeg:
    wish = _wish(turn, context)
    return MarginLeg(
        exchange=context.instrument.exchange,
        symbol=context.instrument.symbol,
        side=wish.side,
        product=context.key.product,
        order_type=wish.order_type,
        quantity=wish.quantity,
        price=wish.price,
        trigger_price=wish.trigger_price,
    )
