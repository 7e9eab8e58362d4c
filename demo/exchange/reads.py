"""The reads: books, portfolio, funds, profile, instruments and quotes, as a fault shows them."""

import gzip
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from demo.exchange.accounts import Account, Plan
from demo.exchange.answers import damage
from demo.exchange.desk import Desk
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import Call, Operation, ReadFault, View
from demo.exchange.instruments import Instrument, Instruments
from demo.exchange.margins import Purse
from demo.exchange.market import Market
from demo.exchange.orders import Order
from demo.exchange.portfolio import Portfolio, Trade
from demo.exchange.routes import Route
from demo.exchange.shapes import shaped
from demo.exchange.ticks import ltp_row, ohlc_row, quote_row
from demo.exchange.wire import (
    Clock,
    Fields,
    KiteError,
    Reply,
    Row,
    bad_input,
    failure,
    many,
    success,
)

#: Most instruments of one request. Source: Kite Connect docs, market quotes.
_QUOTE_LIMITS = {"": 500, "ohlc": 1000, "ltp": 1000}


class Reads:
    """Answers every call that changes nothing."""

    def __init__(
        self,
        *,
        now: Clock,
        desk: Desk,
        instruments: Instruments,
        market: Market,
        faults: FaultPlan,
    ) -> None:
        """Take what is read from."""
        self._now = now
        self._desk = desk
        self._instruments = instruments
        self._market = market
        self._faults = faults
        self._handlers: Mapping[Operation, Callable[[Account, Route, Fields, _Lens], object]] = {
            Operation.ORDERS: self._orders,
            Operation.HISTORY: self._history,
            Operation.TRADES: self._trades,
            Operation.POSITIONS: self._positions,
            Operation.HOLDINGS: self._holdings,
            Operation.MARGINS: self._margins,
            Operation.PROFILE: self._profile,
            Operation.QUOTES: self._quotes,
        }

    def answer(self, account: Account, route: Route, fields: Fields) -> Reply:
        """Return the reply of a read of an account that is logged in."""
        fault = self._strike(account.user_id, route.operation)
        lens = _Lens(fault, self._now())
        try:
            data = self._handlers[route.operation](account, route, fields, lens)
        except KiteError as error:
            return damage(failure(error), fault)
        return damage(success(data), fault)

    def instruments(self, route: Route, *, gzipped: bool) -> Reply:
        """Return the dump, which needs no login."""
        fault = self._strike(None, route.operation)
        try:
            body = self._instruments.csv(route.args.get("exchange"))
        except KiteError as error:
            return damage(failure(error), fault)
        headers = {"Content-Type": "text/csv"}
        if gzipped:
            body, headers = gzip.compress(body, mtime=0), headers | {"Content-Encoding": "gzip"}
        return damage(Reply(body=body, headers=headers), fault)

    def _strike(self, user_id: str | None, operation: Operation) -> ReadFault | None:
        call = Call(user_id=user_id, operation=operation, tag=None, at=self._now())
        return self._faults.take(ReadFault, call)

    def _orders(self, account: Account, _: Route, __: Fields, lens: "_Lens") -> list[Row]:
        shown = (lens.row(order) for order in self._desk.orders_of(account.user_id))
        return lens.some([row for row in shown if row is not None])

    def _history(self, account: Account, route: Route, _: Fields, lens: "_Lens") -> list[Row]:
        order = self._own(account, route.args["order_id"], lens)
        rows = [lens.shaped(row) for at, row in order.history if at <= lens.at]
        if lens.view is View.ODD_HISTORY and rows:
            # Source: Kite Connect docs, order history: the example's first row is like this.
            rows[0] = rows[0] | {"instrument_token": 1, "modified": False}
        return lens.some(rows)

    def _trades(self, account: Account, route: Route, _: Fields, lens: "_Lens") -> list[Row]:
        order_id = route.args.get("order_id")
        if order_id is not None:
            self._own(account, order_id, lens)
        trades = self._desk.portfolios[account.user_id].trades
        return lens.some(
            [
                lens.shaped(trade.row())
                for trade in trades
                if order_id in {None, trade.order.order_id} and lens.shows(trade)
            ]
        )

    def _positions(self, account: Account, _: Route, __: Fields, lens: "_Lens") -> Row:
        if lens.view is View.EMPTY:
            return {"net": [], "day": []}
        net, day = self._portfolio(account, lens).position_rows(self._last)
        return {
            "net": [lens.shaped(row) for row in net],
            "day": [lens.shaped(row) for row in day],
        }

    def _holdings(self, account: Account, _: Route, __: Fields, lens: "_Lens") -> list[Row]:
        rows = self._portfolio(account, lens).holding_rows(self._last)
        return lens.some([lens.shaped(row) for row in rows])

    def _portfolio(self, account: Account, lens: "_Lens") -> Portfolio:
        portfolio = self._desk.portfolios[account.user_id]
        return portfolio.as_of(lens.at) if lens.is_stale else portfolio

    def _margins(self, account: Account, route: Route, _: Fields, lens: "_Lens") -> Row:
        purse = self._desk.purse(account)
        if lens.is_stale:
            then = [order.as_of(lens.at) for order in self._desk.orders_of(account.user_id)]
            live = [order for order in then if order and order.is_live]
            purse = Purse(account, self._portfolio(account, lens), live)
        segment = route.args.get("segment")
        if segment is None:
            return {name: purse.row(name) for name in ("equity", "commodity")}
        if segment not in {"equity", "commodity"}:
            raise bad_input("Invalid `segment`.")
        return purse.row(segment)

    def _profile(self, account: Account, _: Route, __: Fields, ___: "_Lens") -> Row:
        return account.profile()

    def _quotes(self, account: Account, route: Route, fields: Fields, _: "_Lens") -> Row:
        if account.plan is Plan.PERSONAL:
            raise KiteError(403, "PermissionException", "Insufficient permission for that call.")
        kind, names = route.args.get("kind", ""), many(fields, "i")
        if len(names) > _QUOTE_LIMITS[kind]:
            raise bad_input("Too many instruments.")
        rows: Row = {}
        for name in names:
            found = self._instruments.find_name(name)
            if found is not None:  # what is unknown or expired is silently left out
                rows[name] = self._quote(kind, found)
        return rows

    def _quote(self, kind: str, row: Instrument) -> Row:
        touch = self._market.touch(row)
        if kind == "ltp":
            return ltp_row(touch)
        return ohlc_row(touch) if kind == "ohlc" else quote_row(touch, self._now())

    def _own(self, account: Account, order_id: str, lens: "_Lens") -> Order:
        if not order_id.isdecimal():
            raise bad_input("Invalid `order_id`.")
        order = self._desk.orders.get(order_id)
        if order is None or order.user_id != account.user_id or lens.hides(order):
            raise KiteError(400, "OrderException", f"The order for ID ({order_id}) does not exist")
        return order

    def _last(self, row: Instrument) -> Decimal:
        return self._market.touch(row).last


class _Lens:
    """How one read sees the books: whole, or as a fault has it."""

    def __init__(self, fault: ReadFault | None, now: datetime) -> None:
        self.view = fault.view if fault else View.TRUE
        self.odd_status = fault.odd_status if fault else ""
        self.now = now
        self.at = now
        if fault and self.is_stale:
            frozen_at = None if fault.seconds else fault.meets.after
            self.at = frozen_at or now - timedelta(seconds=fault.seconds)

    @property
    def is_stale(self) -> bool:
        return self.view is View.STALE

    def hides(self, order: Order) -> bool:
        return order.visible_at is not None and self.now < order.visible_at

    def shows(self, trade: Trade) -> bool:
        return trade.at <= self.at and not self.hides(trade.order)

    def row(self, order: Order) -> Row | None:
        if self.hides(order):
            return None
        row = order.row_as_of(self.at) if self.is_stale else order.row()
        return row and self.shaped(row)

    def shaped(self, row: Row) -> Row:
        return shaped(row, self.view, self.odd_status)

    def some(self, rows: list[Row]) -> list[Row]:
        if self.view is View.EMPTY:
            return []
        return rows[: len(rows) // 2] if self.view is View.PARTIAL else rows
