"""What a follower should have for one master order: the wish, never the way there."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.context import PartContext
from engine.core.keys import Leg
from engine.core.ledger import entry_quantity, is_out_again, working_split
from engine.core.market import OrderId, OrderType, Side
from engine.core.rules import Mirror
from engine.core.sizing import band_price, claim_units, entry_units
from engine.core.state import Child, CopyPart, KeyBook, MasterOrder

#: How long a child may go on resting at the master's own price after he is done, so that a fill
#: on its way is not raced by a cancel; the same pause as before an orphan is closed.
SETTLE = timedelta(seconds=2)
#: How long a fill of ours may be on its way when the master's is known: each needless cancel
#: counts towards the broker's order limits.
FILL_TRAVELS = timedelta(milliseconds=500)
#: When an exit child that did not fill is re-priced, and when a person is asked (exit ladder).
EXIT_REPRICE = timedelta(seconds=5)
EXIT_ASK = timedelta(seconds=30)
#: How soon a re-pricing that waits for a first price is looked at again.
LOOK_FOR_PRICE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one leg of a follower's part should come to.

    Attributes:
        quantity: Units in all, over every generation of the leg, >= 0.
        price: Rupees for LIMIT, None for MARKET.
        step: Rung of the exit ladder the price belongs to.
        keep_resting: A working child at another price is left as it is (quantity still follows).
        wake_at: When the wish will be another one without any event.
    """

    side: Side
    quantity: int
    order_type: OrderType
    price: Decimal | None = None
    step: int = 0
    keep_resting: bool = False
    wake_at: datetime | None = None


def entry_wish(context: PartContext, order: MasterOrder, *, at: datetime) -> Wish:
    """Return the wanted entry of one master order.

    Working: the same price, following modifications. Ended with the child unfilled: ``sweep``
    re-prices to a limit at the band, ``orders`` leaves it resting. Once the master is flat again
    only what has filled is wanted.
    """
    part, row = context.part, order.row
    units = entry_units(
        quantity=entry_quantity(context.position, order),
        ratio=part.ratio,
        carry=part.carry,
        side=row.side,
        lot_size=context.instrument.lot_size,
    )
    out = row.status.is_terminal and is_out_again(context.book, part)
    if out or row.order_type not in (OrderType.MARKET, OrderType.LIMIT):
        # He is out again, or made it an order of a kind that is not copied while it works.
        units = 0
    quantity = max(units, part.filled(Leg.ENTRY))
    if row.is_market and not order.was_exit:
        return Wish(
            side=row.side, quantity=quantity, order_type=OrderType.MARKET, keep_resting=True
        )
    rests = not row.status.is_terminal or context.rules.mirror is Mirror.ORDERS
    if rests and not order.was_exit:
        return Wish(
            side=row.side,
            quantity=quantity,
            order_type=OrderType.LIMIT,
            price=row.price,
            keep_resting=row.status.is_terminal,
        )
    return _swept(context, order, quantity, at=at)


def _swept(context: PartContext, order: MasterOrder, quantity: int, *, at: datetime) -> Wish:
    """Wish the rest at the band round the master's price, once his order has settled."""
    row, instrument = order.row, context.instrument
    reference = row.average_price or row.price or instrument.tick_size
    due = (order.ended_at or at) + SETTLE
    price = band_price(reference, side=row.side, instrument=instrument, rules=context.rules)
    return Wish(
        side=row.side,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        price=price,
        keep_resting=at < due,
        wake_at=due if at < due else None,
    )


def exit_wish(context: PartContext, *, last_price: Decimal | None, at: datetime) -> Wish | None:
    """Return the wanted exit of one master order, or None where it exits nothing.

    Claimed units and, while his order works, his share of what is left. A working LIMIT rests at
    his price; what he has done is sent as protected MARKET, then re-priced once.

    Args:
        context: The part.
        last_price: Rupees of the newest tick; None where none came.
        at: The time of the decision.
    """
    part, order = context.part, context.order
    share = _working_share(context)
    claimed = abs(part.claimed)
    if not claimed and not share and not part.of(Leg.EXIT):
        return None
    side = _exit_side(context.book, part, order)
    mine, free = _allotted(context.book, context.order_id, side)
    filled = part.filled(Leg.EXIT)
    ahead = max(0, filled - claimed)
    quantity = filled + mine + min(max(0, share - ahead), free)
    row = order.row if order is not None else None
    if row is not None and share > 0 and row.order_type is OrderType.LIMIT and not row.is_market:
        return Wish(side=side, quantity=quantity, order_type=OrderType.LIMIT, price=row.price)
    return _laddered(context, side, quantity, last_price=last_price, at=at)


def _working_share(context: PartContext) -> int:
    """Return what the unfilled remainder of a working exit is worth here, units >= 0."""
    order, position, book = context.order, context.position, context.book
    if order is None or order.row.order_type not in (OrderType.LIMIT, OrderType.MARKET):
        # A stop that waits is not mirrored yet; its fill is, through the claim.
        return 0
    remainder = working_split(position, order)[0]
    if remainder == 0 or book.virtual * position.net <= 0:
        return 0
    units, _ = claim_units(
        virtual=abs(book.virtual),
        rest=book.claim_rest,
        part=remainder,
        of=abs(position.net),
        lot_size=context.instrument.lot_size,
    )
    return units


def _exit_side(book: KeyBook, part: CopyPart, order: MasterOrder | None) -> Side:
    if part.claimed:
        return Side.BUY if part.claimed > 0 else Side.SELL
    children = part.of(Leg.EXIT)
    if children:
        return children[-1].side
    if order is not None:
        return order.row.side
    return Side.SELL if book.held > 0 else Side.BUY


def _allotted(book: KeyBook, order_id: OrderId, side: Side) -> tuple[int, int]:
    """Return (units this order's claim may still exit, units held beyond all claims).

    What all claims together may take is what is held beyond what should be held. Claims whose exit
    is on its way come first, then the newest: so they never add up to more than the holding, and one
    that came to nothing never reaches into a position that was built after it.
    """
    holding = max(0, -side.sign * book.held)
    left = due = min(holding, max(0, -side.sign * (book.held - book.virtual)))
    mine = 0
    newest_first = reversed(book.active_parts())
    for other, part in sorted(newest_first, key=lambda pair: not pair[1].outstanding(Leg.EXIT)):
        owed = part.unfilled_claim if part.claimed * side.sign > 0 else 0
        got = min(left, owed)
        left -= got
        if other == order_id:
            mine = got
    return mine, holding - due


def _laddered(
    context: PartContext,
    side: Side,
    quantity: int,
    *,
    last_price: Decimal | None,
    at: datetime,
) -> Wish:
    """Wish a protected MARKET exit; once it has not filled for 5 s, a limit two bands away."""
    market = Wish(side=side, quantity=quantity, order_type=OrderType.MARKET, keep_resting=True)
    newest = _newest_acked(context.part)
    if newest is None or newest.filled >= newest.command.quantity:
        return market
    if newest.command.order_type is OrderType.LIMIT and newest.step == 0:
        order = context.order
        if not _is_marketable(newest, order):
            # It rested at the master's own price and he is done: the ladder begins, once a fill
            # of ours that is on its way has had the time to be learned.
            known = [order.ended_at if order else None, newest.answered_at]
            due = max((when for when in known if when), default=at) + FILL_TRAVELS
            return replace(market, keep_resting=at < due, wake_at=due if at < due else None)
    reference = last_price or (newest.sighting.row.price if newest.sighting else None)
    due = (newest.answered_at or at) + EXIT_REPRICE
    if newest.step > 0:
        return Wish(
            side=side,
            quantity=quantity,
            order_type=OrderType.LIMIT,
            price=newest.command.price,
            step=newest.step,
            keep_resting=True,
        )
    if at < due or reference is None:
        return replace(market, wake_at=max(due, at + LOOK_FOR_PRICE))
    price = band_price(
        reference, side=side, instrument=context.instrument, rules=context.rules, bands=2
    )
    return Wish(side=side, quantity=quantity, order_type=OrderType.LIMIT, price=price, step=1)


def _is_marketable(child: Child, order: MasterOrder | None) -> bool:
    """Whether a LIMIT exit already stands beyond what the master got, as a protected MARKET does.

    The socket shows a master's protected MARKET order as a LIMIT at its band, without the tag.
    """
    limit = child.command.price
    got = order.row.average_price if order is not None else None
    if limit is None or got is None:
        return False
    return (limit - got) * child.side.sign > 0


def _newest_acked(part: CopyPart) -> Child | None:
    """Return the newest exit child the broker has taken, working or cancelled by us."""
    for child in reversed(part.of(Leg.EXIT)):
        if child.order_id is not None:
            return child
    return None
