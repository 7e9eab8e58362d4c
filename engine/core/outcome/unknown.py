"""Resolve orders of unknown fate from the follower's book: never sent again, always found or named."""

from datetime import datetime, timedelta

from engine.core.outcome.book_watch import proves_absence
from engine.core.outcome.fingerprint import APPEARS_WITHIN, candidates, doubtful
from engine.core.outcome.leftovers import is_lost_overnight, tell_leftover
from engine.core.state.accounts import Account
from engine.core.state.latches import describe, forget_contribution, restore_contribution
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.clock_level import OFF
from engine.core.values.events import BookRead
from engine.core.values.intents import IntentState, Trigger, move
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.notices import Severity
from engine.core.values.offers import Question, whether_it_exists, whether_to_enter, whether_to_exit
from engine.core.values.orders import OrderRow

#: How long after a send a read must have been asked for before a single order that looks like it is
#: taken for it: one asked in the same moment may show his owner's twin of it and not yet ours.
LOOKS_AFTER = timedelta(seconds=3)

UNCERTAIN = frozenset(
    {
        IntentState.SENDING,
        IntentState.UNKNOWN,
        IntentState.ABSENT,
        IntentState.NEEDS_HUMAN,
        IntentState.REFUSED,
    }
)


def unresolved(state: State, event: BookRead) -> list[Child]:
    """Return the children of an account of which nobody knows whether they exist."""
    return [
        child
        for child in state.open_children.values()
        if child.state.is_unresolved
        and (child.key.venue, child.key.follower) == (event.venue, event.account)
    ]


def found(turn: Turn, child: Child, row: OrderRow) -> None:
    """Adopt an order that we were not sure of: it is ours, however late it shows."""
    before = child.state
    leftover = is_lost_overnight(child)
    turn.emit(
        r.IntentMoved(
            tag=child.tag,
            state=move(before, Trigger.FIND),
            at=turn.at,
            order_id=row.order_id,
        )
    )
    if before in (IntentState.ABSENT, IntentState.REFUSED) and not leftover:
        restore_contribution(turn, child)
    if leftover:
        tell_leftover(turn, child, row)
    elif before is not IntentState.SENDING:
        turn.tell(
            Severity.INFO if before is IntentState.UNKNOWN else Severity.CRITICAL,
            f"{child.key.follower}: {describe(child)} was found in the order book, "
            f"{row.status_text or row.status.value}. It was placed once.",
            topic=copy_topic(child.key.venue, child.master_order_id),
            child=child,
        )


def ask_which(turn: Turn, child: Child, rows: list[OrderRow]) -> None:
    """Ask which order is ours, if any: they were placed alike, and none carries a tag."""
    if child.state is IntentState.NEEDS_HUMAN:
        return
    turn.emit(r.IntentMoved(tag=child.tag, state=move(child.state, Trigger.GIVE_UP), at=turn.at))
    turn.tell(
        Severity.CRITICAL,
        f"{child.key.follower}: {describe(child)} has no answer, and {_looks_like(len(rows))}",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=True,
        question=whether_it_exists(
            child.key,
            child.master_order_id,
            child.tag,
            candidates=tuple(row.order_id for row in rows),
        ),
    )
    turn.touch(child.key)
    turn.child_card(child)


def _looks_like(orders: int) -> str:
    if orders == 1:
        return (
            "one order in Kite looks just like it, but does not carry its tag. "
            "It was not sent again. Please look in Kite whether you placed that one yourself."
        )
    return (
        f"{orders} orders in Kite look just like it. "
        "It was not sent again. Please look in Kite which of them you did not place."
    )


def judge_absent(turn: Turn, event: BookRead) -> None:
    """Conclude on orders that did not appear for two minutes: absent by a fresh book, or ask."""
    account = turn.state.account(event.account)
    for child in unresolved(turn.state, event):
        if child.sent_at is None or event.asked_at < child.sent_at + APPEARS_WITHIN:
            continue
        if child.attested or candidates(turn.state, child):
            # A person has seen it in Kite, or one of several is ours: no book proves it absent.
            continue
        if rows := doubtful(turn.state, child):
            ask_which(turn, child, rows)
            continue
        if proves_absence(account, event) and _is_fresh(turn.state, account, child.sent_at):
            conclude_absent(
                turn,
                child,
                "never reached the broker (a later order is in the book, this one is not)",
            )
        elif child.state is IntentState.UNKNOWN:
            _ask(turn, child)


def _is_fresh(state: State, account: Account, sent_at: datetime) -> bool:
    """Whether the book has shown something later than our send on that account.

    Orders are stamped by the broker's clock: what ours may be behind without being told counts against it.
    """
    newest = account.book_newest
    return newest is not None and newest > state.brokers_time(sent_at) + OFF


def _ask(turn: Turn, child: Child) -> None:
    """Give up on the book: on an idle account nothing proves that it is not merely old."""
    turn.emit(r.IntentMoved(tag=child.tag, state=move(child.state, Trigger.GIVE_UP), at=turn.at))
    turn.tell(
        Severity.CRITICAL,
        f"{child.key.follower}: whether {describe(child)} exists cannot be told: the order book "
        "does not show it and shows nothing newer. It was not sent again. Please look in Kite.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=True,
        question=whether_it_exists(child.key, child.master_order_id, child.tag),
    )
    turn.touch(child.key)
    turn.child_card(child)


def ask_where_nobody_was(turn: Turn) -> None:
    """Ask about orders that need a person while no question about them is open.

    So they were left by a version that had no buttons.
    """
    for child in list(turn.state.open_children.values()):
        question = whether_it_exists(child.key, child.master_order_id, child.tag)
        if child.state is IntentState.NEEDS_HUMAN and not turn.is_asked(question):
            turn.tell(
                Severity.CRITICAL,
                f"{child.key.follower}: it is still not known whether {describe(child)} exists. "
                "Please look in Kite.",
                topic=copy_topic(child.key.venue, child.master_order_id),
                child=child,
                needs_human=True,
                question=question,
            )


def conclude_absent(turn: Turn, child: Child, why: str, *, says: str = "") -> None:
    """Take a child for absent, and ask whether what it was for is to be sent after all.

    It is watched for all the same: a late arrival is adopted.

    Args:
        turn: The turn.
        child: The child.
        why: How that is known, the end of a sentence about it.
        says: Who says so, where no book does.
    """
    turn.emit(
        r.IntentMoved(
            tag=child.tag,
            state=move(child.state, Trigger.PROVE_ABSENT),
            at=turn.at,
            reason=f"not in Kite, says {says}" if says else "",
        )
    )
    forget_contribution(turn, child)
    exiting = child.leg is not Leg.ENTRY
    turn.tell(
        Severity.CRITICAL if exiting else Severity.ERROR,
        f"{child.key.follower}: {describe(child)} {why}. It was not sent again.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=exiting,
        question=again(turn.state, child, "Copy again"),
    )
    turn.touch(child.key)
    turn.child_card(child)


def again(state: State, child: Child, label: str) -> Question | None:
    """Return the question whether a child that came to nothing is to be sent again.

    None for what undoes an overshoot: how much of that is left only the account shows; for what was
    handed back to its owner; and for an entry of /sync, which is asked anew by /sync.

    Args:
        state: The state.
        child: The child.
        label: What the button of an entry says; an exit's says so itself.
    """
    book = state.book(child.key)
    part = book.parts.get(child.master_order_id) if book else None
    if child.detached:
        return None
    match child.leg:
        case Leg.ENTRY if part is not None and part.sync is not None:
            return None
        case Leg.ENTRY:
            return whether_to_enter(child.key, child.master_order_id, label=label, tag=child.tag)
        case Leg.EXIT:
            return whether_to_exit(child.key, child.master_order_id, child.tag)
        case _:
            return None
