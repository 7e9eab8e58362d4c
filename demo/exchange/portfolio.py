"""What an account owns: trades, positions and holdings, from its fills alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side
from demo.exchange.orders import Order
from demo.exchange.positions import Position
from demo.exchange.wire import Row, maybe_stamp, number, stamp

#: Gives an instrument's last price, rupees.
LastPrice = Callable[[Instrument], Decimal]


class PositionKey(NamedTuple):
    """Positions of different products in one symbol are different positions."""

    exchange: str
    tradingsymbol: str
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One fill: units and rupees."""

    trade_id: str
    order: Order
    quantity: int
    price: Decimal
    at: datetime

    def row(self) -> Row:
        """Return the row of ``GET /trades``; `order_timestamp` is a time of day there."""
        return {
            "trade_id": self.trade_id,
            "order_id": self.order.order_id,
            "exchange": self.order.instrument.exchange,
            "tradingsymbol": self.order.instrument.tradingsymbol,
            "instrument_token": self.order.instrument.token,
            "product": self.order.product,
            "average_price": number(self.price),
            "quantity": self.quantity,
            "exchange_order_id": self.order.exchange_order_id,
            "transaction_type": self.order.side.value,
            "fill_timestamp": stamp(self.at),
            "order_timestamp": stamp(self.order.requested_at)[11:],
            "exchange_timestamp": stamp(self.at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Units of an open position that change their product; `side` is the position's own."""

    instrument: Instrument
    side: Side
    quantity: int
    overnight: bool
    old_product: str
    new_product: str
    at: datetime

    def reversed(self) -> "Conversion":
        """Return what undoes it."""
        return replace(self, old_product=self.new_product, new_product=self.old_product)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What was carried in of a position until `at`, when the broker changed it by hand."""

    instrument: Instrument
    product: str
    quantity: int
    price: Decimal
    at: datetime


@dataclass(slots=True, kw_only=True)
class Holding:
    """Shares in demat: settled, and bought yesterday (`t1_quantity`).

    `authorised_quantity` of the settled ones may leave today; the consent ends with the day.
    """

    instrument: Instrument
    quantity: int
    t1_quantity: int = 0
    average_price: Decimal
    authorised_quantity: int = 0
    authorised_at: datetime | None = None

    def used(self, net: int) -> tuple[int, int]:
        """Return the (settled, T1) units that today's CNC net uses up, settled ones first."""
        sold = max(-net, 0)
        settled = min(sold, self.quantity)
        return settled, min(sold - settled, self.t1_quantity)

    def row(self, net: int, last: Decimal) -> Row:
        """Return the row of ``GET /portfolio/holdings``; `quantity` is less what was sold."""
        used, used_t1 = self.used(net)
        total = self.quantity - used + self.t1_quantity - used_t1
        change = last - self.instrument.close
        return {
            "tradingsymbol": self.instrument.tradingsymbol,
            "exchange": self.instrument.exchange,
            "instrument_token": self.instrument.token,
            "isin": f"INE{self.instrument.exchange_token:06d}011",
            "product": "CNC",
            "price": 0,
            "quantity": self.quantity - used,
            "used_quantity": used + used_t1,
            "t1_quantity": self.t1_quantity - used_t1,
            "realised_quantity": self.quantity - used,
            "authorised_quantity": self.authorised_quantity,
            "authorised_date": maybe_stamp(self.authorised_at) or "",
            "opening_quantity": self.quantity + self.t1_quantity,
            "short_quantity": 0,
            "collateral_quantity": 0,
            "collateral_type": None,
            "discrepancy": False,
            "average_price": number(self.average_price),
            "last_price": number(last),
            "close_price": number(self.instrument.close),
            "pnl": number((last - self.average_price) * total),
            "day_change": number(change),
            "day_change_percentage": number(change * 100 / self.instrument.close),
            "mtf": {"quantity": 0, "used_quantity": 0, "average_price": 0, "value": 0},
        }


class Portfolio:
    """Trades, positions and holdings of one account."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.by_hand: list[Conversion | Adjustment] = []
        self.positions: dict[PositionKey, Position] = {}
        self.holdings: dict[str, Holding] = {}

    def position(self, instrument: Instrument, product: str) -> Position:
        """Return the position in this symbol and product, begun if need be."""
        key = PositionKey(instrument.exchange, instrument.tradingsymbol, product)
        found = self.positions.get(key)
        if found is None:
            found = self.positions[key] = Position(instrument=instrument, product=product)
        return found

    def net(self, instrument: Instrument, product: str) -> int:
        """Return the signed units of a position."""
        key = PositionKey(instrument.exchange, instrument.tradingsymbol, product)
        found = self.positions.get(key)
        return found.quantity if found else 0

    def book(self, trade: Trade) -> None:
        """Add one fill to the trades and to its position."""
        self.trades.append(trade)
        order = trade.order
        self.position(order.instrument, order.product).book(order.side, trade.quantity, trade.price)

    def start_day(self) -> None:
        """Forget the day's trades and positions; the holdings stay."""
        self.trades, self.by_hand, self.positions = [], [], {}

    def carry_in(self, instrument: Instrument, product: str, quantity: int, price: Decimal) -> None:
        """Begin the day with a position: signed units and rupees."""
        position = self.position(instrument, product)
        position.overnight_quantity, position.overnight_price = quantity, price

    def adjust(
        self, instrument: Instrument, product: str, quantity: int, price: Decimal, at: datetime
    ) -> None:
        """Replace what was carried in of a position, as for a split; nobody is told."""
        position = self.position(instrument, product)
        self.by_hand.append(
            Adjustment(
                instrument=instrument, product=product, quantity=position.overnight_quantity,
                price=position.overnight_price, at=at,
            )
        )  # fmt: skip
        self.carry_in(instrument, product, quantity, price)

    def convert(self, conversion: Conversion) -> None:
        """Change the product of units that are open; nobody is told."""
        self.by_hand.append(conversion)
        self._apply(conversion)

    def _apply(self, conversion: Conversion) -> None:
        row, quantity = conversion.instrument, conversion.quantity
        old = self.position(row, conversion.old_product)
        new = self.position(row, conversion.new_product)
        if conversion.overnight:
            old.hand_over_carried(new, conversion.side.sign * quantity)
        else:
            old.hand_over(new, conversion.side, quantity)

    def as_of(self, at: datetime) -> "Portfolio":
        """Return the portfolio as it stood at `at`, from what was carried in and the trades."""
        earlier = Portfolio()
        earlier.holdings = self.holdings
        for held in self.positions.values():
            earlier.carry_in(
                held.instrument, held.product, held.overnight_quantity, held.overnight_price
            )
        for change in reversed(self.by_hand):
            if change.at <= at:
                break
            if isinstance(change, Adjustment):
                earlier.carry_in(change.instrument, change.product, change.quantity, change.price)
            elif change.overnight:
                earlier._apply(change.reversed())
        converted = (each for each in self.by_hand if isinstance(each, Conversion))
        done: list[Trade | Conversion] = [*self.trades, *converted]
        for each in sorted(done, key=lambda event: event.at):
            if each.at > at:
                break
            if isinstance(each, Trade):
                earlier.book(each)
            elif not each.overnight:
                earlier._apply(each)
        return earlier

    def position_rows(self, last: LastPrice) -> tuple[list[Row], list[Row]]:
        """Return the net and the day rows of ``GET /portfolio/positions``."""
        positions = self.positions.values()
        net = [each.row(last(each.instrument)) for each in positions]
        day = [
            each.today().row(last(each.instrument))
            for each in positions
            if each.day_buy_quantity or each.day_sell_quantity
        ]
        return net, day

    def holding_rows(self, last: LastPrice) -> list[Row]:
        """Return the data of ``GET /portfolio/holdings``."""
        return [
            each.row(self.delivery_net(symbol), last(each.instrument))
            for symbol, each in self.holdings.items()
        ]

    def delivery_net(self, tradingsymbol: str) -> int:
        """Return today's CNC net in a share over NSE and BSE: what is in demat may go to either."""
        return sum(
            each.quantity
            for key, each in self.positions.items()
            if (key.tradingsymbol, key.product) == (tradingsymbol, "CNC")
        )
