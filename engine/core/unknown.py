"""Resolve orders of unknown fate from the follower's book: never sent again, always found or named."""

from datetime import datetime, timedelta

from engine.core import records as r
from engine.core.book_watch import proves_absence
from engine.core.copies import Child
from engine.core.events import BookRead
from engine.core.intents import IntentState, Trigger, move
from engine.core.keys import Leg, copy_topic
from engine.core.latches import describe, forget_contribution, restore_contribution
from engine.core.leftovers import is_lost_overnight, tell_leftover
from engine.core.market import Venue
from engine.core.notices import Severity
from engine.core.offers import Question, whether_it_exists, whether_to_enter, whether_to_exit
from engine.core.orders import OrderRow
from engine.core.state import Account, State
from engine.core.turn import Turn

#: How long an order without an answer may still appear: 8 s to 90 s late were seen (Kite forum
#: comments 35732 and 41029).
APPEARS_WITHIN = timedelta(seconds=120)
#: How long after a send a read must have been asked for before a single order that looks like it is
#: taken for it: one asked in the same moment may show his owner's twin of it and not yet ours.
LOOKS_AFTER = timedelta(seconds=3)
#: Kite stamps whole seconds; a row this much before our send can still be ours.
STAMP_SLACK = timedelta(seconds=2)

UNCERTAIN = frozenset(
    {
        IntentState.SENDING,
        IntentState.UNKNOWN,
        IntentState.ABSENT,
        IntentState.NEEDS_HUMAN,
        IntentState.REFUSED,
    }
)


def remember_rows(account: Account, event: BookRead) -> None:
    """Keep what later reads are judged by: they bring only the rows that have changed since."""
    if event.venue is not Venue.LIVE:
        return
    for row in event.rows:
        stamp = row.updated_at or row.placed_at
        if stamp is not None and (account.book_newest is None or stamp > account.book_newest):
            account.book_newest = stamp
        if row.tag is None:
            account.untagged[row.order_id] = row
            account.untagged_since.setdefault(row.order_id, event.at)
        else:
            # A tag that was missing has come after all.
            account.untagged.pop(row.order_id, None)


def unresolved(state: State, event: BookRead) -> list[Child]:
    """Return the children of an account of which nobody knows whether they exist."""
    return [
        child
        for child in state.open_children.values()
        if child.state.is_unresolved
        and (child.key.venue, child.key.follower) == (event.venue, event.account)
    ]


def candidates(state: State, child: Child) -> list[OrderRow]:
    """Return the orders without a tag that may be this child, oldest first."""
    rows = state.account(child.key.follower).untagged.values()
    found = [row for row in rows if _matches(state, child, row)]
    return sorted(found, key=lambda row: (row.placed_at or child.planned_at, row.order_id))


def _matches(state: State, child: Child, row: OrderRow) -> bool:
    command = child.command
    if row.tag is not None or child.sent_at is None or row.placed_at is None:
        return False
    if (child.key.venue, child.key.follower, row.order_id) in state.child_orders:
        return False
    heard_at = state.account(child.key.follower).untagged_since.get(row.order_id)
    if heard_at is not None and heard_at < child.sent_at:
        # It was there before ours left: his owner's, though the stamps are of one second.
        return False
    if row.placed_by not in ("", state.account(child.key.follower).user_id):
        # RMS closes positions by orders of its own, without a tag and often of the same size.
        return False
    if command.price is not None and row.price != command.price:
        return False
    same = (row.exchange, row.symbol, row.side, row.product, row.quantity) == (
        command.exchange,
        command.symbol,
        command.side,
        command.product,
        command.quantity,
    )
    return same and child.sent_at - STAMP_SLACK <= row.placed_at <= child.sent_at + APPEARS_WITHIN


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
    if before in (IntentState.ABSENT, IntentState.REFUSED):
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
    """Ask which of several orders is ours: they were placed alike, and none carries a tag."""
    if child.state is IntentState.NEEDS_HUMAN:
        return
    turn.emit(r.IntentMoved(tag=child.tag, state=move(child.state, Trigger.GIVE_UP), at=turn.at))
    turn.tell(
        Severity.CRITICAL,
        f"{child.key.follower}: {describe(child)} has no answer, and {len(rows)} orders in Kite look "
        "just like it. It was not sent again. Please look in Kite which of them you did not place.",
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


def judge_absent(turn: Turn, event: BookRead) -> None:
    """Conclude on orders that did not appear for two minutes: absent by a fresh book, or ask."""
    account = turn.state.account(event.account)
    for child in unresolved(turn.state, event):
        if child.sent_at is None or event.asked_at < child.sent_at + APPEARS_WITHIN:
            continue
        if child.attested or candidates(turn.state, child):
            # A person has seen it in Kite, or one of several is ours: no book proves it absent.
            continue
        if proves_absence(account, event) and _is_fresh(account, child.sent_at):
            conclude_absent(
                turn,
                child,
                "never reached the broker (a later order is in the book, this one is not)",
            )
        elif child.state is IntentState.UNKNOWN:
            _ask(turn, child)


def _is_fresh(account: Account, sent_at: datetime) -> bool:
    """Whether the book has shown something later than our send on that account."""
    return account.book_newest is not None and account.book_newest > sent_at


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
        case Leg.COVER:
            return None
