"""Plan the entry leg of a follower's part, or record why there is none."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.planning.baskets import name_bare_sold_leg, settle_refused_sold_leg
from engine.core.planning.children import are_full, follow, most_units, plan_children, wake
from engine.core.planning.comes_first import is_to_exit_first
from engine.core.planning.entry_checks import Entry, Held, may_rest_only, what_stands_against
from engine.core.planning.entry_owed import owe_from_what_is_left
from engine.core.planning.wanted import entry_wish, followed_quantity
from engine.core.planning.wishes import Wish, as_triggered
from engine.core.risk.loss import withdraws_entries
from engine.core.risk.shortfall import shortfall
from engine.core.state.cancels import want_cancel
from engine.core.state.context import PartContext
from engine.core.state.latches import is_latched, is_past_its_trigger, skip
from engine.core.state.ledger import is_out_again
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.market import OrderStatus
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.rules import Mirror

#: How long an entry may rest at its band before people hear of it; a price that has run may be back
#: within seconds.
SAID_AFTER = timedelta(seconds=10)


def plan_entry(turn: Turn, context: PartContext) -> None:
    """Plan what the entry leg of one part needs now, or record why it gets nothing."""
    part, order = context.part, context.order
    elsewhere = context.key.venue is not turn.state.venue
    if order is None or (elsewhere and not part.of(Leg.ENTRY)):
        return
    if not part.of(Leg.ENTRY) and not context.entry_quantity:
        # He enters nothing by it, and nothing was sent: every exit of his comes here.
        _note_no_entry(turn, context, order)
        return
    while _plan(turn, context, order) is Held.SIZED_ANEW:
        # Each limit is met once an order, so this ends. It may come to less than a lot, which is said too.
        pass


def _plan(turn: Turn, context: PartContext, order: MasterOrder) -> Held | None:
    """Plan it once; return what held it back, if anything."""
    if is_withdrawn(turn, context):
        return None
    part = context.part
    children = part.of(Leg.ENTRY)
    settle_refused_sold_leg(turn, context, order)
    name_bare_sold_leg(turn, context, order)
    owe_from_what_is_left(turn, context, order)
    last_price = turn.state.prices.get(context.instrument.key)
    wish = as_triggered(
        entry_wish(context, order, last_price=last_price, at=turn.at), children, order
    )
    wake(turn, context.key, wish)
    live = [child for child in children if not child.has_ended]
    need = wish.quantity - part.filled(Leg.ENTRY)
    if any(is_latched(child) for child in children):
        # One of them came to nothing, and that was told: the others do not take its units over.
        need = min(need, sum(child.outstanding for child in live))
    lacks = need - sum(child.outstanding for child in live)
    entry = Entry(turn=turn, context=context, order=order, wish=wish, units=lacks)
    held = may_rest_only(entry) if live else None
    if held is Held.SIZED_ANEW:
        return held
    if wish.hold or held is not None:
        # After a stop, before the first read, outside its session, or for a part that is too old, a
        # resting entry follows cancels and reductions.
        follow(turn, live, need, replace(wish, keep_resting=True), most=None)
        return None
    most = most_units(context.instrument)
    kept = follow(turn, live, need, wish, most=most)
    if kept > 0:
        _say_left_resting(turn, context, order, wish)
    if (kept > 0 and not are_full(live, most=most)) or any(is_latched(child) for child in children):
        return None
    if need > kept and not is_past_its_trigger(children, wish.trigger_price):
        held = what_stands_against(replace(entry, units=need - kept))
        if held is None:
            plan_children(turn, context, Leg.ENTRY, wish, need - kept)
        return held
    if not children:
        _note_no_entry(turn, context, order)
    return None


def is_withdrawn(turn: Turn, context: PartContext) -> bool:
    """Cancel what rests of an entry once only closing is left, by the daily loss; return whether anything did."""
    live = [child for child in context.part.of(Leg.ENTRY) if not child.has_ended]
    if not live or not withdraws_entries(turn.state, context.key.venue, context.key.follower):
        return False
    for child in live:
        want_cancel(turn, child)
    return True


def _say_left_resting(turn: Turn, context: PartContext, order: MasterOrder, wish: Wish) -> None:
    """Say once that the market has left the band: the master is filled, this follower waits."""
    # What is UNKNOWN may not exist at all, and has been told as that.
    live = [one for one in context.part.of(Leg.ENTRY) if one.state is IntentState.ACKED]
    resting = sum(child.outstanding for child in live)
    # What rests at his own price was wished so; of what he got at the market the rest is news.
    at_his_price = context.rules.mirror is Mirror.ORDERS and not order.row.is_market
    if order.row.status is not OrderStatus.COMPLETE or resting <= 0 or at_his_price:
        return
    # What was entered later, by a button or after a delay, has its time to fill too.
    due = max(order.ended_at or turn.at, *(one.planned_at for one in live)) + SAID_AFTER
    if turn.at < due:
        turn.wake(context.key, due)
        return
    where = f"at {wish.price}" if wish.price is not None else "at the broker's protection limit"
    turn.tell_once(
        Severity.WARNING,
        f"{context.key.follower}: {wish.side.value} {resting} {context.key.symbol} rests {where}, the "
        "market is beyond its band. It fills if the price comes back, and goes when the master exits.",
        topic=copy_topic(context.key.venue, context.order_id),
        mark=f"beyond:{context.key}:{context.order_id}",
    )


def _note_no_entry(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Record why an order of the master came to no entry, once that is certain."""
    part, row = context.part, order.row
    if Leg.ENTRY in part.skips:
        return
    if followed_quantity(context, order) > 0:
        if is_to_exit_first(context):
            # What is owed on the position before goes with it: only then is it known what this comes to.
            return
        out = is_out_again(part)
        reason = SkipReason.MASTER_EXITED if out else SkipReason.ZERO_LOTS
    elif part.claimed or part.of(Leg.EXIT):
        return
    elif row.status is OrderStatus.REJECTED:
        reason = SkipReason.MASTER_REJECTED
    elif row.status is OrderStatus.CANCELLED and not order.exit_filled:
        reason = SkipReason.MASTER_CANCELLED
    else:
        return
    detail = ""
    if reason is SkipReason.ZERO_LOTS:
        detail = shortfall(
            part,
            context.rules,
            quantity=followed_quantity(context, order),
            side=row.side,
            lot_size=context.instrument.lot_size,
        )
    skip(turn, context.key, context.order_id, Leg.ENTRY, reason, detail)
