"""A person wants an entry after all: judged by every gate anew, and sized by what is left of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from engine.core.planning.approval import beyond_band, joint_units, slices_in
from engine.core.planning.children import most_units
from engine.core.planning.missed import context_of, is_still_in, prices_line, size_now
from engine.core.planning.wanted import entry_wish
from engine.core.risk.exposure import over_limits
from engine.core.risk.gates import moment_gate, must_wait, standing_gate
from engine.core.risk.limits import OverLimit, price
from engine.core.risk.session_gate import session_gate
from engine.core.state.context import PartContext
from engine.core.state.latches import is_latched, waits_for_holdings
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.calendar import Taken
from engine.core.values.child import Child
from engine.core.values.keys import Key, Leg, row_key
from engine.core.values.market import MASTER, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind, Question
from engine.core.values.rules import Oversize


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a choice comes to: what people are told, and what is then done."""

    text: str
    act: Callable[[], None] | None = None


def copy_effect(turn: Turn, question: Question, key: Key) -> Effect | str:
    """Return what copying an order after all comes to, or why it may not be now."""
    slices = _asked_for(turn.state, question)
    if not slices:
        return f"Not copied: {_gone(turn.state, key)}."
    refusals = (_refused_now(turn, each, order) for each, order in slices)
    refusal = next(filter(None, refusals), "")
    if refusal:
        return f"Not copied: {refusal}"
    units = joint_units([each for each, _ in slices])
    if not units:
        return "Not copied: it comes to less than one lot now."
    context, order = slices[0]
    over = _over_limits(turn.state, context, order, units, at=turn.at)
    if over is not None and (context.rules.oversize is Oversize.SKIP or not over.passes):
        return f"Not copied: {over.why}."
    units = min(units, over.passes) if over is not None else units
    text = f"Sent: {order.row.side.value} {units} {key.symbol}."
    if question.kind is OfferKind.APPROVAL:
        text += f" {prices_line(turn.state, context, order.row)}"
    return Effect(text=text, act=partial(_enter_all, turn, slices))


def _asked_for(state: State, question: Question) -> list[tuple[PartContext, MasterOrder]]:
    """Return the slices that were asked about and that he is still in, each with his order.

    Where he is in none of them, the first: what stands against it says why.
    """
    key, first = question.key, question.order_id
    found: Iterable[PartContext | None] = slices_in(state, question)
    found = found or ([context_of(state, key, first)] if key and first else [])
    return [
        (each, order) for each in found if each is not None and (order := each.order) is not None
    ]


def _gone(state: State, key: Key) -> str:
    """Return what is missing of that by which an entry is decided: a restart may have taken it away."""
    if key.follower not in state.rules:
        return f"{key.follower} is not configured any more"
    return SkipReason.UNKNOWN_INSTRUMENT.value


def _refused_now(turn: Turn, context: PartContext, order: MasterOrder) -> str:
    """Return why an entry may not be sent now, with the mend; every gate and the band is asked anew."""
    state, key = turn.state, context.key
    verdict = standing_gate(state, context.rules, row_key(order.row), order.row) or moment_gate(
        state, context.rules, key.venue, at=turn.at
    )
    if verdict is not None:
        reason, detail = verdict
        if reason is SkipReason.PAUSED:
            return f"{reason.value}: /resume {key.follower} first, then press again."
        return f"{reason.value}{f' ({detail})' if detail else ''}."
    times = session_gate(
        state, context.instrument, key.product, order.row.order_type, at=turn.at, order=order
    )
    if times.taken is Taken.NOT:
        return f"{times.why}."
    if not is_still_in(context, order):
        # Were it certain that he is not, the question would be over: fills of his are yet to be counted.
        turn.reads.add(MASTER)
        return "it is not known yet what he holds of it: press again in a few seconds."
    if must_wait(state.account(key.follower), key.venue) or not state.account(MASTER).reconciled:
        turn.reads.update((key.follower, MASTER))
        return "the order books are being read: press again in a few seconds."
    return _in_the_way(state, context) or _too_dear(state, context, order)


def _too_dear(state: State, context: PartContext, order: MasterOrder) -> str:
    limit = beyond_band(state, context, order.row)
    if limit is None:
        return ""
    prices = prices_line(state, context, order.row)
    return f"{prices} Your band ends at {price(limit)}: press again if the price comes back."


def _over_limits(
    state: State, context: PartContext, order: MasterOrder, units: int, *, at: datetime
) -> OverLimit | None:
    """Return which limit the entry would be over; the planner keeps it inside, and this says it first."""
    part = context.part
    tick = state.prices.get(context.instrument.key)
    wish = entry_wish(context, order, last_price=tick, at=at, asked=True)
    return over_limits(
        state,
        context.rules,
        context.key,
        context.instrument,
        side=order.row.side,
        price=wish.price or wish.trigger_price,
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


def _enter_all(turn: Turn, slices: list[tuple[PartContext, MasterOrder]]) -> None:
    for context, order in slices:
        _enter(turn, context, order)


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
            out=str(size.out) if size.out else "",
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
