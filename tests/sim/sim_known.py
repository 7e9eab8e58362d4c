"""What the program could know at a moment of true time: nothing that happened later than it last heard of."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from demo.exchange.portfolio import Trade
from engine.core.copies import RESTS, KeyBook
from engine.core.keys import Leg
from engine.core.market import OrderId


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
