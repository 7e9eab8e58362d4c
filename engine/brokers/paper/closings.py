"""What the broker and the exchange do at a day's end by themselves: square off, settle, end DAY orders.

A square-off is an order of the broker's own (``placed_by`` RMS). It takes whatever the ticks show until the
position is closed; what is left at the close, or found only after it, goes at the last price that is known. A
contract is settled once its last day is over. Without a price nothing is closed, and that is said.

All follows from the positions and the time, so that a start takes up what the life before left.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.brokers.paper.book import PaperBook
from engine.brokers.paper.floor import PaperFloor
from engine.brokers.paper.matching import Execution
from engine.brokers.paper.settlement import settlement_price
from engine.core.values.closings import ClosedBy
from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, OrderId, OrderStatus, OrderType, Product, Side
from engine.core.values.orders import OrderRow, PositionRow

CANCELLED_BY_RMS = "cancelled by RMS: intraday positions are squared off now"
CANCELLED_AT_CLOSE = "the session is over: DAY orders end with it"
#: Said of what was closed otherwise than by a tick of the session.
AT_THE_LAST_PRICE = (
    "Nothing was shown before the close that would have taken it: the last known price"
)
#: How long a first price is waited for before that is said.
NO_PRICE = timedelta(seconds=5)
_Mark = tuple[str, str, Product, str]


class PaperClosings:
    """Closes what a paper account may hold no longer."""

    def __init__(
        self,
        book: PaperBook,
        floor: PaperFloor,
        *,
        find: Callable[[str, str], Instrument | None],
        tell: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            book: The account's orders and positions.
            floor: Where its orders meet the ticks.
            find: Names instruments.
            tell: Told once a day of each position that cannot be closed for want of a price.
        """
        self._book = book
        self._floor = floor
        self._find = find
        self._tell = tell
        self._waits: dict[_Mark, datetime] = {}
        self._told: set[_Mark] = set()

    def begin_day(self) -> None:
        """Say again today what was said before."""
        self._waits.clear()
        self._told.clear()

    def look(self, now: datetime) -> None:
        """Do what is due by now; safe to repeat."""
        for row in self._book.working():
            if not row.placed_by and row.product is Product.MIS and self._squares_off(row, now):
                self._book.end(row, CANCELLED_BY_RMS)
        for held in tuple(self._book.purse.rows.values()):
            if not held.quantity:
                continue
            ends = self._floor.ends(held.exchange, held.symbol)
            if ends.expiry is not None and now >= ends.expiry:
                self._settle(held, now)
            elif held.product is not Product.MIS:
                continue
            elif ends.close is not None and now >= ends.close:
                self._close_late(held, now)
            elif self._squares_off(held, now):
                self._square_off(held, now)

    def takes(self, row: OrderRow, now: datetime) -> bool:
        """Return whether an order is taken as far as the square-off is concerned: afterwards no new position is."""
        if row.product is not Product.MIS or not self._squares_off(row, now):
            return True
        return not self._book.purse.opening(row, self._book.working(but=row.order_id))

    def _squares_off(self, of: OrderRow | PositionRow, now: datetime) -> bool:
        since = self._floor.ends(of.exchange, of.symbol).square_off
        return since is not None and now >= since

    def _square_off(self, held: PositionRow, now: datetime) -> None:
        row = self._working(held)
        if row is None:
            row = self._order(held, ClosedBy.RMS, now)
            self._book.change(row)
            self._floor.meet(self._book.newest(row))
        if self._floor.quote(row) is None:
            self._say(held, now, "square-off waits; it is done at the first one")

    def _close_late(self, held: PositionRow, now: datetime) -> None:
        """Close at the last known price what the session has left, or what is found after it."""
        price = self._floor.known_price(held.exchange, held.symbol)
        row = self._working(held)
        if price is None:
            if row is not None:
                self._book.end(row, CANCELLED_AT_CLOSE)
            self._say(held, now, "square-off is late; the first one that comes counts")
            return
        self._finish(row or self._order(held, ClosedBy.RMS, now), price, AT_THE_LAST_PRICE)

    def _settle(self, held: PositionRow, now: datetime) -> None:
        for row in self._book.working():
            if (row.exchange, row.symbol) == (held.exchange, held.symbol):
                self._book.end(row, CANCELLED_AT_CLOSE)
        instrument = self._find(held.exchange, held.symbol)
        if instrument is None:
            return
        price = settlement_price(
            instrument,
            last=self._floor.known_price(held.exchange, held.symbol),
            # A share that nobody watches has no price here; the option's own last price then stands in.
            underlying=self._floor.known_price(Exchange.NSE, instrument.name),
        )
        if price is None:
            self._say(held, now, "settlement is late; the first one that comes counts")
            return
        self._finish(self._order(held, ClosedBy.EXPIRY, now), price, "")

    def _finish(self, row: OrderRow, price: Decimal, note: str) -> None:
        row = replace(row, status_message=note or None)
        self._book.fill(row, Execution(quantity=row.remaining_quantity, price=price))

    def _working(self, held: PositionRow) -> OrderRow | None:
        """Return the square-off that works for a position."""
        name = (held.exchange, held.symbol, held.product)
        working = (row for row in self._book.working() if row.placed_by)
        return next((r for r in working if (r.exchange, r.symbol, r.product) == name), None)

    def _order(self, held: PositionRow, by: ClosedBy, now: datetime) -> OrderRow:
        """Return a new order that closes a position; its id is of this moment: no two lives share one."""
        order_id = OrderId(
            f"P{by}{now:%y%m%d%H%M%S%f}-{held.exchange}-{held.symbol}-{held.product}"
        )
        return OrderRow(
            order_id=order_id,
            exchange_order_id=order_id,
            status=OrderStatus.OPEN,
            exchange=held.exchange,
            symbol=held.symbol,
            side=Side.SELL if held.quantity > 0 else Side.BUY,
            order_type=OrderType.MARKET,
            product=held.product,
            quantity=abs(held.quantity),
            placed_by=by,
            placed_at=now,
            exchange_at=now,
        )

    def _say(self, held: PositionRow, now: datetime, what: str) -> None:
        """Say once that a position is not closed yet, when a first price has had its time to come."""
        mark = (held.exchange, held.symbol, held.product, what)
        since = self._waits.setdefault(mark, now)
        if now - since >= NO_PRICE and mark not in self._told:
            self._told.add(mark)
            self._tell(
                f"no price of {held.symbol} comes: of {held.quantity:+d} {held.product.value} on paper the {what}. "
                "Is the master's socket up? /status"
            )
