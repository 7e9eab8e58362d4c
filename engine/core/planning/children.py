"""Make a child, and keep those that still serve the wish."""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.core.planning.changes import as_it_works, cut_to, is_triggered, want_change
from engine.core.planning.moulds import cast, mould_of
from engine.core.planning.wishes import Wish
from engine.core.risk.fence import free_tag, taken_tag, tell_taken
from engine.core.state.cancels import want_cancel
from engine.core.state.context import PartContext
from engine.core.state.conversions import copied_as
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import ChildId, Key, Leg
from engine.core.values.market import OrderStatus, OrderType, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.offers import exit_unsent
from engine.core.values.terms import Terms


def follow(
    turn: Turn,
    live: Iterable[Child],
    need: int,
    wish: Wish,
    *,
    most: int | None,
    lot: int = 1,
) -> int:
    """Bring live children to the wish by modifying or cancelling; return the units covered.

    A child whose cancel or change is under way covers what it may still fill.

    Args:
        turn: The turn.
        live: Children of one leg that have not ended, oldest first.
        need: Units the leg still needs, filled ones excluded.
        wish: What the leg should come to.
        most: Units one order may carry; None where there is no limit.
        lot: Units per lot: no child grows by less than whole ones, see `plan_children`.
    """
    kept = 0
    for child in live:
        room = need - kept
        if child.cancel is not None or room <= 0:
            want_cancel(turn, child)
            kept += child.outstanding
            continue
        target = _target(turn, child, wish, room, most=most, lot=lot)
        # What is only kept or cut stands on the rung where it stood.
        step = child.step if wish.keep_resting else max(child.step, wish.step)
        if target != child.terms:
            want_change(turn, child, target, step=step)
        elif step != child.step:
            # The next rung is at the price where it stands already; it is climbed all the same.
            turn.emit(r.StepTaken(tag=child.tag, step=step, at=turn.at))
            turn.wake(child.key, turn.at)
        if not child.has_ended:
            kept += max(child.outstanding, target.quantity - child.filled)
    return kept


def _target(
    turn: Turn, child: Child, wish: Wish, room: int, *, most: int | None, lot: int
) -> Terms:
    """Return the terms a live child should have for the room there is."""
    total = child.filled + room
    if room > lot:
        # What is no whole lot is an order of its own.
        total -= room % lot
    if most is not None:
        # What the broker has taken is small enough, whatever was learned since.
        taken = 0 if child.state is IntentState.PLANNED else child.terms.quantity
        total = min(total, max(most, taken))
    if wish.keep_resting:
        return cut_to(child, min(total, child.terms.quantity))
    terms = Terms(
        order_type=wish.order_type,
        quantity=max(total, child.filled),
        price=wish.price,
        trigger_price=wish.trigger_price,
    )
    if wish.trigger_price is None:
        return terms
    if is_triggered(child):
        # Only its limit can follow.
        return as_it_works(child, replace(terms, trigger_price=child.terms.trigger_price))
    return _as_limit(child, terms) if _has_become_a_limit(turn, child, wish) else terms


def _has_become_a_limit(turn: Turn, child: Child, wish: Wish) -> bool:
    """Whether a child that rests as a limit was a stop that triggered: nothing makes a stop of it again.

    It was placed at this very trigger, or his own has triggered.
    """
    if child.state is IntentState.PLANNED or child.terms.order_type is not OrderType.LIMIT:
        return False
    his = turn.state.master_order(child.master_order_id)
    triggered = his is not None and his.row.status is OrderStatus.OPEN
    return triggered or child.command.trigger_price == wish.trigger_price


def _as_limit(child: Child, terms: Terms) -> Terms:
    price = terms.price or child.terms.price
    return replace(terms, order_type=OrderType.LIMIT, price=price, trigger_price=None)


def are_full(live: Iterable[Child], *, most: int | None) -> bool:
    """Return whether no live child can carry more, so that what is missing needs another order."""
    return most is not None and all(
        child.has_ended or (child.cancel is None and child.filled + child.outstanding >= most)
        for child in live
    )


def plan_children(turn: Turn, context: PartContext, leg: Leg, wish: Wish, units: int) -> None:
    """Decide the children for ``units``: one, or slices of at most the freeze quantity.

    Slices are whole lots and sum to ``units``; they go in parallel, inside the budget. What is no whole
    lot (the lot was changed while it was held) goes apart, so that its refusal keeps nothing else back.
    """
    generation = context.part.next_generation(leg)
    lot, most = context.instrument.lot_size, most_units(context.instrument) or units
    odd = units % lot
    if not odd and units <= most:
        _plan_child(turn, context, leg, wish, units, (generation, 0))
        return
    whole = units - odd
    sizes = [min(most, whole - begin) for begin in range(0, whole, most)]
    if odd:
        sizes.append(odd)
        _tell_odd(turn, context, wish.side, odd)
    for number, size in enumerate(sizes):
        _plan_child(turn, context, leg, wish, size, (generation, number))


def _tell_odd(turn: Turn, context: PartContext, side: Side, odd: int) -> None:
    key, lot = context.key, context.instrument.lot_size
    turn.tell_once(
        Severity.WARNING,
        f"{key.follower}: a lot of {key.symbol} is {lot} now, so {side.value} {odd} of the copied units is no "
        "whole lot. It goes as an order of its own; if the exchange refuses it, those units have to be "
        "closed through Kite or Zerodha's dealing desk.",
        topic=topic_of(key.follower),
        mark=f"odd:{key}:{context.order_id}:{odd}",
    )


def most_units(instrument: Instrument) -> int | None:
    """Return the units one order may carry, whole lots; None where no freeze quantity is known."""
    freeze, lot = instrument.freeze_quantity, instrument.lot_size
    return None if freeze is None else max(lot, freeze // lot * lot)


def _plan_child(
    turn: Turn,
    context: PartContext,
    leg: Leg,
    wish: Wish,
    units: int,
    generation_and_slice: tuple[int, int],
) -> None:
    """Decide one child; it leaves once its SENDING is durable and the budget allows."""
    state, key = turn.state, context.key
    no_session = key.venue is Venue.LIVE and not state.account(key.follower).session_ok
    if leg is not Leg.ENTRY and no_session:
        _exit_without_session(turn, context, wish.side, units)
        return
    identity, tag = free_tag(state, key, _identity(turn, context, leg, generation_and_slice))
    taken = taken_tag(state, key, tag, context.part.of(leg))
    if taken is not None:
        tell_taken(turn, key, taken, what=f"{wish.side.value} {units} {key.symbol}")
        return
    mould = mould_of(turn, context, leg, wish, generation=identity.generation)
    cast(turn, context, mould, units, (identity.generation, identity.slice), tag)
    turn.card(key.venue, context.order_id)


def _identity(
    turn: Turn, context: PartContext, leg: Leg, generation_and_slice: tuple[int, int]
) -> ChildId:
    state, key = turn.state, context.key
    return ChildId(
        trading_day=state.trading_day or turn.at.date(),
        venue=key.venue,
        follower=key.follower,
        master_order_id=context.order_id,
        leg=leg,
        generation=generation_and_slice[0],
        slice=generation_and_slice[1],
        copied_as=copied_as(state, key, context.order_id),
    )


def _exit_without_session(turn: Turn, context: PartContext, side: Side, units: int) -> None:
    key = context.key
    mark = f"exit-session:{key.follower}:{key}:{context.order_id}"
    if mark not in turn.state.told:
        turn.card(key.venue, context.order_id)
    turn.tell_once(
        Severity.CRITICAL,
        f"{key.follower}: {side.value} {units} {key.symbol} cannot be sent, its session has ended. "
        f"Log in with /login {key.follower}: the exit goes out at once. Or close it in Kite.",
        topic=topic_of(key.follower),
        mark=mark,
        question=exit_unsent(key.follower, context.order_id),
    )


def wake(turn: Turn, key: Key, wish: Wish) -> None:
    """Have the ledger looked at again when the wish changes by itself."""
    if wish.wake_at is not None:
        turn.wake(key, wish.wake_at)
