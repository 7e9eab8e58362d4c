"""Reading a GTT request: two JSON strings in a form.

Source: Kite Connect docs, GTT; kiteconnect 5.2.2, ``place_gtt``.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from demo.exchange.instruments import Instruments
from demo.exchange.wire import Fields, Row, bad_input, number, one

#: Products that may be held beyond the day.
_PRODUCTS = frozenset({"CNC", "NRML", "MTF"})
_LEGS = {"single": 1, "two-leg": 2}

_Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class GttOrder:
    """One LIMIT order that waits; rupees and Kite units."""

    transaction_type: str
    quantity: int
    product: str
    price: Decimal

    def row(self) -> Row:
        """Return it as the row of a GTT has it."""
        return {
            "product": self.product,
            "order_type": "LIMIT",
            "transaction_type": self.transaction_type,
            "quantity": self.quantity,
            "price": number(self.price),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GttRequest:
    """What a GTT waits for: one trigger, or a lower and an upper one, each with its order."""

    kind: str
    exchange: str
    tradingsymbol: str
    last_price: Decimal
    trigger_values: tuple[Decimal, ...]
    orders: tuple[GttOrder, ...]

    def order_fields(self, leg: int) -> dict[str, str]:
        """Return what a client would send for the order of a leg."""
        order = self.orders[leg]
        return {
            "exchange": self.exchange,
            "tradingsymbol": self.tradingsymbol,
            "transaction_type": order.transaction_type,
            "quantity": str(order.quantity),
            "product": order.product,
            "order_type": "LIMIT",
            "price": str(order.price),
        }


def read_gtt(fields: Fields, instruments: Instruments) -> GttRequest:
    """Parse a GTT.

    Raises:
        KiteError: 400 ``InputException``: malformed, or not what a GTT may be.
    """
    kind = one(fields, "type") or ""
    if kind not in _LEGS:
        raise bad_input("Invalid `type`.")
    condition, orders = _parsed(fields, "condition"), _parsed(fields, "orders")
    if not isinstance(condition, dict) or not isinstance(orders, list):
        raise bad_input("Invalid `condition` or `orders`.")
    try:
        request = GttRequest(
            kind=kind,
            exchange=str(condition["exchange"]),
            tradingsymbol=str(condition["tradingsymbol"]),
            last_price=_rupees(condition["last_price"]),
            trigger_values=tuple(_rupees(each) for each in condition["trigger_values"]),
            orders=tuple(_order(each) for each in orders),
        )
    except (KeyError, TypeError, ArithmeticError, ValueError):
        raise bad_input("Invalid `condition` or `orders`.") from None
    _check(request, instruments)
    return request


def _parsed(fields: Fields, name: str) -> object:
    try:
        parsed: object = json.loads(one(fields, name) or "", parse_float=Decimal)
    except ValueError:
        raise bad_input(f"Invalid `{name}`.") from None
    return parsed


def _order(row: _Json) -> GttOrder:
    if row["order_type"] != "LIMIT":
        raise bad_input("GTT orders can only be LIMIT orders.")
    if row["product"] not in _PRODUCTS:
        raise bad_input("Invalid `product`.")
    return GttOrder(
        transaction_type=str(row["transaction_type"]),
        quantity=int(str(row["quantity"])),
        product=str(row["product"]),
        price=_rupees(row["price"]),
    )


def _rupees(value: object) -> Decimal:
    rupees = Decimal(str(value))
    if not rupees.is_finite():
        raise ValueError(value)
    return rupees


def _check(request: GttRequest, instruments: Instruments) -> None:
    if instruments.find(request.exchange, request.tradingsymbol) is None:
        raise bad_input("The instrument has either expired or does not exist.")
    legs = _LEGS[request.kind]
    if len(request.trigger_values) != legs or len(request.orders) != legs:
        raise bad_input("Invalid `trigger_values`.")
    if any(order.quantity <= 0 or order.price <= 0 for order in request.orders):
        raise bad_input("Invalid `quantity` or `price`.")
    if request.last_price in request.trigger_values:
        raise bad_input("Trigger price cannot be the same as the last price.")
    if legs == 2 and not request.trigger_values[0] < request.last_price < request.trigger_values[1]:
        raise bad_input("The last price must be between the two trigger prices.")
