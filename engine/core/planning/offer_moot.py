"""When an offer is settled without a press: the matter is no more."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from engine.core.planning.approval import expires_at, has_expired, note_not_approved
from engine.core.risk.preflight import must_log_in
from engine.core.state.latches import is_latched
from engine.core.state.ledger import is_out_again
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.child import Child
from engine.core.values.clock_level import ClockLevel
from engine.core.values.copies import CopyPart
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import MASTER
from engine.core.values.offers import Offer, OfferKind, Question, Settlement

_DAY_OVER = "the trading day has ended"
_FOUND = "it was found in the order book after all"
#: What became of an order that a person was asked about; empty while nobody knows.
_RESOLVED: Mapping[IntentState, str] = MappingProxyType(
    {
        IntentState.UNKNOWN: "",
        IntentState.NEEDS_HUMAN: "",
        IntentState.ACKED: "it was found in the order book",
        IntentState.REFUSED: "the broker has refused it",
        IntentState.ABSENT: "a later order is in the book, this one is not",
    }
)


def settle_moot(turn: Turn) -> None:
    """End every offer whose matter has settled by itself."""
    for offer in list(turn.state.open_offers.values()):
        settle_if_moot(turn, offer)


def settle_if_moot(turn: Turn, offer: Offer) -> str:
    """End an offer whose matter has settled by itself, or that nobody answered in time.

    Returns:
        Why, in a few words; empty where it stays open.
    """
    why = why_moot(turn.state, offer)
    if not why and has_expired(turn, offer):
        until = expires_at(turn.state, offer.question.orders, opened_at=offer.opened_at)
        why = f"nobody answered by {until:%H:%M}"
    if why:
        _end(turn, offer, why)
    return why


def _end(turn: Turn, offer: Offer, why: str) -> None:
    turn.settle(offer, Settlement(at=turn.at, text=f"Settled: {why}."))
    note_not_approved(turn, offer.question, why)


def settle_day(turn: Turn) -> None:
    """End what was asked on the day before; a login is needed on any day."""
    for offer in list(turn.state.open_offers.values()):
        if offer.opened_at < turn.at and offer.question.kind is not OfferKind.LOGIN:
            turn.settle(offer, Settlement(at=turn.at, text=f"Not done: {_DAY_OVER}."))


def settle_entries(turn: Turn, key: Key, why: str) -> None:
    """End the offers to enter in a key, of which something else that people chose has taken care.

    Their buttons would copy a second time what stands in the ledger, or beside it, already.
    """
    for offer in list(turn.state.open_offers.values()):
        entry = offer.question.kind in (OfferKind.ENTRY, OfferKind.APPROVAL)
        if entry and offer.question.key == key:
            _end(turn, offer, why)


def why_moot(state: State, offer: Offer) -> str:
    """Return why there is nothing to choose any more, in a few words; empty while there is."""
    judge = _JUDGES.get(offer.question.kind)
    return judge(state, offer.question) if judge is not None else ""


def _unknown(state: State, question: Question) -> str:
    child = _child(state, question)
    if child is None:
        return _DAY_OVER
    if child.state is IntentState.ACKED and child.sighting is None:
        return "the broker has answered with its order id"
    return _RESOLVED.get(child.state, _DAY_OVER)


def _entry(state: State, question: Question) -> str:
    part = _part(state, question)
    order = state.master_order(question.order_id) if question.order_id else None
    if part is None or order is None or question.key is None:
        return _DAY_OVER
    position = state.master[question.key.master]
    if is_out_again(part):
        return "the master is out again"
    if not order.is_yet_to_fill:
        if not order.entry_filled:
            return "his order has ended and entered nothing"
        if position.net * order.row.side.sign <= 0:
            return "the master holds nothing of it"
    if question.key.venue is not state.venue:
        return f"the mode is {state.venue.label} now"
    return _FOUND if _has_come(state, question) else ""


def _approval(state: State, question: Question) -> str:
    """Return why none of the slices that were asked about is there to be copied any more."""
    whys = [_entry(state, replace(question, order_id=each)) for each in question.orders]
    return whys[0] if all(whys) else ""


def _exit(state: State, question: Question) -> str:
    part = _part(state, question)
    book = state.book(question.key) if question.key else None
    if part is None or book is None:
        return _DAY_OVER
    if not book.held:
        return "nothing copied is held any more"
    order = state.master_order(question.order_id) if question.order_id else None
    works = order is not None and not order.row.status.is_terminal
    if not part.unfilled_claim and not part.outstanding(Leg.EXIT) and not works:
        return "other exits have closed it"
    return _FOUND if _has_come(state, question) else ""


def _stuck(state: State, question: Question) -> str:
    child = _child(state, question)
    if child is None:
        return _DAY_OVER
    if not child.has_ended:
        return ""
    return "it has filled" if child.filled >= child.terms.quantity else "the order has ended"


def _orphan(state: State, question: Question) -> str:
    book = state.book(question.key) if question.key else None
    if book is None or not book.virtual:
        return "nothing of it is left"
    position = state.master.get(book.key.master)
    return "the master is in it again" if position is not None and position.net else ""


def _login(state: State, question: Question) -> str:
    account = state.accounts.get(question.account) if question.account else None
    if account is not None and account.session_ok:
        return "logged in"
    known = question.account in (MASTER, *state.rules)
    return "" if known else "there is no follower of that name any more"


def _logins(state: State, _question: Question) -> str:
    return "" if must_log_in(state) else "all are logged in"


def _clock(state: State, _question: Question) -> str:
    return "" if state.clock_level is ClockLevel.FAR_OFF else "the clock is right again"


def _paused(state: State, question: Question) -> str:
    account = state.accounts.get(question.account) if question.account else None
    return "" if account is not None and account.paused else "resumed"


def _has_come(state: State, question: Question) -> bool:
    """Whether the very child that was refused or missing turned out to be at the broker."""
    child = _child(state, question)
    return child is not None and child.state is IntentState.ACKED and not is_latched(child)


def _child(state: State, question: Question) -> Child | None:
    return state.children.get(question.tag) if question.tag else None


def _part(state: State, question: Question) -> CopyPart | None:
    book = state.book(question.key) if question.key else None
    return book.parts.get(question.order_id) if book and question.order_id else None


_JUDGES: Mapping[OfferKind, Callable[[State, Question], str]] = MappingProxyType(
    {
        OfferKind.UNKNOWN: _unknown,
        OfferKind.ENTRY: _entry,
        OfferKind.APPROVAL: _approval,
        OfferKind.EXIT: _exit,
        OfferKind.STUCK: _stuck,
        OfferKind.ORPHAN: _orphan,
        OfferKind.LOGIN: _login,
        OfferKind.LOGINS: _logins,
        OfferKind.CLOCK: _clock,
        OfferKind.PAUSED: _paused,
        OfferKind.UNSENT: _login,
    }
)
