"""An entry over a limit of its follower's: left out whole, or cut, for as long as its order lives."""

from engine.core.planning.children import most_units
from engine.core.planning.wanted import whole_units
from engine.core.planning.wishes import Wish
from engine.core.risk.exposure import over_limits
from engine.core.risk.limits import OverLimit
from engine.core.state.context import PartContext
from engine.core.state.latches import skip
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.exact import Exact
from engine.core.values.instruments import round_to_lots
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.rules import Oversize


def is_limited(
    turn: Turn, context: PartContext, order: MasterOrder, wish: Wish, units: int, *, new: bool
) -> bool:
    """Keep an entry inside its follower's limits; return whether its wish is another one now.

    A limit is met once an order: what was cut or left out stays so, whatever is raised, sliced or filled
    later, and the exact wanted holding counts no more than that.

    Args:
        turn: The turn.
        context: The part.
        order: The master's order.
        wish: What the entry should come to.
        units: Further units that it lacks, > 0.
        new: Whether they leave in orders of their own; else an order that works is raised.
    """
    if not context.rules.limits_entries:
        return False
    begun = wish.quantity - units
    # Of one that is copied as it fills the whole is judged, before anything of it is entered.
    wanted = units if begun else max(units, whole_units(context, order))
    over = over_limits(
        turn.state,
        context.rules,
        context.key,
        context.instrument,
        side=wish.side,
        price=wish.price or wish.trigger_price,
        units=wanted,
        now=units if new else 0,
        of_order=begun,
        per_order=most_units(context.instrument),
        reference=order.row.average_price,
    )
    if over is None or over.passes >= wanted:
        return False
    cut = over.passes if context.rules.oversize is Oversize.CUT else 0
    if begun + cut:
        _cut(turn, context, order, begun + cut, wanted - cut, over)
    else:
        skip(turn, context.key, context.order_id, Leg.ENTRY, SkipReason.LIMIT, over.why)
    return True


def scale_limit(turn: Turn, context: PartContext, kept: Exact) -> None:
    """Scale what a limit left of an order by what the master has kept of it since, and say so.

    No more than that is wanted of it then.
    """
    part, key = context.part, context.key
    if part.most is None:
        return
    most = round_to_lots(int(part.most * kept), context.instrument.lot_size)
    amount = max(-most, min(most, part.contribution))
    why = "a limit had cut it, and he has exited a share of it since"
    turn.emit(_limited(turn, context, most, amount, why))
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: the entry in {key.symbol} comes to {most} at most: {why}.",
        topic=copy_topic(key.venue, context.order_id),
    )


def _cut(
    turn: Turn, context: PartContext, order: MasterOrder, most: int, off: int, over: OverLimit
) -> None:
    part, key, side = context.part, context.key, order.row.side
    counted = min(part.exact_of(part.entered), most) - part.exact_of(part.entered)
    amount = part.contribution + side.sign * part.kept * counted
    turn.emit(_limited(turn, context, most, amount, over.why))
    turn.card(key.venue, context.order_id)
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {side.value} {key.symbol} is kept at {most} instead of {most + off}: {over.why}.",
        topic=copy_topic(key.venue, context.order_id),
    )


def _limited(
    turn: Turn, context: PartContext, most: int, amount: Exact, detail: str
) -> r.PartLimited:
    return r.PartLimited(
        key=context.key,
        order_id=context.order_id,
        most=most,
        amount=str(amount),
        detail=detail,
        at=turn.at,
    )
