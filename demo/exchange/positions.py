"""One position: what was carried in, and what was bought and sold since."""

from dataclasses import dataclass
from decimal import Decimal

from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side
from demo.exchange.wire import Row, number


@dataclass(slots=True, kw_only=True)
class Position:
    """Today's position: what was carried in, and what was bought and sold since."""

    instrument: Instrument
    product: str
    overnight_quantity: int = 0
    overnight_price: Decimal = Decimal(0)
    day_buy_quantity: int = 0
    day_buy_value: Decimal = Decimal(0)
    day_sell_quantity: int = 0
    day_sell_value: Decimal = Decimal(0)

    @property
    def quantity(self) -> int:
        """Net units, signed."""
        return self.overnight_quantity + self.day_buy_quantity - self.day_sell_quantity

    @property
    def buy_quantity(self) -> int:
        """Units bought, with a long position carried in."""
        return self.day_buy_quantity + max(self.overnight_quantity, 0)

    @property
    def sell_quantity(self) -> int:
        """Units sold, with a short position carried in."""
        return self.day_sell_quantity + max(-self.overnight_quantity, 0)

    @property
    def buy_value(self) -> Decimal:
        """Rupees before the multiplier."""
        return self.day_buy_value + max(self.overnight_quantity, 0) * self.overnight_price

    @property
    def sell_value(self) -> Decimal:
        """Rupees before the multiplier."""
        return self.day_sell_value + max(-self.overnight_quantity, 0) * self.overnight_price

    @property
    def average_price(self) -> Decimal:
        """Rupees per unit on the side that is open; 0 when flat."""
        if self.quantity > 0:
            return self.buy_value / self.buy_quantity
        return self.sell_value / self.sell_quantity if self.quantity < 0 else Decimal(0)

    @property
    def realised(self) -> Decimal:
        """Rupees gained on what is closed, by average prices."""
        open_value = self.quantity * self.average_price
        return (self.sell_value - self.buy_value + open_value) * self.instrument.multiplier

    def book(self, side: Side, quantity: int, price: Decimal) -> None:
        """Add one fill."""
        if side is Side.BUY:
            self.day_buy_quantity += quantity
            self.day_buy_value += quantity * price
        else:
            self.day_sell_quantity += quantity
            self.day_sell_value += quantity * price

    def convertible(self, side: Side, *, overnight: bool) -> int:
        """Return the open units on `side` that were carried in, or that were opened today."""
        carried = max(0, min(side.sign * self.overnight_quantity, side.sign * self.quantity))
        return carried if overnight else max(0, side.sign * self.quantity - carried)

    def hand_over(self, other: "Position", side: Side, quantity: int) -> None:
        """Give units that were opened today to another product, at their average price."""
        bought = side is Side.BUY
        value = self.day_buy_value if bought else self.day_sell_value
        held = self.day_buy_quantity if bought else self.day_sell_quantity
        price = value / held
        self.book(side, -quantity, price)
        other.book(side, quantity, price)

    def hand_over_carried(self, other: "Position", signed: int) -> None:
        """Give units that were carried in to another product, at their price."""
        together = other.overnight_quantity + signed
        if together:
            other.overnight_price = (
                other.overnight_price * other.overnight_quantity + self.overnight_price * signed
            ) / together
        other.overnight_quantity = together
        self.overnight_quantity -= signed

    def row(self, last: Decimal) -> Row:
        """Return the net row of ``GET /portfolio/positions``, all 29 fields."""
        row, multiplier = self.instrument, self.instrument.multiplier
        value = (self.sell_value - self.buy_value) * multiplier
        pnl = value + self.quantity * last * multiplier
        carried = self.overnight_quantity * (row.close - self.overnight_price) * multiplier
        return {
            "tradingsymbol": row.tradingsymbol,
            "exchange": row.exchange,
            "instrument_token": row.token,
            "product": self.product,
            "quantity": self.quantity,
            "overnight_quantity": self.overnight_quantity,
            "multiplier": multiplier,
            "average_price": number(self.average_price),
            "close_price": number(row.close) if self.overnight_quantity else 0,
            "last_price": number(last),
            "value": number(value),
            "pnl": number(pnl),
            "m2m": number(pnl - carried),
            "unrealised": number(pnl),
            "realised": 0,  # Kite keeps the whole result in `unrealised`, also when flat
            "buy_quantity": self.buy_quantity,
            "buy_price": _each(self.buy_value, self.buy_quantity),
            "buy_value": number(self.buy_value * multiplier),
            "buy_m2m": number(self.buy_value * multiplier),
            "sell_quantity": self.sell_quantity,
            "sell_price": _each(self.sell_value, self.sell_quantity),
            "sell_value": number(self.sell_value * multiplier),
            "sell_m2m": number(self.sell_value * multiplier),
            "day_buy_quantity": self.day_buy_quantity,
            "day_buy_price": _each(self.day_buy_value, self.day_buy_quantity),
            "day_buy_value": number(self.day_buy_value * multiplier),
            "day_sell_quantity": self.day_sell_quantity,
            "day_sell_price": _each(self.day_sell_value, self.day_sell_quantity),
            "day_sell_value": number(self.day_sell_value * multiplier),
        }

    def today(self) -> "Position":
        """Return the position without what was carried in: the ``day`` row."""
        return Position(
            instrument=self.instrument,
            product=self.product,
            day_buy_quantity=self.day_buy_quantity,
            day_buy_value=self.day_buy_value,
            day_sell_quantity=self.day_sell_quantity,
            day_sell_value=self.day_sell_value,
        )


def _each(value: Decimal, quantity: int) -> float:
    return number(value / quantity) if quantity else 0.0
