"""Remembers the row of an order for as long as the order is what it was: reading costs by the row."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter

from demo.exchange.orders import Order
from demo.exchange.wire import Row

#: All that a row can be made of; the history is made of rows itself.
_facts = attrgetter(*(each.name for each in fields(Order) if each.name != "history"))


def remembering(honest: Callable[[Order], Row]) -> Callable[[Order], Row]:
    """Return `Order.row` with a memory; who changes a row that was handed out breaks it."""
    known: dict[str, tuple[object, Row]] = {}

    def row(order: Order) -> Row:
        facts = _facts(order)
        before = known.get(order.order_id)
        if before is not None and before[0] == facts:
            return before[1]
        made = honest(order)
        known[order.order_id] = (facts, made)
        return made

    return row
