"""A child that was refused or ended by others: what it teaches, and what people are told comes next."""

from msgspec.structs import replace

from engine.core.outcome.freeze_refusals import take_freeze
from engine.core.outcome.panic_again import again_at
from engine.core.outcome.unknown import again
from engine.core.state.latches import describe, holdings_mend, waits_for_holdings
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.child import RESTS, Child
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.lessons import learn
from engine.core.values.notices import Severity
from engine.core.values.offers import Question
from engine.core.values.terms import Terms

_LEARNED = {
    RefusalKind.NO_MARKET: "takes no MARKET orders now: limits at the band are sent instead.",
    RefusalKind.PRICE: "takes no price beyond the range it names: orders stay inside it.",
}


def take_refusal(turn: Turn, child: Child, refused: Refused, *, sent: Terms) -> Refused:
    """Learn from a refusal what the next order must be like.

    Args:
        turn: The turn.
        child: The order that was placed or changed.
        refused: The broker's answer.
        sent: The terms it is about.

    Returns:
        The refusal; of kind ``INPUT`` where it teaches nothing that would make another order of it.
    """
    match refused.kind:
        case RefusalKind.FREEZE:
            return take_freeze(turn, child, refused, sent=sent.quantity)
        case RefusalKind.TRIGGER if sent.trigger_price is not None:
            return refused
        case RefusalKind.NO_MARKET | RefusalKind.PRICE if _learn(turn, child, refused, sent):
            return refused
        case RefusalKind.TRIGGER | RefusalKind.NO_MARKET | RefusalKind.PRICE:
            return replace(refused, kind=RefusalKind.INPUT, lowest=None, highest=None)
        case _:
            return refused


def _learn(turn: Turn, child: Child, refused: Refused, sent: Terms) -> bool:
    key = f"{child.command.exchange}:{child.command.symbol}"
    known = turn.state.lessons.get(key)
    lesson = learn(known, refused, sent, decided_at=child.planned_at, at=turn.at)
    if lesson is None:
        return False
    turn.state.lessons[key] = lesson
    turn.touch(child.key.master)
    turn.tell_once(
        Severity.WARNING,
        f'{child.key.symbol} {_LEARNED[refused.kind]} Kite says: "{refused.message.rstrip(".")}".',
        topic=copy_topic(child.key.venue, child.master_order_id),
        mark=f"lesson:{key}:{refused.kind}:{lesson.lowest}:{lesson.highest}",
    )
    return True


def tell_end(turn: Turn, child: Child, what: str, said: str) -> None:
    """Tell that a child came to nothing, and what comes next.

    An exit that only rested at the master's price is not lost: once his has filled the ladder begins
    with a new order. Any other end of an exit needs a person.

    Args:
        turn: The turn.
        child: The child.
        what: What happened to it: ``refused``, ``rejected``, ``cancelled, not by us``.
        said: The broker's text, verbatim; empty where there is none.
    """
    severity, after, needs_human = _what_follows(turn.state, child)
    quoted = f': "{said.rstrip(".")}"' if said else ""
    turn.tell(
        severity,
        f"{child.key.follower}: {describe(child)} was {what}{quoted}. {after}",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=needs_human,
        question=_question(turn.state, child, needs_human=needs_human),
    )


def _question(state: State, child: Child, *, needs_human: bool) -> Question | None:
    """Return what people may choose: what is over for good is sent again only by their word."""
    entering = child.leg is Leg.ENTRY and child.refusal is not RefusalKind.TRIGGER
    return again(state, child, "Retry") if entering or needs_human else None


def _what_follows(state: State, child: Child) -> tuple[Severity, str, bool]:
    passed = child.refusal is RefusalKind.TRIGGER
    if child.leg is Leg.ENTRY:
        if passed:
            after = "The market is past its trigger: it is entered when the master's order fills."
            return Severity.WARNING, after, False
        return Severity.ERROR, "It is left out of this order.", False
    book = state.book(child.key)
    part = book.parts.get(child.master_order_id) if book else None
    if child.leg is Leg.EXIT and part is not None and again_at(state, child.key, part) is not None:
        return Severity.ERROR, "It is sent again within seconds, /panic goes on.", False
    if child.step == RESTS and not waits_for_holdings(child):
        after = "Nothing rests now: it goes out at the market once the master's order has filled."
        return Severity.WARNING if passed else Severity.ERROR, after, False
    after = "The copied holding is still there: send the exit again, or close it in Kite."
    if waits_for_holdings(child):
        after = holdings_mend(child)
    return Severity.CRITICAL, after, True
