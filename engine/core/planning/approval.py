"""APPROVE=ask: an entry is put to people before anything of it leaves. Exits are never asked about here.

One answer for each order of the master: what he changes of it later is not asked again. Orders of one
side in a key that come within two seconds (a burst sliced by the freeze quantity) are one question. What
waits for an answer, and what came of it, is recorded as the reason why the order was not copied.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile

from engine.core.planning.missed import context_of, is_still_in, prices_line, size_now
from engine.core.planning.wanted import followed_quantity
from engine.core.state.context import PartContext, order_view, part_context
from engine.core.state.latches import skip
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values.copies import CopyPart
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.market import OrderId
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import Offer, OfferKind, Question, whether_to_approve
from engine.core.values.orders import OrderRow
from engine.core.values.sizing import band_price, entry_units

#: Slices of one order come within this: the same run of orders that FIXED_LOTS counts once.
BURST = timedelta(seconds=2)
#: How long an entry that he has filled is offered. A choice of ours: long enough to be seen on a phone; the
#: band is asked again at the press, so that a price that has run is not paid however soon or late that is.
LASTS = timedelta(minutes=10)


def must_ask(context: PartContext) -> bool:
    """Return whether this follower's owner is to be asked before this entry may leave."""
    part = context.part
    return context.rules.ask_first and part.asked_at is None and not part.of(Leg.ENTRY)


def ask_to_enter(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Ask about an entry once its slices are there; until it is answered nothing of it leaves."""
    due = order.seen_at + BURST
    if turn.at < due:
        turn.wake(context.key, due)
        return
    burst = [context, *_slices_of(context, order)]
    key, orders = context.key, tuple(each.order_id for each in burst)
    for order_id in orders:
        skip(turn, key, order_id, Leg.ENTRY, SkipReason.AWAITS_APPROVAL)
    # Now that none of them counts as owed any more: else what was no lot would count twice.
    units = joint_units(burst)
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {order.row.side.value} {units} {key.symbol} as the master?\n"
        f"{prices_line(turn.state, context, order.row)}\n"
        f"{_lasts(turn.state, orders, opened_at=turn.at)}",
        topic=copy_topic(key.venue, context.order_id),
        question=whether_to_approve(key, orders),
    )


def _slices_of(context: PartContext, order: MasterOrder) -> list[PartContext]:
    """Return the other orders of the run that an order began, as far as something of them is to be entered.

    With those that came to less than a lot because this one was yet to take its share: what they add is in it.
    """
    undecided = (at for at, part in context.book.active_parts() if _is_undecided(part))
    found = []
    for order_id in dict.fromkeys((*undecided, *_no_lot_since(context))):
        other = context.position.orders.get(order_id)
        if other is None or order_id == context.order_id or other.row.side is not order.row.side:
            continue
        slice_ = part_context(
            context.book,
            order_view(order_id, position=context.position, instrument=context.instrument),
            rules=context.rules,
        )
        if is_still_in(slice_, other) and (slice_.part.skips or size_now(slice_, other).units):
            found.append(slice_)
    return found


def _no_lot_since(context: PartContext) -> list[OrderId]:
    """Return the orders opened after one that came to less than a lot, oldest first; nothing was sent for them."""
    book = context.book
    since = takewhile(lambda other: other != context.order_id, reversed(book.parts))
    return [each for each in reversed(list(since)) if _came_to_no_lot(book.parts[each])]


def _came_to_no_lot(part: CopyPart) -> bool:
    known = part.skips.get(Leg.ENTRY)
    no_lot = known is not None and known.reason is SkipReason.ZERO_LOTS
    return no_lot and not part.children and part.asked_at is None


def _is_undecided(part: CopyPart) -> bool:
    return not part.skips and not part.children and part.asked_at is None


def joint_units(slices: list[PartContext]) -> int:
    """Return what orders of one answer come to now, units: the whole is rounded once."""
    found = [
        (each, order, size_now(each, order)) for each in slices if (order := each.order) is not None
    ]
    if len(found) == 1 or any(each.part.most is not None or each.part.fixed for each in slices):
        # What a limit has cut, or lots have fixed, is rounded by itself.
        return sum(size.units for _, _, size in found)
    wanted = sum(
        (
            size.ratio * max(0, followed_quantity(each, order) - size.out)
            for each, order, size in found
        ),
        0,
    )
    return entry_units(
        quantity=1,
        ratio=wanted,
        carry=found[0][2].carry,
        side=found[0][1].row.side,
        lot_size=slices[0].instrument.lot_size,
    )


def beyond_band(state: State, context: PartContext, row: OrderRow) -> Decimal | None:
    """Return the limit of the band round what the master paid, where the price of now is beyond it.

    None where it is within, where he has paid nothing yet or where no price is known; an entry that a person
    asked for is a limit at that band then.
    """
    paid, now = row.average_price, state.prices.get(context.instrument.key)
    if paid is None or now is None or not (row.is_market or row.status.is_terminal):
        return None
    limit = band_price(paid, side=row.side, instrument=context.instrument, rules=context.rules)
    return limit if (now - limit) * row.side.sign > 0 else None


def price_of_now(state: State, offer: Offer) -> str:
    """Return what an offered entry comes to now, with both prices and until when, for whoever presses."""
    slices = slices_in(state, offer.question)
    order = slices[0].order if slices else None
    if order is None:
        return "Nothing of it is left to copy."
    text = f"{order.row.side.value} {joint_units(slices)} {slices[0].key.symbol}."
    until = _lasts(state, offer.question.orders, opened_at=offer.opened_at)
    return f"{text} {prices_line(state, slices[0], order.row)} {until}"


def slices_in(state: State, question: Question) -> list[PartContext]:
    """Return the orders of a question that the master is still in, oldest first."""
    key = question.key
    found = [context_of(state, key, each) for each in question.orders] if key is not None else []
    return [
        each
        for each in found
        if each is not None and each.order is not None and is_still_in(each, each.order)
    ]


def expires_at(state: State, orders: Iterable[OrderId], *, opened_at: datetime) -> datetime | None:
    """Return until when an entry is offered; None while his order rests and nothing of it has filled."""
    known = (state.master_order(each) for each in orders)
    filled = [order.fill_at for order in known if order is not None and order.fill_at is not None]
    return max(opened_at, state.our_time(min(filled))) + LASTS if filled else None


def has_expired(turn: Turn, offer: Offer) -> bool:
    """Return whether an offer to approve was answered by nobody in time."""
    if offer.question.kind is not OfferKind.APPROVAL:
        return False
    until = expires_at(turn.state, offer.question.orders, opened_at=offer.opened_at)
    return until is not None and turn.at >= until


def note_not_approved(turn: Turn, question: Question, why: str) -> None:
    """Record for each order of a question that is over what it came to, unless it is copied."""
    book = turn.state.book(question.key) if question.key is not None else None
    if question.kind is not OfferKind.APPROVAL or book is None:
        return
    waiting = (each for each in question.orders if _awaits_answer(book.parts.get(each)))
    for order_id in waiting:
        skip(turn, book.key, order_id, Leg.ENTRY, SkipReason.NOT_APPROVED, why)


def _awaits_answer(part: CopyPart | None) -> bool:
    known = part.skips.get(Leg.ENTRY) if part is not None else None
    return known is not None and known.reason is SkipReason.AWAITS_APPROVAL


def _lasts(state: State, orders: tuple[OrderId, ...], *, opened_at: datetime) -> str:
    until = expires_at(state, orders, opened_at=opened_at)
    if until is None:
        return "Open while his order rests, and ten minutes from its first fill."
    return f"Expires {until:%H:%M}, or when he exits."
