"""What each account can read of itself; every row is made into bytes once, when it changes."""

import json
from datetime import datetime
from decimal import Decimal

from bench.accounts import Account
from bench.order import PRICE, PRODUCT, QUANTITY
from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side
from demo.exchange.orders import Order, Status
from demo.exchange.portfolio import Trade
from demo.exchange.positions import Position
from demo.exchange.wire import Row

#: Rupees each account may spend: enough never to be in the way.
FUNDS = Decimal(20_000_000)


class Book:
    """One account's orders, trades and position."""

    def __init__(self, account: Account, instrument: Instrument) -> None:
        self.account = account
        #: How often the order book and the positions were read.
        self.order_reads = self.position_reads = 0
        self._position = Position(instrument=instrument, product=PRODUCT)
        self._orders: list[bytes] = []
        self._trades: list[bytes] = []

    def fill(self, order_id: str, side: Side, *, tag: str | None, at: datetime) -> bytes:
        """Book the one order as filled whole, and return the frame that tells of it."""
        order = Order(
            order_id=order_id,
            user_id=self.account.user_id,
            placed_by=self.account.user_id,
            variety="regular",
            instrument=self._position.instrument,
            side=side,
            order_type="MARKET",
            product=PRODUCT,
            quantity=QUANTITY,
            market_protection=Decimal(-1),
            tag=tag,
            requested_at=at,
            exchange_at=at,
            exchange_order_id=f"1{order_id[-15:]}",
            status=Status.COMPLETE,
            filled_quantity=QUANTITY,
            filled_value=QUANTITY * PRICE,
        )
        trade = Trade(
            trade_id=order.order_id[-9:], order=order, quantity=order.quantity, price=PRICE, at=at
        )
        self._position.book(order.side, order.quantity, PRICE)
        self._orders.append(_bytes(order.row()))
        self._trades.append(_bytes(trade.row()))
        return _bytes(order.frame(order.status.value, api_secret=self.account.api_secret))

    @property
    def net(self) -> int:
        """Signed units held."""
        return self._position.quantity

    def orders(self) -> bytes:
        """Return the body of ``GET /orders``."""
        self.order_reads += 1
        return _list(self._orders)

    def trades(self) -> bytes:
        """Return the body of ``GET /trades``."""
        return _list(self._trades)

    def positions(self) -> bytes:
        """Return the body of ``GET /portfolio/positions``."""
        self.position_reads += 1
        rows = [self._position.row(PRICE)] if self._orders else []
        return success({"net": rows, "day": rows})

    def profile(self) -> Row:
        """Return the data of ``GET /user/profile``. Source: Kite Connect docs, user."""
        return {
            "user_id": self.account.user_id,
            "user_type": "individual",
            "email": f"{self.account.user_id.lower()}@example.com",
            "user_name": self.account.name.title(),
            "user_shortname": self.account.name.title(),
            "broker": "ZERODHA",
            "exchanges": ["NSE", "BSE", "NFO", "BFO", "MCX", "CDS"],
            "products": ["CNC", "NRML", "MIS", "MTF"],
            "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
            "avatar_url": "",
            "meta": {"demat_consent": "consent"},
        }


def success(data: object) -> bytes:
    """Return a success envelope. Source: Kite Connect docs, response structure."""
    return _bytes({"status": "success", "data": data})


def failure(error_type: str, message: str) -> bytes:
    """Return an error envelope. Source: Kite Connect docs, exceptions and errors."""
    return _bytes({"status": "error", "error_type": error_type, "message": message, "data": None})


def _list(rows: list[bytes]) -> bytes:
    return b'{"status":"success","data":[' + b",".join(rows) + b"]}"


def _bytes(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
