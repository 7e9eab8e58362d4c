"""Plan the entry leg of a follower's part, or record why there is none."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from engine.core.planning.approval import ask_to_enter, must_ask
from engine.core.planning.basket_margin import awaits_margin
from engine.core.planning.baskets import (
    name_bare_sold_leg,
    settle_refused_sold_leg,
    sold_leg_is_held_back,
)
from engine.core.planning.children import are_full, follow, most_units, plan_children, wake
from engine.core.planning.limited import is_limited, scale_limit
from engine.core.planning.missed import offer_missed
from engine.core.planning.overshoot import awaits_cover
from engine.core.planning.plan_exit import given_up
from engine.core.planning.wanted import entry_wish, followed_quantity
from engine.core.planning.wishes import Wish, as_triggered
from engine.core.risk.burst import burst_gate
from engine.core.risk.delivery_notices import skip_short_sale
from engine.core.risk.first_read import entry_waits, exit_waits
from engine.core.risk.gates import Verdict, age_gate, moment_gate, standing_gate
from engine.core.risk.loss import withdraws_entries
from engine.core.risk.session_gate import session_gate
from engine.core.risk.shortfall import shortfall
from engine.core.state.cancels import want_cancel
from engine.core.state.context import PartContext
from engine.core.state.delivery import goes_short
from engine.core.state.latches import is_latched, is_past_its_trigger, skip
from engine.core.state.ledger import carry_of, entry_quantity, is_out_again, working_split
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.calendar import EntryTimes, Taken
from engine.core.values.copies import Child, CopyPart, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, copy_topic, row_key
from engine.core.values.market import OrderStatus, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.rules import Mirror

#: How soon a waiting entry is looked at again without an event.
LOOK_AGAIN = timedelta(seconds=1)
#: How long an entry may rest at its band before people hear of it; a price that has run may be back
#: within seconds.
SAID_AFTER = timedelta(seconds=10)


def plan_entry(turn: Turn, context: PartContext) -> None:
    """Plan what the entry leg of one part needs now, or record why it gets nothing."""
    part, order = context.part, context.order
    elsewhere = context.key.venue is not turn.state.venue
    if order is None or (elsewhere and not part.of(Leg.ENTRY)) or is_withdrawn(turn, context):
        return
    settle_refused_sold_leg(turn, context, order)
    name_bare_sold_leg(turn, context, order)
    _owe_from_what_is_left(turn, context, order)
    last_price = turn.state.prices.get(context.instrument.key)
    children = part.of(Leg.ENTRY)
    wish = as_triggered(
        entry_wish(context, order, last_price=last_price, at=turn.at), children, order
    )
    wake(turn, context.key, wish)
    live = [child for child in children if not child.has_ended]
    need = wish.quantity - part.filled(Leg.ENTRY)
    if any(is_latched(child) for child in children):
        # One of them came to nothing, and that was told: the others do not take its units over.
        need = min(need, sum(child.outstanding for child in live))
    stopped = moment_gate(turn.state, context.rules, context.key.venue, at=turn.at) is not None
    stopped = stopped or (bool(live) and entry_waits(turn, context.key))
    raised = need > sum(child.outstanding for child in live)
    if live and raised and not stopped:
        late = _too_old(turn, context, order) is not None
        stopped = late or _entry_times(turn, context, order, wish).taken is not Taken.NOW
        lacks = need - sum(child.outstanding for child in live)
        if not stopped and is_limited(turn, context, order, wish, lacks, new=False):
            plan_entry(turn, context)
            return
    if wish.hold or (live and stopped):
        # After a stop, before the first read, outside its session, or for a part that is too old, a
        # resting entry follows cancels and reductions.
        follow(turn, live, need, replace(wish, keep_resting=True), most=None)
        return
    most = most_units(context.instrument)
    kept = follow(turn, live, need, wish, most=most)
    if kept > 0:
        _say_left_resting(turn, context, order, wish)
    if (kept > 0 and not are_full(live, most=most)) or any(is_latched(child) for child in children):
        return
    if need > kept and not is_past_its_trigger(children, wish.trigger_price):
        _enter(turn, context, order, wish, need - kept)
    elif not children:
        _note_no_entry(turn, context, order)


def is_withdrawn(turn: Turn, context: PartContext) -> bool:
    """Cancel what rests of an entry once only closing is left, by the daily loss; return whether anything did."""
    live = [child for child in context.part.of(Leg.ENTRY) if not child.has_ended]
    if not live or not withdraws_entries(turn.state, context.key.venue, context.key.follower):
        return False
    for child in live:
        want_cancel(turn, child)
    return True


def _owe_from_what_is_left(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Pin what is owed to an order anew if it comes to be planned later than it was seen.

    An order through zero waits for its own exit leg: what was owed on the position before (an excess
    that was kept, a fraction) went with it. One that waited for an order of unknown fate owes the
    less if that one has filled. One that was seen with an order that was then left out takes the
    fraction that the other was to take; with one that was then sized anew, what that one leaves.
    """
    part = context.part
    if part.kept != 1 or part.of(Leg.ENTRY) or Leg.ENTRY in part.skips:
        return
    if not (order.exit_filled or order.seen_at < turn.at or _another_was_changed(turn, context)):
        return
    if not entry_quantity(context.position, order):
        return
    if part.outstanding(Leg.EXIT) or part.unfilled_claim:
        return
    carry = _owed_before(context)
    if carry != part.carry:
        turn.emit(
            r.PartScaled(
                key=context.key,
                order_id=context.order_id,
                ratio=str(part.ratio),
                carry=str(carry),
                fixed=part.fixed,
            )
        )


def _another_was_changed(turn: Turn, context: PartContext) -> bool:
    """Return whether this turn left out another order of the ledger, or sized it anew: it counted before."""
    if any(isinstance(each, r.PartScaled) and each.key == context.key for each in turn.records):
        return True
    skips = (other.skips.get(Leg.ENTRY) for _, other in context.book.active_parts())
    return any(
        known is not None and known.at == turn.at and known.reason is not SkipReason.ZERO_LOTS
        for known in skips
    )


def _say_left_resting(turn: Turn, context: PartContext, order: MasterOrder, wish: Wish) -> None:
    """Say once that the market has left the band: the master is filled, this follower waits."""
    # What is UNKNOWN may not exist at all, and has been told as that.
    resting = sum(
        child.outstanding
        for child in context.part.of(Leg.ENTRY)
        if child.state is IntentState.ACKED
    )
    # What rests at his own price was wished so; of what he got at the market the rest is news.
    at_his_price = context.rules.mirror is Mirror.ORDERS and not order.row.is_market
    if order.row.status is not OrderStatus.COMPLETE or resting <= 0 or at_his_price:
        return
    due = (order.ended_at or turn.at) + SAID_AFTER
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
        if _is_to_exit_first(context, order):
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


def _enter(turn: Turn, context: PartContext, order: MasterOrder, wish: Wish, units: int) -> None:
    """Plan an entry child, or record why not, or wait for what must come first."""
    part, key = context.part, context.key
    known = part.skips.get(Leg.ENTRY)
    if known is not None and known.reason is not SkipReason.ZERO_LOTS:
        return
    if goes_short(key, wish.side):
        skip_short_sale(turn, context)
        return
    verdict = moment_gate(turn.state, context.rules, key.venue, at=turn.at)
    if verdict is None:
        verdict = (
            _not_asked_before(turn, context, order)
            or _too_old(turn, context, order)
            or _in_a_burst(context, order)
        )
    times = _entry_times(turn, context, order, wish)
    if verdict is None and times.taken is Taken.NOT:
        verdict = SkipReason.SESSION, times.why
    if verdict is not None:
        skip(turn, key, context.order_id, Leg.ENTRY, *verdict)
        offer_missed(turn, context, *verdict)
    elif times.since is not None:
        turn.wake(key, turn.state.our_time(times.since))
    elif must_come_first(turn, context, wish):
        turn.wake(key, turn.at + LOOK_AGAIN)
    elif not _is_another_wish_now(turn, context, order, wish, units):
        _leave(turn, context, order, wish, units)
    else:
        # It may come to less than a lot, which is said too.
        plan_entry(turn, context)


def _not_asked_before(turn: Turn, context: PartContext, order: MasterOrder) -> Verdict:
    """Ask what stands against the entry of an order that was an exit alone when it was first seen."""
    if not order.was_exit or context.part.of(Leg.ENTRY):
        return None
    return standing_gate(turn.state, context.rules, row_key(order.row), order.row)


def _is_another_wish_now(
    turn: Turn, context: PartContext, order: MasterOrder, wish: Wish, units: int
) -> bool:
    """Whether the entry was sized anew, by what he has kept of it or by a limit."""
    sized = _shrink_to_what_he_kept(turn, context, wish.side)
    return sized or is_limited(turn, context, order, wish, units, new=True)


def _leave(turn: Turn, context: PartContext, order: MasterOrder, wish: Wish, units: int) -> None:
    """Plan the orders of an entry that nothing stands against, or have its owner or its hedge come first."""
    if must_ask(context):
        ask_to_enter(turn, context, order)
    elif awaits_margin(turn, context, order):
        return
    elif not sold_leg_is_held_back(turn, context, order):
        plan_children(turn, context, Leg.ENTRY, wish, units)


def _entry_times(turn: Turn, context: PartContext, order: MasterOrder, wish: Wish) -> EntryTimes:
    return session_gate(
        turn.state,
        context.instrument,
        context.key.product,
        wish.order_type,
        at=turn.at,
        order=order,
    )


def _in_a_burst(context: PartContext, order: MasterOrder) -> Verdict:
    """Judge fixed lots once more: what was an exit when it was first seen may turn out to enter."""
    part = context.part
    if not part.fixed or part.of(Leg.ENTRY) or part.asked_at is not None:
        return None
    return burst_gate(context.book, context.position, context.order_id, order)


def _too_old(turn: Turn, context: PartContext, order: MasterOrder) -> Verdict:
    """Return why what the master has filled is too old to enter on, or None.

    Of an order that is copied part by part his newest fill is judged. What rests with his order was
    taken in time, and only takes another place in the book. What a person asked for is as old as that.
    """
    asked_at = context.part.asked_at
    if asked_at is not None and turn.at - asked_at <= context.rules.max_entry_age:
        return None
    if not any(child.order_id for child in context.part.of(Leg.ENTRY)):
        return age_gate(turn.state, context.rules, order, at=turn.at)
    in_parts = order.was_exit or (context.rules.mirror is Mirror.FILLS and not order.row.is_market)
    if not in_parts:
        return None
    return age_gate(turn.state, context.rules, order, at=turn.at, further=True)


def _shrink_to_what_he_kept(turn: Turn, context: PartContext, side: Side) -> bool:
    """Size an entry of which nothing has filled, and that had to wait, by what the master has kept of it since.

    What is owed is pinned anew: it was shared out with orders that were sized anew before this one. Where a
    copy of it was withdrawn, what he is out of again is taken off there, so that what still fills counts whole.

    Returns:
        Whether it was sized anew; the wish is then another one.
    """
    part, kept = context.part, context.part.kept
    begun = any(child.filled or not child.has_ended for child in part.of(Leg.ENTRY))
    if begun or kept in (0, 1):
        return False
    scale_limit(turn, context, kept)
    ratio, carry = part.ratio * kept, _owed_before(context)
    if part.of(Leg.ENTRY):
        ratio = part.ratio
        carry += part.contribution - side.sign * part.exact_of(part.entered)
    turn.emit(
        r.PartScaled(
            key=context.key,
            order_id=context.order_id,
            ratio=str(ratio),
            carry=str(carry),
            fixed=part.fixed,
        )
    )
    return True


def _owed_before(context: PartContext) -> Fraction:
    return carry_of(
        context.book,
        context.position,
        lot_size=context.instrument.lot_size,
        before=context.order_id,
    )


def must_come_first(turn: Turn, context: PartContext, wish: Wish) -> bool:
    """Return whether an entry waits: for exits and covers before it, an UNKNOWN entry, the book, the clock."""
    key, order = context.key, context.order
    if context.order_id in turn.state.products.waiting:
        # What of it is no certain exit may close what he converted: his positions tell.
        return True
    if _is_to_exit_first(context, order):
        return True
    if turn.state.awaits_clock or entry_waits(turn, key):
        return True
    book = context.book
    if awaits_cover(turn, book):
        return True
    if any(_is_leaving(turn, book, other, wish.side) for _, other in book.active_parts()):
        return True
    return any(
        child.state.is_unresolved
        or _is_on_its_way_in(turn.state, child, opposite=wish.side.opposite)
        for _, other in book.active_parts()
        for child in other.of(Leg.ENTRY)
    )


def _is_to_exit_first(context: PartContext, order: MasterOrder | None) -> bool:
    """Whether the exit leg of an order through zero is not done, here or on the master's side."""
    part = context.part
    if part.outstanding(Leg.EXIT) or part.unfilled_claim:
        return True
    return order is not None and working_split(context.position, order)[0] > 0


def _is_leaving(turn: Turn, book: KeyBook, part: CopyPart, side: Side) -> bool:
    """Whether an exit on the entry's own side is on its way, or waits: it must not be cut by the entry.

    It may wait for a look at the account, for the next second after a refusal, or for the proof that other
    hands were there before. What came to a final end is left to a person, and holds nothing up.
    """
    if part.claimed * side.sign <= 0 or not part.unfilled_claim:
        return False
    if part.outstanding(Leg.EXIT) or exit_waits(turn, book.key):
        return True
    final = given_up(part.of(Leg.EXIT), at_market=True)
    return book.held * side.sign < 0 and part.unfilled_claim > final


def _is_on_its_way_in(state: State, child: Child, *, opposite: Side) -> bool:
    """Whether an entry on the other side may still fill although the master is done with it.

    What it fills is exited first: an exit may take no more than what is held.
    """
    if child.has_ended or child.side is not opposite:
        return False
    order = state.master_order(child.master_order_id)
    return order is None or order.row.status.is_terminal
