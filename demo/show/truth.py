"""What truly happened, as the exchange has it: orders with their arrival, fills, units traded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from demo.exchange.exchange import Exchange
from demo.exchange.ledger import Act
from demo.exchange.orders import Order, Status
from demo.exchange.portfolio import PositionKey
from demo.show.expected import Fill, Traded


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An order as it reached the exchange; the order lives on.

    Attributes:
        order: The exchange's own record.
        at: When its placement arrived.
        at_market: Whether it was sent as MARKET; the book then shows the limit that protects it.
    """

    order: Order
    at: datetime
    at_market: bool = False


def arrived(exchange: Exchange, user_id: str) -> list[Arrived]:
    """Return all orders of an account in order of arrival, refused ones in the book included."""
    records = {
        record.order_id: record
        for record in exchange.ledger.order_writes(user_id, origin=None)
        if record.act is Act.PLACE and record.booked
    }
    found = []
    for order in exchange.desk.orders_of(user_id):
        record = records.get(order.order_id)
        if record is not None:
            at, at_market = record.at, record.fields.get("order_type") == "MARKET"
        else:  # RMS placed it: nobody requested anything
            at, at_market = order.history[0][0], True
        found.append(Arrived(order=order, at=at, at_market=at_market))
    return sorted(found, key=lambda each: each.at)


def key_of(order: Order) -> PositionKey:
    """Return the position an order trades in."""
    row = order.instrument
    return PositionKey(row.exchange, row.tradingsymbol, order.product)


def fills(exchange: Exchange, user_id: str) -> list[Fill]:
    """Return every fill of an account, oldest first."""
    return [
        Fill(
            order_id=trade.order.order_id,
            key=key_of(trade.order),
            signed=trade.order.side.sign * trade.quantity,
            lot_size=trade.order.instrument.lot_size,
        )
        for trade in exchange.desk.portfolios[user_id].trades
    ]


def traded(found: Iterable[Fill]) -> dict[PositionKey, Traded]:
    """Return units bought and sold by key."""
    book: dict[PositionKey, Traded] = {}
    for fill in found:
        book.setdefault(fill.key, Traded()).add(fill.signed)
    return book


def working(exchange: Exchange, user_id: str) -> list[Order]:
    """Return the orders of an account that may still trade."""
    return [order for order in exchange.desk.orders_of(user_id) if order.is_live]


def refused(found: Iterable[Arrived]) -> int:
    """Return how many orders the broker's risk check rejected in the book."""
    return sum(each.order.status is Status.REJECTED for each in found)
