"""What a press of an offer's button does: at most once, whoever presses, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine.core import records as r
from engine.core.context import PartContext
from engine.core.control import Choose, Requester
from engine.core.copies import Child
from engine.core.delivery import goes_short
from engine.core.gates import moment_gate, must_wait, standing_gate
from engine.core.intents import Trigger, move
from engine.core.keys import Key, Leg, copy_topic, row_key
from engine.core.latches import describe, is_latched, stuck_mark, waits_for_holdings
from engine.core.market import MASTER, OrderId
from engine.core.missed import context_of, is_still_in, size_now
from engine.core.notices import Severity
from engine.core.observe_follower import adopt
from engine.core.offer_moot import why_moot
from engine.core.offers import (
    Choice,
    Question,
    Settlement,
    Verb,
    whether_absent_after_all,
)
from engine.core.orphans import close_orphan, newest_part
from engine.core.state import MasterOrder, State
from engine.core.turn import Turn
from engine.core.unknown import conclude_absent

NO_SUCH_BUTTON = "This button does nothing any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What a choice comes to: what people are told, and what is then done."""

    text: str
    act: Callable[[], None] | None = None


def choose(turn: Turn, request: Choose, by: Requester) -> tuple[bool, str]:
    """Settle an offer by a press, together with its effect.

    Returns:
        Whether it took effect; and what happened, or why nothing did. The offer then stays open.
    """
    offer_id = turn.state.offer_tokens.get(request.token)
    offer = turn.state.offers.get(offer_id) if offer_id is not None else None
    if offer is None or not 0 <= request.choice < len(offer.question.choices):
        return False, NO_SUCH_BUTTON
    if offer.settled is not None:
        return False, already(offer.settled)
    why = why_moot(turn.state, offer)
    if why:
        turn.settle(offer, Settlement(at=turn.at, text=f"Settled: {why}."))
        return False, f"Nothing to do any more: {why}."
    choice = offer.question.choices[request.choice]
    effect = _effect(turn, offer.question, choice, by)
    if isinstance(effect, str):
        return False, effect
    settlement = Settlement(
        at=turn.at, text=effect.text, label=choice.label, by=by.name, user_id=by.user_id
    )
    turn.settle(offer, settlement)
    if effect.act is not None:
        effect.act()
    return True, effect.text


def already(settled: Settlement) -> str:
    """Return what a second press is told."""
    if not settled.label:
        return settled.text
    return f'Already chosen by {settled.by} at {settled.at:%H:%M:%S}: "{settled.label}".'


def _effect(  # noqa: PLR0911 - one row a verb
    turn: Turn, question: Question, choice: Choice, by: Requester
) -> _Effect | str:
    match choice.verb:
        case Verb.ADOPT:
            return _adopt(turn, question, choice)
        case Verb.ABSENT:
            return _absent(turn, question, by)
        case Verb.COPY:
            return _copy(turn, question)
        case Verb.SEND:
            return _send(turn, question)
        case Verb.REPRICE:
            return _reprice(turn, question)
        case Verb.CLOSE:
            return _close(turn, question)
        case Verb.KEEP:
            return _keep(turn, question)
        case Verb.LEAVE:
            return _Effect(text="Nothing is done.")
        case Verb.SEEN:
            return _Effect(text="Noted. Nothing is done.")


def _adopt(turn: Turn, question: Question, choice: Choice) -> _Effect | str:
    child = _child(turn.state, question)
    if child is None:
        return NO_SUCH_BUTTON
    if choice.order_id is None:
        text = "It is followed as soon as the order book shows it. It is not sent again."
        return _Effect(text=text, act=partial(_await, turn, child))
    text = f"Order {choice.order_id} is followed as the copy."
    return _Effect(text=text, act=partial(_take_over, turn, child, choice.order_id))


def _take_over(turn: Turn, child: Child, order_id: OrderId) -> None:
    """Follow the order that a person named; right after a restart its row is yet to be read."""
    row = turn.state.account(child.key.follower).untagged.get(order_id)
    if row is not None:
        adopt(turn, child, row)
        return
    found_as = move(child.state, Trigger.FIND)
    turn.emit(r.IntentMoved(tag=child.tag, state=found_as, at=turn.at, order_id=order_id))
    turn.reads.add(child.key.follower)
    turn.touch(child.key)
    turn.child_card(child)


def _await(turn: Turn, child: Child) -> None:
    """Wait for an order that a person has seen; the way back stays open."""
    turn.emit(r.Attested(tag=child.tag))
    turn.reads.add(child.key.follower)
    turn.tell(
        Severity.WARNING,
        f"{child.key.follower}: {describe(child)} is waited for, the order book does not show it yet. "
        "What it fills is not counted until then: if the master exits meanwhile, close it in Kite.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=True,
        question=whether_absent_after_all(child.key, child.master_order_id, child.tag),
    )


def _absent(turn: Turn, question: Question, by: Requester) -> _Effect | str:
    child = _child(turn.state, question)
    if child is None:
        return NO_SUCH_BUTTON
    why = f"is not in Kite, says {by.name}"
    absent = partial(conclude_absent, turn, child, why, says=by.name)
    text = "Taken for not placed. If it shows up after all, it is followed."
    return _Effect(text=text, act=absent)


def _copy(turn: Turn, question: Question) -> _Effect | str:
    key, order_id = question.key, question.order_id
    context = context_of(turn.state, key, order_id) if key and order_id else None
    order = context.order if context is not None else None
    if context is None or order is None:
        return "Not copied: the trading day has ended."
    refusal = _refused_now(turn, context, order)
    if refusal:
        return f"Not copied: {refusal}"
    size = size_now(context, order)
    if not size.units:
        return "Not copied: it comes to less than one lot now."
    text = f"Sent: {order.row.side.value} {size.units} {context.key.symbol}."
    return _Effect(text=text, act=partial(_enter, turn, context, order))


def _refused_now(turn: Turn, context: PartContext, order: MasterOrder) -> str:
    """Return why an entry may not be sent now, with the mend; every gate is asked anew."""
    state, key = turn.state, context.key
    verdict = standing_gate(state, context.rules, row_key(order.row), order.row) or moment_gate(
        state, context.rules, key.venue, at=turn.at
    )
    if verdict is not None:
        reason, detail = verdict
        return f"{reason.value}{f' ({detail})' if detail else ''}."
    if goes_short(key, order.row.side):
        return "delivery shares cannot be sold short."
    if not is_still_in(context, order):
        return "the master is out again."
    if must_wait(state.account(key.follower), key.venue) or not state.account(MASTER).reconciled:
        turn.reads.update((key.follower, MASTER))
        return "the order books are being read: press again in a few seconds."
    for _, part in context.book.active_parts():
        if any(child.state.is_unresolved for child in part.of(Leg.ENTRY)):
            return f"another entry in {key.symbol} is UNKNOWN: settle that first."
    return ""


def _enter(turn: Turn, context: PartContext, order: MasterOrder) -> None:
    """Have the planner enter what the master has kept of his order, as a new generation."""
    key, part = context.key, context.part
    size = size_now(context, order)
    turn.emit(r.EntryAsked(key=key, order_id=context.order_id, at=turn.at))
    _lift(turn, part.of(Leg.ENTRY))
    turn.emit(
        r.PartScaled(
            key=key,
            order_id=context.order_id,
            ratio=str(size.ratio),
            carry=str(size.carry),
        )
    )
    # From here on it is wanted again, whatever was left out before.
    amount = order.row.side.sign * size.ratio * part.entered
    turn.emit(r.Contributed(key=key, order_id=context.order_id, amount=str(amount)))
    turn.touch(key)


def _send(turn: Turn, question: Question) -> _Effect | str:
    key, order_id = question.key, question.order_id
    book = turn.state.book(key) if key else None
    part = book.parts.get(order_id) if book and order_id else None
    if book is None or part is None or not part.of(Leg.EXIT):
        return "Not sent: the trading day has ended."
    if not turn.state.account(book.key.follower).session_ok:
        name = book.key.follower
        return f"Not sent: {name} has no session. /login {name}, then press again."
    side, units = part.of(Leg.EXIT)[-1].side.value, part.unfilled_claim
    text = "It rests with the master's order again."
    if units:
        text = f"Sent again: {side} {units} {book.key.symbol}."
    return _Effect(text=text, act=partial(_exit_again, turn, book.key, part.of(Leg.EXIT)))


def _exit_again(turn: Turn, key: Key, children: list[Child]) -> None:
    _lift(turn, children)
    turn.touch(key)


def _lift(turn: Turn, children: list[Child]) -> None:
    for child in children:
        if is_latched(child) or waits_for_holdings(child):
            turn.emit(r.LatchLifted(tag=child.tag))


def _reprice(turn: Turn, question: Question) -> _Effect | str:
    child = _child(turn.state, question)
    if child is None:
        return NO_SUCH_BUTTON
    text = "It is priced nearer to the market again within seconds."
    return _Effect(text=text, act=partial(_climb_again, turn, child))


def _climb_again(turn: Turn, child: Child) -> None:
    """Put an exit back on the first rung of its ladder."""
    turn.emit(r.StepTaken(tag=child.tag, step=0, at=turn.at))
    turn.state.told.discard(stuck_mark(child.tag))
    turn.touch(child.key)


def _close(turn: Turn, question: Question) -> _Effect | str:
    book = turn.state.book(question.key) if question.key else None
    order_id = newest_part(book) if book else None
    if book is None or order_id is None:
        return "Not closed: no order of today can carry it. Close it in Kite."
    text = f"Closing {abs(book.virtual)} {book.key.symbol}."
    act = partial(_claim, turn, book.key, order_id)
    return _Effect(text=text, act=act)


def _keep(turn: Turn, question: Question) -> _Effect | str:
    book = turn.state.book(question.key) if question.key else None
    if book is None:
        return NO_SUCH_BUTTON
    name, symbol = book.key.follower, book.key.symbol
    text = f"{abs(book.held)} {symbol} are {name}'s own now and not touched any more."
    return _Effect(text=text, act=partial(_hand_back, turn, book.key))


def _hand_back(turn: Turn, key: Key) -> None:
    turn.emit(r.HoldingDetached(key=key, at=turn.at))
    turn.touch(key)


def _claim(turn: Turn, key: Key, order_id: OrderId) -> None:
    book = turn.state.book(key)
    if book is not None:
        close_orphan(turn, book, order_id)
        turn.touch(key)


def _child(state: State, question: Question) -> Child | None:
    return state.children.get(question.tag) if question.tag else None
