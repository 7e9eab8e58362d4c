"""What the program could know at a moment of true time: nothing that happened later than it last heard of."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from demo.exchange.portfolio import Trade
from engine.core.values.child import RESTS, Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, Tag
from engine.core.values.notices import SkipReason

#: What is no lot stays counted with the others; who is asked about an order is asked about those rounded by it too.
_NOT_LEFT_OUT = frozenset(
    {SkipReason.ZERO_LOTS, SkipReason.AWAITS_APPROVAL, SkipReason.NOT_APPROVED}
)


class Shown(NamedTuple):
    """An event that showed an order of the master: the units that it showed as filled, and of how many."""

    event: int
    filled: int
    quantity: int


class Known:
    """Remembers which event was the newest in the store at which moment, over all lives."""

    def __init__(self) -> None:
        self._at: list[datetime] = []
        self._newest: list[int] = []

    def note(self, at: datetime, newest: int) -> None:
        """Remember that an event is durable, by the exchange's clock."""
        self._at.append(at)
        self._newest.append(newest)

    def by(self, at: datetime) -> int:
        """Return the newest event that was durable at a moment; 0 where there was none."""
        index = bisect_right(self._at, at)
        return self._newest[index - 1] if index else 0


def left_out_late(book: KeyBook) -> set[OrderId]:
    """Return the orders whose entries were left out after a later one had been decided: nobody could know it then.

    Such an order waited, as for another of unknown fate, and was to take what was owed of a lot. The carry of the
    later one is pinned at its decision, and what has left is not changed by that: the next order makes it up.
    """
    found, decided = set[OrderId](), list[datetime]()
    for order_id, part in reversed(book.parts.items()):
        known, entries = part.skips.get(Leg.ENTRY), part.of(Leg.ENTRY)
        if known is not None and known.reason not in _NOT_LEFT_OUT and not entries:
            if any(at < known.at for at in decided):
                found.add(order_id)
        elif entries:
            decided.append(entries[0].planned_at)
        elif known is not None and known.reason is SkipReason.ZERO_LOTS:
            decided.append(known.at)
    return found


def known_when_exited(book: KeyBook, trades: Iterable[Trade], known: Known) -> dict[OrderId, int]:
    """Return the newest event that was known when a resting exit of ours had filled, by the master's order.

    It fills at the exchange at the master's price whether or not the program runs, and stands for his exit
    from then on: what he traded before, and was not heard of by then, cannot have changed its size.

    Args:
        book: The follower's ledger.
        trades: All trades of his account.
        known: What was known when.
    """
    filled_at = {trade.order.tag: trade.at for trade in trades}
    found = {}
    for order_id, part in book.parts.items():
        exits = part.of(Leg.EXIT)
        if len(exits) == 1 and not part.filled(Leg.ENTRY) and exits[0].step == RESTS:
            child = exits[0]
            if child.filled == child.terms.quantity and child.tag in filled_at:
                found[order_id] = known.by(filled_at[child.tag])
    return found


def filled_before_he_cut(
    book: KeyBook,
    trades: Iterable[Trade],
    shown: Mapping[OrderId, Sequence[Shown]],
    known: Known,
    found_by: Mapping[Tag, int],
) -> Fraction:
    """Return the signed units that entries of ours had filled too much before we could know that he wants less.

    It rests at his price and fills when his does. What he then cuts is as if he had cancelled that much
    of it: what filled too much stays until he exits. So does what an order of unknown fate had filled before it
    was found: it could not be cut, though his own had become the exit of something else in part. And an exit that
    rests with his and fills before it is known that he cut that: what left too much is made up by his next entry.

    Args:
        book: The follower's ledger.
        trades: All trades of his account.
        shown: By order of the master, the events that showed it, oldest first.
        known: What was known when.
        found_by: The event by which an order of unknown fate was found, by its tag.
    """
    filled_at = {trade.order.tag: trade.at for trade in trades}
    found = Fraction(0)
    for order_id, part in book.parts.items():
        seen = shown.get(order_id, ())
        units = part.filled(Leg.ENTRY)
        found += _left_too_much(part, seen, filled_at, known)
        entries = part.of(Leg.ENTRY)
        if any(_filled_unseen(child, filled_at, found_by, known) for child in entries):
            found += entries[0].side.sign * max(0, units - part.exact_of(part.entered))
            continue
        # Since which event he has wanted less than we have filled, to the end.
        since = None
        for old, new in pairwise(seen):
            if part.exact_of(new.quantity) >= units:
                since = None
            elif since is None and new.quantity < old.quantity:
                since = new.event
        if since is None:
            continue
        filled = [filled_at[child.tag] for child in part.of(Leg.ENTRY) if child.tag in filled_at]
        if filled and known.by(max(filled)) < since:
            sign = part.of(Leg.ENTRY)[0].side.sign
            found += sign * (units - part.exact_of(seen[-1].quantity))
    return found


def _left_too_much(
    part: CopyPart, seen: Sequence[Shown], filled_at: Mapping[str, datetime], known: Known
) -> Fraction:
    """Return the signed units that exits had filled too much before we could know that he cut his order."""
    exits = [each for each in part.of(Leg.EXIT) if each.tag in filled_at]
    if not exits:
        return Fraction(0)
    by = known.by(max(filled_at[each.tag] for each in exits))
    then = next((each.quantity for each in reversed(seen) if each.event <= by), 0)
    if not then or seen[-1].quantity >= then:
        return Fraction(0)
    return exits[0].side.sign * part.exited * (1 - Fraction(seen[-1].quantity, then))


def _filled_unseen(
    child: Child, filled_at: Mapping[str, datetime], found_by: Mapping[Tag, int], known: Known
) -> bool:
    """Whether an order was of unknown fate still when it had filled."""
    at, event = filled_at.get(child.tag), found_by.get(child.tag)
    return at is not None and event is not None and known.by(at) < event


def filled_ahead(
    book: KeyBook,
    trades: Iterable[Trade],
    his: Iterable[Trade],
    shown: Mapping[OrderId, Sequence[Shown]],
    known: Known,
) -> set[OrderId]:
    """Return the orders of the master of which the copies had filled before anybody could know that he had.

    They were sent before his order filled, and sized by his net of then. By the exchange's own clock: after a
    death both are read at once, and which is read first says nothing.
    """
    sent_and_filled = {trade.order.tag: (trade.order.history[0][0], trade.at) for trade in trades}
    began = dict[str, datetime]()
    for trade in his:
        began.setdefault(trade.order.order_id, trade.at)
    found = set()
    for order_id, part in book.parts.items():
        copies = [
            sent_and_filled[child.tag]
            for child in part.of(Leg.ENTRY)
            if child.filled and child.tag in sent_and_filled
        ]
        told = [each.event for each in shown.get(order_id, ()) if each.filled]
        if not copies or not told or order_id not in began:
            continue
        before = all(sent < began[order_id] for sent, _ in copies)
        if before and known.by(max(at for _, at in copies)) < min(told):
            found.add(order_id)
    return found
