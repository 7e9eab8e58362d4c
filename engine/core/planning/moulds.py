"""Moulds of children: what those of one master order have in common is worked out once, then each is cast."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.planning.wishes import Wish
from engine.core.state.context import PartContext
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.commands import Place, Priority
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Leg, tag_of
from engine.core.values.market import OrderType, Side, Tag


class Mould(Struct, frozen=True, kw_only=True, gc=False):
    """What children of one master order have in common, where their wishes and their followers' rules are alike.

    Attributes:
        deadline, last_price and the others: As in ``Place`` and ``Wish``.
    """

    leg: Leg
    priority: Priority
    mode_epoch: int
    deadline: datetime | None
    exchange: str
    symbol: str
    side: Side
    order_type: OrderType
    price: Decimal | None
    trigger_price: Decimal | None
    market_protection: Decimal | None
    last_price: Decimal | None
    step: int
    note: str


def mould_of(turn: Turn, context: PartContext, leg: Leg, wish: Wish, *, generation: int) -> Mould:
    """Return what a child has in common with others, and record what is listed of the instrument it enters."""
    entry = leg is Leg.ENTRY
    if entry:
        keep_listing(turn, context.instrument.exchange, context.instrument.symbol)
    protected = wish.order_type in (OrderType.MARKET, OrderType.SL_M)
    return Mould(
        leg=leg,
        priority=Priority.ENTRY if entry else Priority.EXIT,
        mode_epoch=turn.state.mode_epoch,
        deadline=_deadline(turn, context, generation) if entry else None,
        exchange=context.instrument.exchange,
        symbol=context.key.symbol,
        side=wish.side,
        order_type=wish.order_type,
        price=wish.price,
        trigger_price=wish.trigger_price,
        market_protection=context.rules.market_protection if protected else None,
        last_price=_reference(turn, context.instrument, context.order),
        step=wish.step,
        note=wish.note,
    )


def cast_first(
    turn: Turn, context: PartContext, mould: Mould, units: int, around: tuple[str, str]
) -> bool:
    """Decide the first child of a part in one order; return whether it was, else nothing was done.

    Args:
        turn: The turn.
        context: A part of which nothing has become, in an order of the key's own.
        mould: Of the part's first children.
        units: > 0: whole lots, and no more than one order may carry.
        around: What its tag is a hash of, but for the follower: see ``around_follower``.
    """
    state = turn.state
    if state.fence.own or state.fence.strangers:
        return False  # the tag may be in use already
    tag = tag_of(state.install_id, around[0], context.key.follower, around[1])
    cast(turn, context, mould, units, (0, 0), tag)
    return True


def cast(
    turn: Turn,
    context: PartContext,
    mould: Mould,
    units: int,
    generation_and_slice: tuple[int, int],
    tag: Tag,
) -> None:
    """Decide a child in a mould, under a tag that was looked for in vain: of so many units, > 0."""
    key = context.key
    # A person may have converted what is held; what is entered is as the master's.
    held_as = None if mould.leg is Leg.ENTRY else context.book.held_as
    command = Place(
        intent_id=tag,
        venue=key.venue,
        follower=key.follower,
        priority=mould.priority,
        mode_epoch=mould.mode_epoch,
        deadline=mould.deadline,
        tag=tag,
        exchange=mould.exchange,
        symbol=mould.symbol,
        side=mould.side,
        product=held_as or key.product,
        order_type=mould.order_type,
        quantity=units,
        price=mould.price,
        trigger_price=mould.trigger_price,
        market_protection=mould.market_protection,
        last_price=mould.last_price,
    )
    turn.planned.add(tag)
    turn.emit(
        r.ChildPlanned(
            command=command,
            key=key,
            order_id=context.order_id,
            leg=mould.leg,
            generation=generation_and_slice[0],
            attempt=0,
            step=mould.step,
            slice=generation_and_slice[1],
            at=turn.at,
            detected_at=turn.at,
            note=mould.note,
        )
    )


def keep_listing(turn: Turn, exchange: str, symbol: str) -> None:
    """Record what today's list says of an instrument that is entered, where that is news."""
    today = turn.state.instruments.find(exchange, symbol)
    kept = turn.state.listings.get((exchange, symbol))
    # Mostly the very same: it is compared by its fields only once a day.
    if today is not None and kept is not today and kept != today:
        turn.emit(r.ListingKept(instrument=today))


def _deadline(turn: Turn, context: PartContext, generation: int) -> datetime:
    """Return until when an entry may leave; what a person asked for is as old as his word."""
    order, asked_at = context.order, context.part.asked_at
    filled_at = order.fill_at if order and not generation else None
    since = turn.state.our_time(filled_at) if filled_at else turn.at
    return (since if asked_at is None else max(since, asked_at)) + context.rules.max_entry_age


def _reference(turn: Turn, instrument: Instrument, order: MasterOrder | None) -> Decimal | None:
    """Return the price the decision saw: what the master paid, else the last tick."""
    price = order.row.average_price if order else None
    return price or turn.state.prices.get(instrument.key)
