"""What a person is asked about an exit that does not end by itself."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from engine.core.planning.ladder import LAST_PAUSE, RUNGS, stands_since
from engine.core.state.context import PartContext
from engine.core.state.latches import (
    RETRIED,
    describe,
    is_given_up,
    stuck_mark,
    waits_for_holdings,
)
from engine.core.state.turn import Turn
from engine.core.values.child import RESTS, Child
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.market import OrderId, Side
from engine.core.values.notices import Severity
from engine.core.values.offers import whether_to_exit, whether_to_reprice

#: When a person is asked about an exit that did not fill (exit ladder).
EXIT_ASK = timedelta(seconds=30)


def ask_about_more(turn: Turn, context: PartContext, missing: int) -> None:
    """Tell what he exits further by an order of which an earlier part was refused for good here.

    Of that part a person was asked; nothing is sent by itself any more.
    """
    children, key = context.part.of(Leg.EXIT), context.key
    newest = [child for child in children if child.generation == children[-1].generation]
    if not any(is_given_up(child) for child in newest) or any(
        waits_for_holdings(child) or child.refusal in RETRIED for child in newest
    ):
        return
    mark = f"more:{key}:{context.order_id}:{missing}"
    if mark in turn.state.told:
        return
    turn.state.told.add(mark)
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: {children[-1].side.value} {missing} {key.symbol} more is not sent, an earlier "
        "part of this exit was refused for good. The copied holding is still there: close it in Kite.",
        topic=copy_topic(key.venue, context.order_id),
        child=children[-1],
        needs_human=True,
        question=whether_to_exit(key, context.order_id, children[-1].tag),
    )


def ask_about_stuck_exit(turn: Turn, live: Iterable[Child]) -> None:
    """Ask once about each exit that stands at the market, and has not filled for 30 s."""
    for child in live:
        since = stands_since(child)
        if since is None or child.step == RESTS or child.state is not IntentState.ACKED:
            continue
        # Without a price to go by, the first rung is the last.
        due = since + (LAST_PAUSE if child.step >= len(RUNGS) else EXIT_ASK)
        if turn.at < due:
            turn.wake(child.key, due)
            continue
        mark = stuck_mark(child.tag)
        question = whether_to_reprice(child.key, child.master_order_id, child.tag)
        if mark not in turn.state.told:
            turn.state.told.add(mark)
            if turn.is_asked(question):
                # Since before a restart: the buttons of then are still there.
                continue
            turn.tell(
                Severity.CRITICAL,
                f"{child.key.follower}: the exit {describe(child)} has not filled for "
                f"{EXIT_ASK.seconds} s. It is left working at the broker: please look at it in Kite.",
                topic=copy_topic(child.key.venue, child.master_order_id),
                child=child,
                needs_human=True,
                question=question,
            )


def ask_about_unlisted(turn: Turn, book: KeyBook, *, is_listed: Callable[[OrderId], bool]) -> None:
    """Ask once about an exit of what today's instruments do not list: lot and tick are not known.

    Args:
        turn: The turn.
        book: The ledger.
        is_listed: Tells whether anything is listed that a child of a master order could be of.
    """
    key = book.key
    for order_id, part in book.active_parts():
        units = part.unfilled_claim
        if not units or not len(turn.state.instruments):
            continue
        if is_listed(order_id):
            continue
        mark = f"unlisted:{key}:{order_id}:{units}"
        if mark in turn.state.told:
            continue
        turn.state.told.add(mark)
        side = Side.BUY if part.claimed > 0 else Side.SELL
        turn.tell(
            Severity.CRITICAL,
            f"{key.follower}: {side.value} {units} {key.symbol} cannot be sent, {key.exchange}:{key.symbol} "
            "is not in today's list of instruments. The copied holding is still there: close it in Kite.",
            topic=copy_topic(key.venue, order_id),
            needs_human=True,
        )
