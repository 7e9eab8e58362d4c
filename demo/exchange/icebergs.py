"""Icebergs: one leg is live at a time, and the next follows when it is filled.

Source: Kite forum comment 39111 (one live leg) and 51724 (only the first id is answered; the
request counts once).
"""

from dataclasses import dataclass
from datetime import timedelta

from demo.exchange.desk import Desk
from demo.exchange.limits import RequestLimits
from demo.exchange.orders import Order, Status


@dataclass(slots=True, kw_only=True)
class Icebergs:
    """Places the legs after the first, each of which counts toward the day's placements."""

    desk: Desk
    limits: RequestLimits

    def watch(self, order: Order) -> None:
        """Place the next leg once `order` is COMPLETE; after any other end the rest is given up."""
        if order.iceberg is None or order.status is not Status.COMPLETE or order.was_cancelled:
            return
        if not order.iceberg.following():
            return
        wait_s = self.desk.rules.iceberg_gap_s
        if wait_s:
            due = self.desk.now() + timedelta(seconds=wait_s)
            self.desk.agenda.at(due, lambda: self._place_after(order))
        else:
            self._place_after(order)

    def _place_after(self, order: Order) -> None:
        leg = order.iceberg and order.iceberg.following()
        if not leg:
            return
        following = Order(
            order_id=self.desk.ids.next(),
            user_id=order.user_id,
            placed_by=order.placed_by,
            variety=order.variety,
            instrument=order.instrument,
            side=order.side,
            order_type=order.order_type,
            product=order.product,
            quantity=leg.quantity,
            price=order.price,
            validity=order.validity,
            validity_ttl=order.validity_ttl,
            tag=order.tag,
            kite_tags=order.kite_tags,
            iceberg=leg,
            requested_at=self.desk.now(),
        )
        self.limits.count_leg(order.user_id)
        self.desk.enter(following)
