"""What happens at the exchange although no client asked for it.

A plan of a test, the demo or a simulation calls these at the moments it likes; with real trading
hours (`ExchangeRules.always_open` off) the clock calls them as well.
"""

from demo.exchange.desk import Desk
from demo.exchange.hours import is_open
from demo.exchange.orders import Order, Status


class Events:
    """The exchange's and the broker's own acts."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk whose orders and portfolios are acted upon."""
        self._desk = desk

    def step(self) -> None:
        """Do what the clock calls for."""
        if not self._desk.rules.always_open:
            for order in self._queued():
                if is_open(order.instrument.exchange, self._desk.now()):
                    self._desk.take_queued(order)

    def open_market(self, exchange: str | None = None) -> int:
        """Take the after-market orders of one exchange, or of all; return how many.

        Source: Kite forum comment 8905: no socket hears of it; fills are told as ever.
        """
        taken = [order for order in self._queued() if exchange in {None, order.instrument.exchange}]
        for order in taken:
            self._desk.take_queued(order)
        return len(taken)

    def _queued(self) -> list[Order]:
        return [
            order for order in self._desk.orders.values() if order.status is Status.AMO_RECEIVED
        ]
