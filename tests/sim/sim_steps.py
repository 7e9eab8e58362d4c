"""Promises that are looked at after every commit: what is known only grows, and is never more than true."""

from collections.abc import Callable

from demo.exchange.exchange import Exchange
from demo.exchange.orders import Order
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderId, Tag, Venue
from engine.core.values.orders import OrderRow

#: Intents that never move again.
_FINAL = (IntentState.REFUSED, IntentState.ABSENT, IntentState.KILLED, IntentState.EXPIRED)


class StepJudge:
    """Looks at the state of whichever life has just committed; what it saw outlives them all."""

    def __init__(self, exchange: Exchange, broken: Callable[[str], None]) -> None:
        self._exchange = exchange
        self._broken = broken
        self._seen: dict[OrderId, OrderRow] = {}
        self._filled: dict[Tag, int] = {}
        self._ended: dict[Tag, IntentState] = {}
        self._wishes: dict[tuple[object, ...], Tag] = {}
        self._by_tag: dict[str, Order] = {}
        self._indexed = (0, "")

    def look(self, state: State) -> None:
        """Look at everything that a commit may have moved."""
        self._index()
        for child in state.children.values():
            if child.key.venue is Venue.LIVE:
                self._look_at(child)
        for position in state.master.values():
            for order in position.orders.values():
                self._grows(order.row, whose="the master's")

    def _index(self) -> None:
        orders = self._exchange.desk.orders
        # A new day's book may have as many orders as the old one had.
        newest = (len(orders), next(reversed(orders), ""))
        if newest != self._indexed:
            self._indexed = newest
            self._by_tag |= {each.tag: each for each in orders.values() if each.tag}

    def _look_at(self, child: Child) -> None:
        wish = (
            child.key.follower, child.master_order_id, child.leg, child.generation, child.slice,
            child.attempt,
        )  # fmt: skip
        if self._wishes.setdefault(wish, child.tag) != child.tag:
            self._broken(f"{child.tag} and {self._wishes[wish]} are the same wish")
        if child.filled < self._filled.get(child.tag, 0):
            self._broken(f"{child.tag}: {self._filled[child.tag]} were filled, now {child.filled}")
        self._filled[child.tag] = child.filled
        before = self._ended.setdefault(child.tag, child.state)
        # An order that was proved absent, or of which nobody knew when its day ended, and that turns up
        # all the same is taken for what it is.
        lost = before is IntentState.ABSENT or (before is IntentState.EXPIRED and child.sent_at)
        found = lost and child.state is IntentState.ACKED
        if before in _FINAL and child.state is not before and not found:
            self._broken(f"{child.tag} was {before} and is {child.state}")
        self._ended[child.tag] = child.state
        true = self._by_tag.get(child.tag)
        if child.filled > (true.filled_quantity if true else 0):
            self._broken(f"{child.tag}: {child.filled} filled in the store, not at the exchange")
        if child.sighting is not None:
            self._grows(child.sighting.row, whose="our")

    def _grows(self, row: OrderRow, *, whose: str) -> None:
        before = self._seen.get(row.order_id)
        if before is row:
            return
        self._seen[row.order_id] = row
        if before is None:
            return
        if row.filled_quantity < before.filled_quantity:
            self._broken(f"{whose} {row.order_id}: {before.filled_quantity} were filled, then less")
        if before.status.is_terminal and not row.status.is_terminal:
            self._broken(f"{whose} {row.order_id} was {before.status} and is {row.status}")
