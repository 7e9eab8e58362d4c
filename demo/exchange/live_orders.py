"""The orders that are not done, and what the exchange says of each as it moves on.

`demo.exchange.floor` decides what trades; what a request or an end does to an order stands here.
"""

from collections.abc import Callable, Iterable

from demo.exchange.drafts import STOPS
from demo.exchange.orders import IN_FLIGHT, RESTING, Order, Status
from demo.exchange.wire import Clock


class LiveOrders:
    """Keeps every order that is not terminal; tells `emit` of each update, in order.

    Attributes:
        watchers: Called with every order that was filled in part or whole, or ended.
    """

    def __init__(
        self, *, now: Clock, users: Iterable[str], emit: Callable[[Order, str], None]
    ) -> None:
        """Take the clock, whose orders these are, and who listens."""
        self._now = now
        self._emit = emit
        self.watchers: list[Callable[[Order], None]] = []
        self._live: dict[str, dict[str, Order]] = {user_id: {} for user_id in users}

    def live_of(self, user_id: str) -> tuple[Order, ...]:
        """Return the orders of an account that are not terminal, oldest first."""
        return tuple(self._live[user_id].values())

    def all_live(self) -> tuple[Order, ...]:
        """Return the orders of all accounts that are not terminal."""
        return tuple(order for orders in self._live.values() for order in orders.values())

    def keep(self, order: Order) -> None:
        """Count an order among the live ones, whatever it waits for."""
        self._live[order.user_id][order.order_id] = order

    def drop(self, order: Order) -> None:
        """Count an order among the live ones no more."""
        self._live[order.user_id].pop(order.order_id, None)

    def accept(self, order: Order) -> None:
        """Take an order that passed RMS; it is not at the exchange yet."""
        self.keep(order)
        order.move(Status.OPEN_PENDING, self._now())

    def reject(self, order: Order, message: str | None = None) -> None:
        """End an order that RMS, or with a `message` the exchange itself, did not let pass."""
        if message is not None:
            order.status_message = order.status_message_raw = message
        order.move(Status.REJECTED, self._now())
        self.drop(order)
        self._emit(order, order.status)

    def queue(self, order: Order) -> None:
        """Keep an after-market order until the open; no socket hears of it."""
        self.keep(order)
        order.status = Status.AMO_RECEIVED
        order.record(self._now())

    def change_queued(self, order: Order, wanted: Order) -> None:
        """Give an after-market order that still waits other values."""
        order.modifications += 1
        order.modified = True
        order.take(wanted)
        order.move(Status.AMO_RECEIVED, self._now())

    def resize(self, order: Order, quantity: int) -> None:
        """Let the second leg of a cover order cover more, as its entry fills further."""
        order.quantity = quantity
        order.record(self._now())
        self._emit(order, "UPDATE")

    def begin_change(self, order: Order) -> None:
        """Send a modification to the exchange, where the order still rests as it was."""
        now = self._now()
        order.rested_as = order.status
        order.requested_at = now
        order.modifications += 1
        order.move(Status.MODIFY_VALIDATION_PENDING, now)
        order.move(Status.MODIFY_PENDING, now)

    def take_change(self, order: Order, wanted: Order) -> bool:
        """Let the exchange take a modification, unless fills have made it impossible.

        Returns:
            False where the order rests again as it did.
        """
        if wanted.quantity <= order.filled_quantity:
            self.return_to_book(order, "The order was filled beyond the modified quantity.")
            return False
        now = self._now()
        keeps_open = order.rested_as is Status.OPEN and order.order_type == wanted.order_type
        order.modified = True
        order.take(wanted)
        order.move(Status.MODIFIED, now)
        stops = order.order_type in STOPS and not keeps_open
        order.move(Status.TRIGGER_PENDING if stops else Status.OPEN, now)
        self._emit(order, "UPDATE")
        return True

    def return_to_book(self, order: Order, message: str) -> None:
        """Let the exchange refuse a change on its way: the order rests again as it did."""
        order.status_message = order.status_message_raw = message
        order.move(order.rested_as, self._now())
        self._emit(order, "UPDATE")

    def begin_cancel(self, order: Order) -> None:
        """Send a cancellation to the exchange, where the order still rests."""
        order.rested_as = order.status
        order.requested_at = self._now()
        order.move(Status.CANCEL_PENDING, self._now())

    def refuse(self, order: Order, message: str) -> None:
        """Refuse a request that reached the exchange, in the exchange's words."""
        if order.status is Status.OPEN_PENDING:
            self.reject(order, message)
        else:
            self.return_to_book(order, message)

    def end(self, order: Order, message: str | None = None) -> None:
        """Cancel what is unfilled, for whatever reason; `message` is what the row says of it.

        An order that is stuck before RMS has seen it is rejected instead.
        """
        if order.status is Status.RECEIVED:
            self.reject(order, message or "The order was not taken up before the close.")
            return
        if message is not None:
            order.status_message = order.status_message_raw = message
        queued = order.status is Status.AMO_RECEIVED
        order.move(Status.CANCELLED, self._now())
        self.drop(order)
        if not queued:
            self._emit(order, order.status)
        self._tell(order)

    def end_day(self) -> None:
        """Cancel whatever still rests, as happens at the close."""
        for order in self.all_live():
            if order.status in RESTING | IN_FLIGHT | {Status.OPEN_PENDING, Status.RECEIVED}:
                self.end(order)

    def _tell(self, order: Order) -> None:
        for watch in self.watchers:
            watch(order)
