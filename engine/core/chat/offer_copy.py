"""A person wants an entry after all: judged by every gate anew, and sized by what is left of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine.core.planning.approval import beyond_band, joint_units, slices_in
from engine.core.planning.children import most_units
from engine.core.planning.missed import context_of, is_still_in, prices_line, size_now
from engine.core.risk.exposure import over_limits
from engine.core.risk.gates import moment_gate, must_wait, standing_gate
from engine.core.risk.limits import OverLimit
from engine.core.risk.session_gate import session_gate
from engine.core.state.context import PartContext
from engine.core.state.delivery import goes_short
from engine.core.state.latches import is_latched, waits_for_holdings
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.calendar import Taken
from engine.core.values.copies import Child
from engine.core.values.keys import Leg, row_key
from engine.core.values.market import MASTER, Venue
from engine.core.values.offers import OfferKind, Question
from engine.core.values.rules import Oversize


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a choice comes to: what people are told, and what is then done."""

    text: str
    act: Callable[[], None] | None = None


def copy_effect(turn: Turn, question: Question) -> Effect | str:
    """Return what copying an order after all comes to, or why it may not be now."""
    key, order_id = question.key, question.order_id
    context = context_of(turn.state, key, order_id) if key and order_id else None
    if context is None or context.order is None:
        return "Not copied: the trading day has ended."
    # Of slices that were asked about together he may be out of some.
    slices = slices_in(turn.state, question) or [context]
    refusals = (_refused_now(turn, each, each.order) for each in slices if each.order is not None)
    refusal = next(filter(None, refusals), "")
    if refusal:
        return f"Not copied: {refusal}"
    units = joint_units(slices)
    if not units:
        return "Not copied: it comes to less than one lot now."
    over = _over_limits(turn.state, context, context.order, units)
    if over is not None and (context.rules.oversize is Oversize.SKIP or not over.passes):
        return f"Not copied: {over.why}."
    units = min(units, over.passes) if over is not None else units
    text = f"Sent: {context.order.row.side.value} {units} {context.key.symbol}."
    if question.kind is OfferKind.APPROVAL:
        text += f" {prices_line(turn.state, slices[0], context.order.row)}"
    return Effect(text=text, act=partial(_enter_all, turn, slices))


def _refused_now(turn: Turn, context: PartContext, order: MasterOrder) -> str:
    """Return why an entry may not be sent now, with the mend; every gate and the band is asked anew."""
    state, key = turn.state, context.key
    verdict = standing_gate(state, context.rules, row_key(order.row), order.row) or moment_gate(
        state, context.rules, key.venue, at=turn.at
    )
    if verdict is not None:
        reason, detail = verdict
        return f"{reason.value}{f' ({detail})' if detail else ''}."
    times = session_gate(
        state, context.instrument, key.product, order.row.order_type, at=turn.at, order=order
    )
    if times.taken is Taken.NOT:
        return f"{times.why}."
    if goes_short(key, order.row.side):
        return "delivery shares cannot be sold short."
    if not is_still_in(context, order):
        return "the master is out again."
    if must_wait(state.account(key.follower), key.venue) or not state.account(MASTER).reconciled:
        turn.reads.update((key.follower, MASTER))
        return "the order books are being read: press again in a few seconds."
    return _in_the_way(state, context) or _too_dear(state, context, order)


def _too_dear(state: State, context: PartContext, order: MasterOrder) -> str:
    limit = beyond_band(state, context, order.row)
    if limit is None:
        return ""
    prices = prices_line(state, context, order.row)
    return f"{prices} Your band ends at {limit}: press again if the price comes back."


def _over_limits(
    state: State, context: PartContext, order: MasterOrder, units: int
) -> OverLimit | None:
    """Return which limit the entry would be over; the planner keeps it inside, and this says it first."""
    part = context.part
    return over_limits(
        state,
        context.rules,
        context.key,
        context.instrument,
        side=order.row.side,
        price=None if order.row.is_market else order.row.price,
        units=units,
        now=units,
        of_order=part.filled(Leg.ENTRY) + part.outstanding(Leg.ENTRY),
        per_order=most_units(context.instrument),
        reference=order.row.average_price,
    )


def _in_the_way(state: State, context: PartContext) -> str:
    """Return what an entry would have to wait for longer than a person's word stands."""
    key = context.key
    if key.venue is Venue.LIVE and state.account(key.follower).stale_since is not None:
        return f"{key.follower}'s order book stands still: press again once it is current."
    for _, part in context.book.active_parts():
        if any(child.state.is_unresolved for child in part.of(Leg.ENTRY)):
            return f"another entry in {key.symbol} is UNKNOWN: settle that first."
    return ""


def _enter_all(turn: Turn, slices: list[PartContext]) -> None:
    for each in slices:
        if each.order is not None:
            _enter(turn, each, each.order)


def _enter(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Have the planner enter what the master has kept of his order, as a new generation."""
    key, part = context.key, context.part
    size = size_now(context, order)
    turn.emit(r.EntryAsked(key=key, order_id=context.order_id, at=turn.at))
    lift(turn, part.of(Leg.ENTRY))
    turn.emit(
        r.PartScaled(
            key=key,
            order_id=context.order_id,
            ratio=str(size.ratio),
            carry=str(size.carry),
            fixed=size.fixed,
        )
    )
    # From here on it is wanted again, whatever was left out before.
    amount = order.row.side.sign * part.exact_of(part.entered)
    turn.emit(r.Contributed(key=key, order_id=context.order_id, amount=str(amount)))
    turn.touch(key)


def lift(turn: Turn, children: list[Child]) -> None:
    """Let a new generation take the place of children that came to a final end."""
    for child in children:
        if is_latched(child) or waits_for_holdings(child):
            turn.emit(r.LatchLifted(tag=child.tag))
