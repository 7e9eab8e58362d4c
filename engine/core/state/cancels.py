"""Cancel a child: once, and again only after a read that still shows it working."""

from datetime import timedelta

from engine.core.state.turn import BUDGET_TICK, Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.intents import IntentState
from engine.core.values.keys import copy_topic
from engine.core.values.market import Venue
from engine.core.values.notices import Severity

#: A repeated cancel leaves at least this long after the one before it.
REPEAT_AFTER = timedelta(seconds=1)
#: An accepted cancel whose order goes on working is asked again after this; links to an exchange
#: have left orders in CANCEL PENDING for minutes (Zerodha bulletin, 2023-07-07).
ACCEPTED_REPEAT_AFTER = timedelta(seconds=10)
#: After so many a person is asked; each counts towards the broker's order limits.
MOST_CANCELS = 5

#: Why a planned child was dropped by us; such an end latches nothing.
SUPERSEDED = "superseded before it left"


def want_cancel(turn: Turn, child: Child) -> None:
    """Send the cancel that a child needs now, if any is due."""
    if child.state is IntentState.PLANNED:
        turn.emit(
            r.IntentMoved(tag=child.tag, state=IntentState.KILLED, at=turn.at, reason=SUPERSEDED)
        )
        return
    if child.order_id is None or child.has_ended or not _is_due(turn, child):
        return
    if child.cancel is not None and child.cancel.times >= MOST_CANCELS:
        _ask_person(turn, child)
        return
    if child.key.venue is Venue.LIVE and not turn.may_send(child.key.follower, entry=False):
        # With the next second's budget it goes before what is planned: no new order may take its place.
        turn.wake(child.key, turn.at + BUDGET_TICK)
        return
    turn.send_cancel(child, child.order_id)
    turn.child_card(child)


def _is_due(turn: Turn, child: Child) -> bool:
    """Whether no cancel is under way, or the last one is shown by a later read to have failed."""
    cancel = child.cancel
    if cancel is None:
        return not _awaits_change(turn, child)
    if cancel.state is IntentState.SENDING:
        return False
    account = turn.state.account(child.key.follower)
    if child.key.venue is Venue.PAPER:
        # The paper venue answers at once or, after a crash, never.
        return turn.at >= cancel.asked_at + REPEAT_AFTER
    pause = ACCEPTED_REPEAT_AFTER if cancel.state is IntentState.ACKED else REPEAT_AFTER
    due = cancel.asked_at + pause
    if turn.at < due or account.book_version <= cancel.asked_version:
        turn.wake(child.key, max(due, turn.at + REPEAT_AFTER))
        turn.reads.add(child.key.follower)
        return False
    return True


def _awaits_change(turn: Turn, child: Child) -> bool:
    """Whether a modification has just left: Kite refuses a cancel while it is busy with the order.

    Its answer brings the cancel along. One that is late for an answer is overtaken; time in which the
    machine slept, or by which its clock was set, is no time in which the answer could be taken.
    """
    change = child.change
    if change is None or change.state is not IntentState.SENDING:
        return False
    back_at = turn.state.account(child.key.follower).back_at
    waits_since = change.asked_at if back_at is None else max(change.asked_at, back_at)
    due = waits_since + REPEAT_AFTER
    if turn.at >= due:
        return False
    turn.wake(child.key, due)
    return True


def _ask_person(turn: Turn, child: Child) -> None:
    mark = f"cancel:{child.tag}"
    if mark in turn.state.told:
        return
    turn.state.told.add(mark)
    turn.tell(
        Severity.CRITICAL,
        f"{child.key.follower}: {child.side.value} {child.command.quantity} "
        f"{child.command.symbol} was cancelled {MOST_CANCELS} times and still works at the broker. "
        "Please cancel it in Kite.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
        needs_human=True,
    )
