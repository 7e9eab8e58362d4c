"""What a press of an offer's button does: at most once, whoever presses, in one transaction."""

from functools import partial
from typing import assert_never

from engine.core.chat.offer_copy import Effect, copy_effect, lift
from engine.core.chat.settings_asks import apply_waiting, drop_waiting
from engine.core.observe.observe_follower import adopt
from engine.core.outcome.unknown import conclude_absent
from engine.core.planning.approval import note_not_approved, price_of_now
from engine.core.planning.detach import HANDED_BACK
from engine.core.planning.offer_moot import settle_entries, settle_if_moot
from engine.core.planning.orphans import close_orphan, newest_part
from engine.core.state.latches import describe, stuck_mark
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.control import Choose, Requester
from engine.core.values.copies import KeyBook
from engine.core.values.intents import Trigger, move
from engine.core.values.keys import Key, Leg, copy_topic
from engine.core.values.market import OrderId, Tag
from engine.core.values.notices import Severity
from engine.core.values.offers import (
    Choice,
    OfferKind,
    Question,
    Settlement,
    Verb,
    whether_absent_after_all,
)

NO_SUCH_BUTTON = "This button does nothing any more."


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
    why = settle_if_moot(turn, offer)
    if why:
        return False, f"Nothing to do any more: {why}."
    choice = offer.question.choices[request.choice]
    if choice.verb is Verb.PRICE:
        return True, price_of_now(turn.state, offer)
    of_settings = offer.question.kind is OfferKind.SETTINGS
    effect = (
        _of_settings(turn, choice) if of_settings else _effect(turn, offer.question, choice, by)
    )
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
) -> Effect | str:
    key = question.key
    if key is None:
        # A note: somebody has seen to it.
        return Effect(text="Noted. Nothing is done.")
    match choice.verb:
        case Verb.ADOPT:
            return _adopt(turn, _child(turn.state, question), choice)
        case Verb.ABSENT:
            return _absent(turn, _child(turn.state, question), by)
        case Verb.COPY:
            return copy_effect(turn, question, key)
        case Verb.SEND:
            return _send(turn, _child(turn.state, question))
        case Verb.REPRICE:
            return _reprice(turn, _child(turn.state, question))
        case Verb.CLOSE:
            return _close(turn, _book(turn.state, key))
        case Verb.KEEP:
            return _keep(turn, _book(turn.state, key))
        case Verb.LEAVE | Verb.SEEN | Verb.PRICE | Verb.APPLY:
            return Effect(
                text="Nothing is done.",
                act=partial(note_not_approved, turn, question, f"{by.name} skipped it"),
            )
        case _:
            assert_never(choice.verb)


def _of_settings(turn: Turn, choice: Choice) -> Effect:
    if choice.verb is Verb.APPLY:
        return Effect(text="The changes count now.", act=partial(apply_waiting, turn))
    text = "Nothing is changed. The file stays as it is, and is asked about when it is read again."
    return Effect(text=text, act=partial(drop_waiting, turn, text))


def _child(state: State, question: Question) -> Child:
    """Return the order a question is about; one that is gone has settled it before the press counts."""
    return state.children[question.tag or Tag("")]


def _book(state: State, key: Key) -> KeyBook:
    """Return the ledger a question is about, likewise."""
    return state.books[key.master][key.venue, key.follower]


def _adopt(turn: Turn, child: Child, choice: Choice) -> Effect | str:
    if choice.order_id is None:
        text = "It is followed as soon as the order book shows it. It is not sent again."
        return Effect(text=text, act=partial(_await, turn, child))
    at = (child.key.venue, child.key.follower, choice.order_id)
    if turn.state.child_orders.get(at, child.tag) != child.tag:
        return f"Order {choice.order_id} is followed as another copy already: choose another."
    text = f"Order {choice.order_id} is followed as the copy."
    return Effect(text=text, act=partial(_take_over, turn, child, choice.order_id))


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


def _absent(turn: Turn, child: Child, by: Requester) -> Effect:
    why = f"is not in Kite, says {by.name}"
    absent = partial(conclude_absent, turn, child, why, says=by.name)
    text = "Taken for not placed. If it shows up after all, it is followed."
    return Effect(text=text, act=absent)


def _send(turn: Turn, child: Child) -> Effect | str:
    name = child.key.follower
    if not turn.state.account(name).session_ok:
        return f"Not sent: {name} has no session. /login {name}, then press again."
    part = _book(turn.state, child.key).parts[child.master_order_id]
    exits = part.of(Leg.EXIT)
    side, units = exits[-1].side.value, part.unfilled_claim
    text = "It rests with the master's order again."
    if units:
        text = f"Sent again: {side} {units} {child.key.symbol}."
    return Effect(text=text, act=partial(_exit_again, turn, child.key, exits))


def _exit_again(turn: Turn, key: Key, children: list[Child]) -> None:
    lift(turn, children)
    turn.touch(key)


def _reprice(turn: Turn, child: Child) -> Effect:
    text = "It is priced nearer to the market again within seconds."
    return Effect(text=text, act=partial(_climb_again, turn, child))


def _climb_again(turn: Turn, child: Child) -> None:
    """Put an exit back on the first rung of its ladder."""
    turn.emit(r.StepTaken(tag=child.tag, step=0, at=turn.at))
    turn.state.told.discard(stuck_mark(child.tag))
    turn.touch(child.key)


def _close(turn: Turn, book: KeyBook) -> Effect | str:
    order_id = newest_part(book)
    if order_id is None:
        return "Not closed: no order of today can carry it. Close it in Kite."
    text = f"Closing {abs(book.virtual)} {book.key.symbol}."
    return Effect(text=text, act=partial(_claim, turn, book, order_id))


def _keep(turn: Turn, book: KeyBook) -> Effect:
    name, symbol = book.key.follower, book.key.symbol
    text = f"{abs(book.held)} {symbol} are {name}'s own now and not touched any more."
    return Effect(text=text, act=partial(_hand_back, turn, book.key))


def _hand_back(turn: Turn, key: Key) -> None:
    turn.emit(r.HoldingDetached(key=key, at=turn.at))
    settle_entries(turn, key, HANDED_BACK)
    turn.touch(key)


def _claim(turn: Turn, book: KeyBook, order_id: OrderId) -> None:
    close_orphan(turn, book, order_id)
    turn.touch(book.key)
