"""The exit ladder: what the master has left, followed step by step until it is filled.

0 s protected MARKET (a limit at the band where MARKET is refused), 5 s a limit one band from the
last price, 15 s two bands, 30 s a person is asked and the child is left working.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.planning.wishes import Wish, marketable
from engine.core.state.context import PartContext
from engine.core.state.state import MasterOrder
from engine.core.values.child import RESTS, Child
from engine.core.values.commands import RefusalKind
from engine.core.values.copies import CopyPart
from engine.core.values.instruments import within_range
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Side
from engine.core.values.sizing import band_price

#: How long a fill of ours may be on its way when the master's is known: each needless change
#: counts towards the broker's order limits.
FILL_TRAVELS = timedelta(milliseconds=500)
#: (pause on a rung before the next, bands from the last price on the next).
RUNGS = ((timedelta(seconds=5), 1), (timedelta(seconds=10), 2))
#: The pause on the last rung before a person is asked; 30 s in all.
LAST_PAUSE = timedelta(seconds=15)
#: How soon a re-pricing that waits for a first price is looked at again.
LOOK_FOR_PRICE = timedelta(seconds=1)


def laddered(
    context: PartContext,
    side: Side,
    quantity: int,
    *,
    last_price: Decimal | None,
    at: datetime,
) -> Wish:
    """Wish what he has done: protected MARKET, after 5 s a band away, after 15 s two bands away."""
    order = context.order
    paid = order.row.average_price if order is not None else None
    market = marketable(context, side, quantity, reference=last_price or paid)
    newest = _newest_acked(context.part)
    if newest is None or newest.filled >= newest.terms.quantity:
        return market
    if newest.step == RESTS and not _is_marketable(newest, order):
        # It rested at the master's own price and he is done: the ladder begins, once a fill of
        # ours that is on its way has had the time to be learned.
        known = [order.ended_at if order else None, newest.answered_at]
        due = max((when for when in known if when), default=at) + FILL_TRAVELS
        return replace(market, keep_resting=at < due, wake_at=due if at < due else None)
    return _rung(context, newest, market, last_price=last_price, at=at)


def _rung(
    context: PartContext, newest: Child, market: Wish, *, last_price: Decimal | None, at: datetime
) -> Wish:
    """Wish the rung of the exit ladder that is due; the last is left for a person."""
    since = stands_since(newest)
    rung = max(newest.step, 0)
    reference = last_price or (newest.sighting.row.price if newest.sighting else None)
    as_it_is = _as_it_is(context, newest, market)
    if rung >= len(RUNGS):
        return as_it_is
    pause, bands = RUNGS[rung]
    due = (since or at) + pause
    if at < due or reference is None:
        return replace(as_it_is, wake_at=max(due, at + LOOK_FOR_PRICE))
    price = band_price(
        reference, side=market.side, instrument=context.instrument, rules=context.rules, bands=bands
    )
    return Wish(
        side=market.side,
        quantity=market.quantity,
        order_type=OrderType.LIMIT,
        price=price,
        step=rung + 1,
    )


def _as_it_is(context: PartContext, newest: Child, market: Wish) -> Wish:
    """Wish what stands; a re-pricing that was out of the broker's range as near as that allows."""
    terms, change = newest.terms, newest.change
    out_of_range = change is not None and change.refusal is RefusalKind.PRICE
    if change is not None and out_of_range and change.terms.price is not None:
        price = within_range(change.terms.price, context.instrument)
        terms = replace(change.terms, price=price)
    return replace(
        market,
        order_type=terms.order_type,
        price=terms.price,
        trigger_price=terms.trigger_price,
        step=newest.step,
        keep_resting=not out_of_range,
    )


def stands_since(child: Child) -> datetime | None:
    """Return when an exit came to where it stands now: sent, re-priced, or the rung begun."""
    asked_at = child.change.asked_at if child.change else child.answered_at
    return max((at for at in (asked_at, child.step_at) if at is not None), default=None)


def _is_marketable(child: Child, order: MasterOrder | None) -> bool:
    """Whether a LIMIT exit already stands beyond what the master got, as a protected MARKET does.

    The socket shows a master's protected MARKET order as a LIMIT at its band, without the tag.
    """
    limit = child.terms.price if child.terms.order_type is OrderType.LIMIT else None
    got = order.row.average_price if order is not None else None
    if limit is None or got is None:
        return False
    return (limit - got) * child.side.sign > 0


def _newest_acked(part: CopyPart) -> Child | None:
    """Return the newest exit child that works at the broker; else the newest that ended there.

    One that filled says nothing of an older one that still rests at the master's price.
    """
    taken = [child for child in part.of(Leg.EXIT) if child.order_id is not None]
    working = [child for child in taken if not child.has_ended]
    newest = working or taken
    return newest[-1] if newest else None
