"""Cover orders: an entry, and a stop that appears as the entry fills.

Source: Kite Connect docs, orders: the second leg has ``parent_order_id``; cancelling it exits.
"""

from dataclasses import dataclass

from demo.exchange.desk import Desk
from demo.exchange.matching import AUTOMATIC, Side, protected_limit
from demo.exchange.orders import Order


@dataclass(slots=True, kw_only=True)
class Covers:
    """Places the second legs."""

    desk: Desk

    def watch(self, order: Order) -> None:
        """Cover what an entry has filled so far."""
        if order.variety != "co" or order.parent_order_id or not order.filled_quantity:
            return
        leg_id = self.desk.exits.get(order.order_id)
        if leg_id is None:
            self._cover(order)
            return
        leg = self.desk.orders[leg_id]
        if leg.is_live and leg.quantity < order.filled_quantity:
            self.desk.floor.resize(leg, order.filled_quantity)

    def _cover(self, entry: Order) -> None:
        side = Side.SELL if entry.side is Side.BUY else Side.BUY
        limit = protected_limit(
            side, instrument=entry.instrument, last=entry.trigger_price, asked=AUTOMATIC
        )
        leg = Order(
            order_id=self.desk.ids.next(),
            user_id=entry.user_id,
            placed_by=entry.placed_by,
            variety="co",
            instrument=entry.instrument,
            side=side,
            order_type="SL",
            product=entry.product,
            quantity=entry.filled_quantity,
            price=limit,
            trigger_price=entry.trigger_price,
            tag=entry.tag,
            parent_order_id=entry.order_id,
            requested_at=self.desk.now(),
        )
        self.desk.exits[entry.order_id] = leg.order_id
        self.desk.enter(leg)
