"""Plan what a person had entered to bring a ledger in step: an ordinary child, after every exit."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.planning.children import follow, most_units, plan_children
from engine.core.planning.comes_first import LOOK_AGAIN, must_come_first
from engine.core.planning.plan_entry import is_withdrawn
from engine.core.planning.wishes import Wish, marketable
from engine.core.risk.exposure import over_limits
from engine.core.risk.gates import moment_gate
from engine.core.risk.session_gate import session_gate
from engine.core.state.context import PartContext
from engine.core.state.last_price import last_price
from engine.core.state.latches import is_latched, skip
from engine.core.state.turn import Turn, topic_of
from engine.core.values.calendar import Taken
from engine.core.values.copy_wishes import SyncWish
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.translate import takes_market

#: How long a confirmed entry may wait for the exits before it; a question stands as long.
SYNC_STANDS = timedelta(seconds=60)


def synced_units(context: PartContext) -> int:
    """Return the units a person had entered, >= 0; none once the master is out of all they stand for.

    The share of them that he has exited since is claimed as they fill, as of any entry: taken off here too,
    it would leave twice.
    """
    part = context.part
    return abs(part.sync.units) if part.sync is not None and part.kept else 0


def plan_sync(turn: Turn, context: PartContext) -> None:
    """Plan what the entry of one synced part needs now, or record why it gets nothing more."""
    part, key, asked = context.part, context.key, context.part.sync
    if asked is None or is_withdrawn(turn, context):
        return
    side = Side.BUY if asked.units > 0 else Side.SELL
    filled = part.filled(Leg.ENTRY)
    wish = _wish(turn, context, asked, side, max(synced_units(context), filled))
    children = part.of(Leg.ENTRY)
    live = [child for child in children if not child.has_ended]
    need = wish.quantity - filled
    kept = follow(turn, live, need, wish, most=None)
    if kept > 0 or need <= 0 or Leg.ENTRY in part.skips:
        return
    if any(is_latched(child) for child in children):
        return
    verdict = moment_gate(turn.state, context.rules, key.venue, at=turn.at)
    if verdict is None and turn.at > asked.at + SYNC_STANDS:
        verdict = (SkipReason.STALE, "what had to come first took over a minute")
    times = session_gate(turn.state, context.instrument, key.product, wish.order_type, at=turn.at)
    if verdict is None and times.taken is not Taken.NOW:
        verdict = (SkipReason.SESSION, times.why or "not before the next phase of its day")
    if verdict is None:
        over = over_limits(
            turn.state,
            context.rules,
            key,
            context.instrument,
            side=side,
            price=wish.price,
            units=need,
            now=need,
            of_order=filled,
            per_order=most_units(context.instrument),
        )
        verdict = (SkipReason.LIMIT, over.why) if over is not None else None
    if verdict is not None:
        _leave_out(turn, context, need, *verdict, of=asked.of)
    elif _lacks_price(context, wish) or must_come_first(turn, context, wish):
        turn.wake(key, turn.at + LOOK_AGAIN)
    else:
        plan_children(turn, context, Leg.ENTRY, wish, need)


def _wish(turn: Turn, context: PartContext, asked: SyncWish, side: Side, units: int) -> Wish:
    """Wish it at the market of now; or at the limit that a person confirmed, which is never chased."""
    if asked.limit is not None:
        return Wish(
            side=side,
            quantity=units,
            order_type=OrderType.LIMIT,
            price=asked.limit,
            keep_resting=True,
        )
    price = last_price(turn.state, context.key)
    return replace(marketable(context, side, units, reference=price), keep_resting=True)


def _lacks_price(context: PartContext, wish: Wish) -> bool:
    """Whether a contract that takes no MARKET order has no price yet to set a limit by."""
    return wish.price is None and not takes_market(context.instrument)


def _leave_out(
    turn: Turn, context: PartContext, units: int, reason: SkipReason, detail: str, *, of: str
) -> None:
    key = context.key
    skip(turn, key, context.order_id, Leg.ENTRY, reason, detail)
    why = f"{reason.value}: {detail}" if detail else reason.value
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {units} {key.symbol} of {of} were not entered: {why}.",
        topic=topic_of(key.follower),
    )
