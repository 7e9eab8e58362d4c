"""The terms of an order that can be changed while it rests."""

from decimal import Decimal

from msgspec import Struct

from engine.core.values.commands import Place
from engine.core.values.market import OrderStatus, OrderType
from engine.core.values.orders import OrderRow


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """Type, total quantity (units, filled ones included) and prices (rupees)."""

    order_type: OrderType
    quantity: int
    price: Decimal | None = None
    trigger_price: Decimal | None = None

    def same_price(self, other: "Terms") -> bool:
        """Return whether only the quantity may differ."""
        return (self.order_type, self.price, self.trigger_price) == (
            other.order_type,
            other.price,
            other.trigger_price,
        )


def terms_of_place(command: Place) -> Terms:
    """Return the terms an order of ours was placed with."""
    return Terms(
        order_type=command.order_type,
        quantity=command.quantity,
        price=command.price,
        trigger_price=command.trigger_price,
    )


def row_shows(row: OrderRow, terms: Terms) -> bool:
    """Return whether a book row has these terms.

    A MARKET order is shown as a LIMIT at a price the broker chose, so only its quantity is compared
    (Kite forum comment 52940). A stop that has triggered is changed as a limit; whether its row goes on
    to tell the trigger is not documented, so that of an open one is not compared.
    """
    if row.quantity != terms.quantity:
        return False
    if terms.order_type in (OrderType.MARKET, OrderType.SL_M):
        return True
    passed = terms.trigger_price is None and row.status is OrderStatus.OPEN
    return row.price == terms.price and (passed or row.trigger_price == terms.trigger_price)
