"""A wish: what one leg of a follower's part should come to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from engine.core.state.context import PartContext
from engine.core.state.latches import is_past_its_trigger
from engine.core.state.state import MasterOrder
from engine.core.values.child import Child
from engine.core.values.market import OrderStatus, OrderType, Side
from engine.core.values.sizing import band_price
from engine.core.values.translate import NO_MARKET, takes_market


class Wish(Struct, frozen=True, kw_only=True, gc=False):
    """What one leg of a follower's part should come to.

    Attributes:
        quantity: Units in all, over every generation of the leg, >= 0.
        price: Rupees for LIMIT and SL, None for MARKET and SL-M.
        trigger_price: Rupees for SL and SL-M.
        step: Rung of the exit ladder the price belongs to; ``RESTS`` at the master's own price.
        keep_resting: A working child at another price is left as it is (quantity still follows).
        hold: Nothing more is sent for it before ``wake_at``.
        wake_at: When the wish will be another one without any event.
        note: What was translated for the exchange, for the card; empty where nothing was.
    """

    side: Side
    quantity: int
    order_type: OrderType
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    step: int = 0
    keep_resting: bool = False
    hold: bool = False
    wake_at: datetime | None = None
    note: str = ""


def marketable(
    context: PartContext, side: Side, quantity: int, *, reference: Decimal | None
) -> Wish:
    """Wish the market price: protected MARKET, or a limit at the band where that is refused.

    Without any reference price the limit is the one that protects the master's own order; without
    that too a MARKET is wished all the same, and the broker's refusal is told.
    """
    price = None
    if not takes_market(context.instrument):
        order = context.order
        price = order.row.price if order is not None and order.row.side is side else None
        if reference is not None:
            price = band_price(
                reference, side=side, instrument=context.instrument, rules=context.rules
            )
    if price is None:
        return Wish(side=side, quantity=quantity, order_type=OrderType.MARKET, keep_resting=True)
    return Wish(
        side=side,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        price=price,
        keep_resting=True,
        note=NO_MARKET,
    )


def as_triggered(wish: Wish, children: Sequence[Child], order: MasterOrder | None) -> Wish:
    """Return the wish for a stop that was refused as passed, once his own has triggered.

    His rests as a limit then, and so does ours; the refusal proves that the market is past the trigger,
    which a status alone does not.
    """
    past = is_past_its_trigger(children, wish.trigger_price)
    if order is None or wish.price is None or not past:
        return wish
    if order.row.status is not OrderStatus.OPEN:
        return wish
    return replace(wish, order_type=OrderType.LIMIT, trigger_price=None)
