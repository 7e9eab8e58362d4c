"""One follower's paper account behind the port of the live one.

Every command takes as long as one to a broker does, is refused for what a broker refuses, and fills from live
ticks only. An instrument without a tick fills nothing; that is said once per order. docs/paper.md is the
user's page of it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace
from typing_extensions import override

from engine.brokers.paper.book import PaperBook
from engine.brokers.paper.closings import CANCELLED_AT_CLOSE, PaperClosings
from engine.brokers.paper.floor import PaperFloor, PaperMarket
from engine.brokers.paper.orders import asked, changed_by
from engine.brokers.paper.refusals import Question, busy, refusal, squared_off, too_many_changes
from engine.brokers.paper.solvency import Tariff, shortage
from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.values.commands import Acked, Cancel, Command, Modify, Outcome, Place, Refused
from engine.core.values.market import IST, AccountName, OrderId, OrderStatus
from engine.core.values.orders import Funds, OrderRow, PositionRow
from engine.ports import OrderGateway

#: Seconds from a command to its answer: what the broker of the benchmark takes (docs/benchmark.md). A real
#: one takes longer at busy minutes.
LATENCY_S = 0.020
#: How long an order waits for the first tick of its instrument before that is said.
NO_TICK = timedelta(seconds=5)
#: Most modifications of one order. Source: Kite forum discussions 9201 and 9212.
MOST_CHANGES = 25
#: Segments pause before noon, between pre-open and open; one that is closed after it has ended its DAY orders.
NOON = 12


class PaperVenue(OrderGateway):
    """One follower's paper account."""

    def __init__(
        self,
        follower: AccountName,
        *,
        clock: Clock,
        market: PaperMarket,
        funds: Callable[[], Funds | None],
        on_row: Callable[[AccountName, OrderRow], None],
        tell: Callable[[AccountName, str], None],
    ) -> None:
        """Prepare; nothing is held yet.

        Args:
            follower: Whose account.
            clock: Stamps the rows.
            market: What it trades in.
            funds: Rupees that its real account may spend; None while they are not known: nothing is then
                refused for margin.
            on_row: Told of every change of an order.
            tell: Told once of every order that waits for a first tick.
        """
        self._follower = follower
        self._clock = clock
        self._market = market
        self._funds = funds
        self._tell = tell
        self._book = PaperBook(follower, clock=clock, on_row=on_row)
        self._floor = PaperFloor(self._book, market, clock)
        self._closings = PaperClosings(
            self._book,
            self._floor,
            find=market.find,
            tell=lambda text: tell(follower, f"{follower}: {text}"),
        )
        self._changes: dict[OrderId, int] = {}
        self._day = trading_day_of(clock.now())
        self._under_way: deque[tuple[Command, Callable[[Outcome], None]]] = deque()

    def restore(self, rows: Iterable[OrderRow], held: Iterable[PositionRow]) -> None:
        """Take back what the journal tells: orders that worked, and all that is held, their fills included."""
        self._book.restore(rows, held)

    @override
    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        """Take a write; it arrives after the latency, in the order of sending."""
        self._under_way.append((command, done))
        asyncio.get_running_loop().call_later(LATENCY_S, self._arrive)

    @override
    async def warm(self) -> None:
        """Nothing to open."""

    @override
    async def close(self) -> None:
        """Nothing to close."""

    def positions(self) -> tuple[PositionRow, ...]:
        """Return what the account holds; closed positions of this life stay with 0."""
        return tuple(self._book.purse.rows.values())

    def pass_time(self) -> None:
        """End what its day has ended, and say what waits for a first tick. Call it every second or so."""
        if not self._book.purse.rows and not self._book.working():
            return  # as with all who trade live; the day is turned by the next order
        now = self._clock.now()
        self._turn_day(now)
        self._closings.look(now)
        for row in self._book.working():
            if self._has_lapsed(row, now):
                self._book.end(row, CANCELLED_AT_CLOSE)
            elif self._waits_long(row, now):
                self._say_no_tick(row)

    def _turn_day(self, now: datetime) -> None:
        """Drop what the night has ended, before anything of today meets it."""
        if trading_day_of(now) != self._day:
            self._day = trading_day_of(now)
            self._book.purse.begin_day(self._is_over)
            self._closings.begin_day()

    def _arrive(self) -> None:
        self._turn_day(self._clock.now())
        command, done = self._under_way.popleft()
        match command:
            case Place():
                self._place(command, done)
            case Cancel():
                self._cancel(command, done)
            case Modify():
                self._modify(command, done)

    def _place(self, command: Place, done: Callable[[Outcome], None]) -> None:
        row = asked(command, self._clock.now())
        refused = self._refusal(row)
        if refused is not None:
            done(refused)
            return
        row = self._floor.priced(row)
        short = self._shortage(row)
        done(Acked(order_id=row.order_id))
        if short is not None:
            # The broker's risk system answers in the book (Kite Connect docs, orders: REJECTED rows).
            self._book.change(
                replace(row, status=OrderStatus.REJECTED, status_message=short.message)
            )
            return
        self._book.change(row)
        self._floor.meet(self._book.newest(row))

    def _cancel(self, command: Cancel, done: Callable[[Outcome], None]) -> None:
        row = self._book.resting(command.order_id)
        if row is None:
            done(busy("cancelled"))
            return
        done(Acked(order_id=row.order_id))
        self._book.end(row)

    def _modify(self, command: Modify, done: Callable[[Outcome], None]) -> None:
        row = self._book.resting(command.order_id)
        if row is None:
            done(busy("modified"))
            return
        changes = self._changes.get(row.order_id, 0) + 1
        if changes > MOST_CHANGES:
            done(too_many_changes())
            return
        wanted = changed_by(row, command)
        refused = self._refusal(wanted)
        if refused is None:
            wanted = self._floor.priced(wanted)
            refused = self._shortage(wanted)
        if refused is not None:
            done(refused)
            return
        self._changes[row.order_id] = changes
        done(Acked(order_id=row.order_id))
        self._book.change(wanted)
        self._floor.meet(self._book.newest(wanted))

    def _refusal(self, row: OrderRow) -> Refused | None:
        now = self._clock.now()
        refused = refusal(
            Question(
                row=row,
                instrument=self._floor.find(row),
                quote=self._floor.quote(row),
                today=now.astimezone(IST).date(),
                is_open=self._floor.is_open(row.exchange, row.symbol),
            )
        )
        if refused is None and not self._closings.takes(row, now):
            return squared_off()
        return refused

    def _shortage(self, row: OrderRow) -> Refused | None:
        return shortage(
            row,
            working=self._book.working(but=row.order_id),
            purse=self._book.purse,
            funds=self._funds(),
            tariff=Tariff(
                find=self._market.find,
                price_of=self._market.prices.last_price,
                per_lot=self._market.per_lot,
            ),
        )

    def _is_over(self, exchange: str, symbol: str) -> bool:
        """Whether a contract's last day is over; what today's list lacks is kept until it is known."""
        instrument, today = self._market.find(exchange, symbol), self._clock.now().astimezone(IST)
        return (
            instrument is not None
            and instrument.expiry is not None
            and instrument.expiry < today.date()
        )

    def _has_lapsed(self, row: OrderRow, now: datetime) -> bool:
        """Whether a DAY order's day is over."""
        if not self._floor.is_of_today(row):
            return True
        close = self._floor.ends(row.exchange, row.symbol).close
        if close is not None:
            return now >= close
        late = now.astimezone(IST).hour >= NOON
        return late and not self._market.is_open(row.exchange, now)

    def _waits_long(self, row: OrderRow, now: datetime) -> bool:
        """Whether an order has waited for a first tick and nobody was told; its row remembers that."""
        if self._floor.quote(row) is not None or row.status_message is not None:
            return False
        if row.placed_by:
            # The broker's own; it was said with it.
            return False
        return row.placed_at is not None and now - row.placed_at >= NO_TICK

    def _say_no_tick(self, row: OrderRow) -> None:
        self._book.change(replace(row, status_message="no price has come yet"))
        self._tell(
            self._follower,
            f"{self._follower}: no price of {row.symbol} comes, so the paper order {row.side.value} "
            f"{row.quantity} waits; it is filled at the first one. Is the master's socket up? /status",
        )
