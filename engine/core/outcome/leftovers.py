"""An order of an earlier day whose fate nobody knew when its day ended, and which shows up today.

Kite has shown orders late, and a link to an exchange has left them without an answer for hours. The
master's order it was for is over with its day, so it is adopted, told, and cancelled where it still
works; what it filled is a copy like any other that was carried into today.
"""

from engine.core.state.cancels import want_cancel
from engine.core.state.latches import describe
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values.child import Child
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow


def is_lost_overnight(child: Child) -> bool:
    """Return whether a child was sent and its day ended before anybody knew whether it exists."""
    return (
        child.state is IntentState.EXPIRED and child.sent_at is not None and child.order_id is None
    )


def is_of_earlier_day(state: State, child: Child) -> bool:
    """Return whether the day of the master's order that a child was made for is over."""
    book = state.book(child.key)
    return book is None or child.master_order_id not in book.parts


def name_unseen_ends(turn: Turn) -> None:
    """Name the orders of which nobody saw what they came to before their day ended: they may have filled.

    No book shows them any more, so what they filled unseen is in no ledger: only a person can find it.
    """
    for child in turn.state.open_children.values():
        if child.key.venue is not Venue.LIVE or child.sent_at is None or child.detached:
            continue
        unseen = (
            "its units are not counted as copied and no exit follows them"
            if child.leg is Leg.ENTRY
            else "the account holds less than is counted as copied"
        )
        turn.tell(
            Severity.CRITICAL,
            f"{child.key.follower}: what became of {describe(child)} was not seen before its day ended, "
            f"{child.filled} are known to have filled. If it filled further, {unseen}. "
            "Please look in Kite.",
            topic=topic_of(child.key.follower),
            child=child,
            needs_human=True,
        )


def tell_leftover(turn: Turn, child: Child, row: OrderRow) -> None:
    """Tell that an order of an earlier day is in today's book, and what becomes of it."""
    filled = row.filled_quantity
    after = "Nothing of it filled."
    if not row.status.is_terminal:
        after = "It is being cancelled, the master's order was of that day."
    if filled:
        after += (
            f" {filled} filled and count as copied: look in Kite whether you want to keep them."
        )
    if row.status.is_terminal and not filled:
        severity, needs_human = Severity.WARNING, False
    else:
        severity, needs_human = Severity.CRITICAL, True
    turn.tell(
        severity,
        f"{child.key.follower}: {describe(child)} of an earlier day, of which nobody knew whether it was "
        f"placed, is in today's order book: {row.status_text or row.status.value}. {after}",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=needs_human,
    )


def cancel_leftovers(turn: Turn, account: AccountName) -> None:
    """Ask for the cancel that each working order of an earlier day needs now, if any is due."""
    for child in list(turn.state.open_children.values()):
        if child.key.follower == account and is_of_earlier_day(turn.state, child):
            want_cancel(turn, child)
