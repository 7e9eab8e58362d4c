"""The floor: what the exchange itself does to an order that was accepted."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from demo.exchange.bands import AuctionPhase
from demo.exchange.drafts import STOPS
from demo.exchange.hours import has_closed
from demo.exchange.instruments import Instrument
from demo.exchange.live_orders import LiveOrders
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


class Floor(LiveOrders):
    """Matches and triggers orders and books their fills.

    Attributes:
        auctions: By exchange, the phase of the closing auction that its shares with derivatives
            are in; orders in them are taken and nothing trades.
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
        super().__init__(now=now, users=portfolios, emit=emit)
        self._rules = rules
        self._market = market
        self._portfolios = portfolios
        self.auctions: dict[str, AuctionPhase] = {}
        self._trade_numbers = itertools.count(70_000_001)
        self._exchange_numbers = itertools.count(1_100_000_000_000_001)

    def auction_of(self, instrument: Instrument) -> AuctionPhase | None:
        """Return the phase of the closing auction that an instrument is in, if any."""
        return self.auctions.get(instrument.exchange) if instrument.has_derivatives else None

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

    def finish_change(self, order: Order, wanted: Order) -> bool:
        """Let the exchange take a modification; return False where fills made it impossible."""
        taken = self.take_change(order, wanted)
        if taken and order.status is Status.OPEN:
            self._trade(order, aggressive=True)
        return taken

    def fill_whole(self, order: Order) -> None:
        """Fill a resting order at its own price, whatever the market is."""
        if order.status is Status.TRIGGER_PENDING:
            self._trigger(order)
        if order.is_live:
            self._book(order, Execution(quantity=order.pending_quantity, price=order.price))

    def fill_cancelled(self, order: Order) -> None:
        """Fill at its own price what was shown as cancelled already, as a broken link may do.

        Source: Kite forum discussion 8676: a stop traded an hour after it was called cancelled.
        """
        order.cancelled_quantity = 0
        self._book(order, Execution(quantity=order.pending_quantity, price=order.price))

    def match(self, instrument: Instrument | None = None) -> None:
        """Trigger, fill and expire what the present market and time call for.

        Args:
            instrument: Only orders in this one; None is all.
        """
        for order in self.all_live():
            if instrument is None or order.instrument.key == instrument.key:
                self._look_at(order)

    def _look_at(self, order: Order) -> None:
        if self.auction_of(order.instrument) is not None:
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
        if self.auction_of(order.instrument) is not None:
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
            self.drop(order)
        # The book goes on saying OPEN after a partial fill, whatever a socket calls it.
        self._emit(order, self._rules.partial_fill_status if order.is_live else order.status)
        self._tell(order)
