"""The floor: what the exchange itself does to an order that was accepted."""

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from demo.exchange.drafts import STOPS
from demo.exchange.hours import has_closed
from demo.exchange.instruments import Instrument
from demo.exchange.market import Market
from demo.exchange.matching import (
    AUTOMATIC,
    Execution,
    Side,
    execute,
    is_triggered,
    protected_limit,
)
from demo.exchange.orders import IN_FLIGHT, RESTING, Order, Status
from demo.exchange.portfolio import Portfolio, Trade
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import Clock


class Floor:
    """Matches, triggers and ends orders; books fills; tells `emit` of each update, in order.

    Attributes:
        paused: Exchanges where orders are taken but nothing trades, as in an auction.
        watchers: Called with every order that was filled in part or whole, or ended.
    """

    def __init__(
        self,
        *,
        now: Clock,
        rules: ExchangeRules,
        market: Market,
        portfolios: dict[str, Portfolio],
        emit: Callable[[Order, str], None],
    ) -> None:
        """Take the clock, the switches, the prices, where fills are booked, and who listens."""
        self._now = now
        self._rules = rules
        self._market = market
        self._portfolios = portfolios
        self._emit = emit
        self.paused: set[str] = set()
        self.watchers: list[Callable[[Order], None]] = []
        self._trade_numbers = itertools.count(70_000_001)
        self._exchange_numbers = itertools.count(1_100_000_000_000_001)
        self._live: dict[str, dict[str, Order]] = {user_id: {} for user_id in portfolios}

    def live_of(self, user_id: str) -> tuple[Order, ...]:
        """Return the orders of an account that are not terminal, oldest first."""
        return tuple(self._live[user_id].values())

    def accept(self, order: Order) -> None:
        """Take an order that passed RMS; it is not at the exchange yet."""
        self._live[order.user_id][order.order_id] = order
        order.move(Status.OPEN_PENDING, self._now())

    def reject(self, order: Order, message: str | None = None) -> None:
        """End an order that RMS, or with a `message` the exchange itself, did not let pass."""
        if message is not None:
            order.status_message = order.status_message_raw = message
        order.move(Status.REJECTED, self._now())
        self._live[order.user_id].pop(order.order_id, None)
        self._emit(order, order.status)

    def queue(self, order: Order) -> None:
        """Keep an after-market order until the open; no socket hears of it."""
        self._live[order.user_id][order.order_id] = order
        order.status = Status.AMO_RECEIVED
        order.record(self._now())

    def unqueue(self, order: Order) -> None:
        """Let go of an after-market order that is about to be accepted or rejected."""
        del self._live[order.user_id][order.order_id]

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

    def reach(self, order: Order) -> None:
        """Let the exchange have an accepted order."""
        order.exchange_order_id = str(next(self._exchange_numbers))
        stops = order.order_type in STOPS
        order.move(Status.TRIGGER_PENDING if stops else Status.OPEN, self._now())
        if order.variety != "amo":  # Source: Kite forum 8905: its opening is not pushed.
            self._emit(order, order.status)
        if order.status is Status.OPEN:
            self._trade(order, aggressive=True)
        if order.validity == "IOC" and order.is_live:
            self.end(order)

    def change(self, order: Order, wanted: Order) -> None:
        """Give a resting order the values of `wanted`, by way of the modification statuses."""
        self.begin_change(order)
        self.finish_change(order, wanted)

    def answer(self, order: Order, refusal: str | None, take: Callable[[], None]) -> None:
        """Take a request that reached the exchange, or refuse it in the exchange's words."""
        if refusal is None:
            take()
        elif order.status is Status.OPEN_PENDING:
            self.reject(order, refusal)
        else:
            self.return_to_book(order, refusal)

    def begin_change(self, order: Order) -> None:
        """Send a modification to the exchange, where the order still rests as it was."""
        now = self._now()
        order.rested_as = order.status
        order.requested_at = now
        order.modifications += 1
        order.move(Status.MODIFY_VALIDATION_PENDING, now)
        order.move(Status.MODIFY_PENDING, now)

    def finish_change(self, order: Order, wanted: Order) -> None:
        """Let the exchange take a modification, unless fills have made it impossible."""
        if wanted.quantity <= order.filled_quantity:
            self.return_to_book(order, "The order was filled beyond the modified quantity.")
            return
        now = self._now()
        keeps_open = order.rested_as is Status.OPEN and order.order_type == wanted.order_type
        order.modified = True
        order.take(wanted)
        order.move(Status.MODIFIED, now)
        stops = order.order_type in STOPS and not keeps_open
        order.move(Status.TRIGGER_PENDING if stops else Status.OPEN, now)
        self._emit(order, "UPDATE")
        if order.status is Status.OPEN:
            self._trade(order, aggressive=True)

    def return_to_book(self, order: Order, message: str) -> None:
        """Let the exchange refuse a change on its way: the order rests again as it did."""
        order.status_message = order.status_message_raw = message
        order.move(order.rested_as, self._now())
        self._emit(order, "UPDATE")

    def cancel(self, order: Order) -> None:
        """Cancel a resting order at its owner's wish."""
        self.begin_cancel(order)
        self.end(order)

    def begin_cancel(self, order: Order) -> None:
        """Send a cancellation to the exchange, where the order still rests."""
        order.rested_as = order.status
        order.requested_at = self._now()
        order.move(Status.CANCEL_PENDING, self._now())

    def end(self, order: Order, message: str | None = None) -> None:
        """Cancel what is unfilled, for whatever reason; `message` is what the row says of it."""
        if message is not None:
            order.status_message = order.status_message_raw = message
        queued = order.status is Status.AMO_RECEIVED
        order.move(Status.CANCELLED, self._now())
        del self._live[order.user_id][order.order_id]
        if not queued:
            self._emit(order, order.status)
        self._tell(order)

    def fill_whole(self, order: Order) -> None:
        """Fill a resting order at its own price, whatever the market is."""
        if order.status is Status.TRIGGER_PENDING:
            self._trigger(order)
        if order.is_live:
            self._book(order, Execution(quantity=order.pending_quantity, price=order.price))

    def match(self, instrument: Instrument | None = None) -> None:
        """Trigger, fill and expire what the present market and time call for.

        Args:
            instrument: Only orders in this one; None is all.
        """
        for order in self._all_live():
            if instrument is None or order.instrument.key == instrument.key:
                self._look_at(order)

    def end_day(self) -> None:
        """Cancel whatever still rests, as happens at the close."""
        for order in self._all_live():
            if order.status in RESTING | IN_FLIGHT | {Status.OPEN_PENDING}:
                self.end(order)

    def _all_live(self) -> Iterator[Order]:
        for orders in self._live.values():
            yield from tuple(orders.values())

    def _look_at(self, order: Order) -> None:
        if order.instrument.exchange in self.paused:
            return
        if order.status is Status.TRIGGER_PENDING:
            last = self._market.touch(order.instrument).last
            if is_triggered(order.side, trigger=order.trigger_price, last=last):
                self._trigger(order)
        elif order.status is Status.OPEN or (
            order.status in IN_FLIGHT and order.rested_as is Status.OPEN
        ):
            self._trade(order, aggressive=False)
        if order.status in RESTING and self._has_lapsed(order, self._now()):
            self.end(order)

    def _has_lapsed(self, order: Order, now: datetime) -> bool:
        if order.validity_ttl and now >= order.requested_at + timedelta(minutes=order.validity_ttl):
            return True
        return not self._rules.always_open and has_closed(order.instrument.exchange, now)

    def _trigger(self, order: Order) -> None:
        order.move(Status.OPEN_PENDING, self._now())
        if order.order_type == "SL-M":
            last = self._market.touch(order.instrument).last
            order.price = protected_limit(
                order.side, instrument=order.instrument, last=last, asked=AUTOMATIC
            )
        order.move(Status.OPEN, self._now())
        self._emit(order, order.status)
        self._trade(order, aggressive=True)

    def _trade(self, order: Order, *, aggressive: bool) -> None:
        if order.instrument.exchange in self.paused:
            return
        touch = self._market.touch(order.instrument)
        execution = execute(
            order.side,
            quantity=order.pending_quantity,
            limit=order.price,
            touch=touch,
            aggressive=aggressive,
        )
        if execution is None:
            return
        buying = order.side is Side.BUY
        touch.take(
            buying=buying, quantity=execution.quantity, price=execution.price, at=self._now()
        )
        self._book(order, execution)

    def _book(self, order: Order, execution: Execution) -> None:
        order.fill(execution, self._now())
        self._portfolios[order.user_id].book(
            Trade(
                trade_id=str(next(self._trade_numbers)),
                order=order,
                quantity=execution.quantity,
                price=execution.price,
                at=self._now(),
            )
        )
        if not order.is_live:
            del self._live[order.user_id][order.order_id]
        # A socket calls a partial fill UPDATE; the book goes on saying OPEN.
        self._emit(order, "UPDATE" if order.is_live else order.status)
        self._tell(order)

    def _tell(self, order: Order) -> None:
        for watch in self.watchers:
            watch(order)
