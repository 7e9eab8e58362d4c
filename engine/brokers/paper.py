"""The paper venue: the same port as the live one, filled at the real feed's prices.

A MARKET order fills at the other side's best price, a LIMIT when that price reaches it. Before
the first tick of a symbol the price the decision saw (the master's) stands in. Nothing leaves.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from typing_extensions import override

from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Outcome,
    Place,
    RefusalKind,
    Refused,
)
from engine.core.values.market import AccountName, OrderId, OrderStatus, OrderType, Side
from engine.core.values.orders import OrderRow, PositionRow, Quote
from engine.ports import OrderGateway
from engine.prices import PriceBoard


class PaperVenue(OrderGateway):
    """One follower's paper account."""

    def __init__(
        self,
        follower: AccountName,
        *,
        clock: Clock,
        prices: PriceBoard,
        on_row: Callable[[AccountName, OrderRow], None],
    ) -> None:
        self._follower = follower
        self._clock = clock
        self._prices = prices
        self._on_row = on_row
        self._rows: dict[OrderId, OrderRow] = {}
        self._working: dict[OrderId, None] = {}
        prices.listen(self._ticked)

    def restore(self, rows: Iterable[OrderRow]) -> None:
        """Take back the orders that worked when the process ended."""
        for row in rows:
            self._keep(row)

    @override
    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        """Take a write; the answer comes in the next loop turn, fills after it."""
        asyncio.get_running_loop().call_soon(self._take, command, done)

    @override
    async def warm(self) -> None:
        """Nothing to open."""

    @override
    async def close(self) -> None:
        """Nothing to close."""

    def positions(self) -> tuple[PositionRow, ...]:
        """Return net positions of today's paper fills."""
        found: dict[tuple[str, str, str], PositionRow] = {}
        for row in self._rows.values():
            if row.filled_quantity:
                at = (row.exchange, row.symbol, row.product)
                known = found.get(at) or PositionRow(
                    exchange=row.exchange, symbol=row.symbol, product=row.product, quantity=0
                )
                quantity = known.quantity + row.side.sign * row.filled_quantity
                found[at] = replace(known, quantity=quantity)
        return tuple(found.values())

    def _take(self, command: Command, done: Callable[[Outcome], None]) -> None:
        match command:
            case Place():
                order_id = OrderId(f"P{command.tag}")
                row = self._new_row(order_id, command)
                self._keep(row)
                done(Acked(order_id=order_id))
                self._on_row(self._follower, row)
                self._match(row, fallback=command.last_price)
            case Cancel():
                self._cancel(command, done)
            case Modify():
                self._modify(command, done)

    def _keep(self, row: OrderRow) -> None:
        self._rows[row.order_id] = row
        if row.status.is_terminal:
            self._working.pop(row.order_id, None)
        else:
            self._working[row.order_id] = None

    def _new_row(self, order_id: OrderId, command: Place) -> OrderRow:
        now = self._clock.now()
        waits = command.trigger_price is not None
        status = OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN
        return OrderRow(
            order_id=order_id,
            exchange_order_id=order_id,
            status=status,
            status_text=status.value,
            variety=command.variety,
            exchange=command.exchange,
            symbol=command.symbol,
            side=command.side,
            order_type=command.order_type,
            product=command.product,
            validity=command.validity,
            quantity=command.quantity,
            price=command.price,
            trigger_price=command.trigger_price,
            tag=command.tag,
            placed_at=now,
            updated_at=now,
        )

    def _cancel(self, command: Cancel, done: Callable[[Outcome], None]) -> None:
        row = self._rows.get(command.order_id)
        if row is None or row.status.is_terminal:
            done(
                Refused(
                    kind=RefusalKind.BUSY,
                    message="Order cannot be cancelled as it is being processed. Try later.",
                )
            )
            return
        done(Acked(order_id=row.order_id))
        self._change(row, status=OrderStatus.CANCELLED)

    def _modify(self, command: Modify, done: Callable[[Outcome], None]) -> None:
        row = self._rows.get(command.order_id)
        if row is None or row.status.is_terminal:
            done(
                Refused(
                    kind=RefusalKind.BUSY,
                    message="Order cannot be modified as it is being processed. Try later.",
                )
            )
            return
        done(Acked(order_id=row.order_id))
        changed = replace(
            row,
            order_type=command.order_type or row.order_type,
            quantity=max(command.quantity or row.quantity, row.filled_quantity),
            price=command.price,
            trigger_price=command.trigger_price,
            updated_at=self._clock.now(),
        )
        if changed.trigger_price is None and changed.status is OrderStatus.TRIGGER_PENDING:
            changed = replace(changed, status=OrderStatus.OPEN, status_text="OPEN")
        self._rows[row.order_id] = changed
        self._on_row(self._follower, changed)
        self._match(changed, fallback=None)

    def _ticked(self, quote: Quote) -> None:
        for order_id in list(self._working):
            row = self._rows[order_id]
            if (row.exchange, row.symbol) != (quote.exchange, quote.symbol):
                continue
            if row.placed_at and trading_day_of(row.placed_at) != trading_day_of(self._clock.now()):
                # DAY orders end with their day here too.
                self._change(row, status=OrderStatus.CANCELLED)
            else:
                self._match(row, fallback=None)

    def _match(self, row: OrderRow, *, fallback: Decimal | None) -> None:
        if row.status.is_terminal:
            return
        price = self._other_side(row, fallback)
        if price is None or self._waits_for_trigger(row):
            return
        limit = row.price if row.order_type in (OrderType.LIMIT, OrderType.SL) else None
        if limit is not None and (price - limit) * row.side.sign > 0:
            return
        self._change(
            row,
            status=OrderStatus.COMPLETE,
            filled_quantity=row.quantity,
            average_price=price,
        )

    def _waits_for_trigger(self, row: OrderRow) -> bool:
        """Whether a stop is still asleep: a BUY wakes at or above its trigger, a SELL at or below."""
        if row.status is not OrderStatus.TRIGGER_PENDING or row.trigger_price is None:
            return False
        quote = self._prices.quote(row.exchange, row.symbol)
        last = quote.last_price if quote is not None else None
        return last is None or (row.trigger_price - last) * row.side.sign > 0

    def _other_side(self, row: OrderRow, fallback: Decimal | None) -> Decimal | None:
        """Return the price at which the order would meet the market now."""
        quote = self._prices.quote(row.exchange, row.symbol)
        if quote is None:
            return fallback
        best = quote.ask if row.side is Side.BUY else quote.bid
        return best or quote.last_price

    def _change(
        self,
        row: OrderRow,
        *,
        status: OrderStatus,
        filled_quantity: int | None = None,
        average_price: Decimal | None = None,
    ) -> None:
        changed = replace(
            row,
            status=status,
            status_text=status.value,
            filled_quantity=row.filled_quantity if filled_quantity is None else filled_quantity,
            average_price=average_price or row.average_price,
            updated_at=self._clock.now(),
        )
        self._keep(changed)
        self._on_row(self._follower, changed)
