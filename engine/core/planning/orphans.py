"""A copied holding left when the master is flat: close it, or ask."""

from collections.abc import Iterable

from engine.core.planning.wanted import SETTLE
from engine.core.state.conversions import followed
from engine.core.state.latches import is_given_up
from engine.core.state.state import MasterPosition
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Leg, MasterKey, copy_topic
from engine.core.values.market import OrderId
from engine.core.values.notices import Severity
from engine.core.values.offers import whether_to_close
from engine.core.values.rules import Orphan


def claim_orphans(turn: Turn, key: MasterKey, books: Iterable[KeyBook]) -> None:
    """Claim what ledgers have left of a key in which the master is flat and idle, after 2 s."""
    state = turn.state
    left = [book for book in books if book.virtual]
    if not left:
        return
    position = state.master.get(key)
    if position is None or position.net or not _is_idle(position):
        return
    if followed(state, key):
        # He is flat here by a conversion: under another product he still holds what was copied.
        return
    since = [order.ended_at for order in position.orders.values() if order.ended_at]
    if not since:
        return
    due = max(since) + SETTLE
    for book in left:
        if any(_works(child) for _, part in book.active_parts() for child in part.children):
            continue
        if turn.at < due:
            turn.wake(book.key, due)
            continue
        _claim(turn, book)


def _works(child: Child) -> bool:
    return not child.has_ended and not child.detached


def _is_idle(position: MasterPosition) -> bool:
    return all(
        order.row.status.is_terminal or not order.row.counts for order in position.orders.values()
    )


def _claim(turn: Turn, book: KeyBook) -> None:
    rules = turn.state.rules.get(book.key.follower)
    newest = newest_part(book)
    if rules is None:
        return
    what = f"{book.key.follower}: {abs(book.virtual)} copied {book.key.symbol}"
    # With the newest order: the same may be left again after another of his.
    mark = f"orphan:{book.key}:{book.virtual}:{next(reversed(book.parts), '')}"
    if newest is None:
        refused = any(_ended_for_good(part) for part in book.parts.values())
        why = (
            "a close of it was refused already"
            if refused
            else "no order of his can carry the close"
        )
        turn.tell_once(
            Severity.CRITICAL,
            f"{what} are left while the master is flat, and {why}: no other is sent today. "
            "Close them in Kite.",
            topic=topic_of(book.key.follower),
            mark=f"{mark}:refused",
            needs_human=True,
        )
        return
    if rules.orphan is Orphan.ASK:
        question = whether_to_close(book.key)
        if turn.is_asked(question):
            return
        turn.tell_once(
            Severity.WARNING,
            f"{what} are left while the master is flat. They are kept (ORPHAN=ask) until you choose.",
            topic=topic_of(book.key.follower),
            mark=mark,
            question=question,
        )
        return
    close_orphan(turn, book, newest)
    turn.tell(
        Severity.WARNING,
        f"{what} were left while the master is flat: they are being closed.",
        topic=copy_topic(book.key.venue, newest),
    )


def close_orphan(turn: Turn, book: KeyBook, order_id: OrderId) -> None:
    """Claim all that a ledger has left, as an exit of one of the master's orders."""
    turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=-book.virtual))


def newest_part(book: KeyBook) -> OrderId | None:
    """Return the newest order whose exit leg can still carry the close, or None.

    One that claims the other side cannot: claims of both sides on one order take each other for done, and
    nothing would be sent.
    """
    side = -1 if book.virtual > 0 else 1
    for order_id in reversed(book.parts):
        part = book.parts[order_id]
        other_side = part.claimed * side < 0 or any(
            child.side.sign != side for child in part.of(Leg.EXIT)
        )
        if order_id and not other_side and not _ended_for_good(part):
            return order_id
    return None


def _ended_for_good(part: CopyPart) -> bool:
    return any(child.refusal or is_given_up(child) for child in part.of(Leg.EXIT))
