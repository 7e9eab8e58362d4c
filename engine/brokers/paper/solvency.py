"""Whether a paper account can afford an order, and owns what it sells. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.brokers.paper.purse import Purse, margin, spendable
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.instruments import Instrument
from engine.core.values.market import Product, Side
from engine.core.values.orders import Funds, OrderRow, PositionRow
from engine.core.values.translate import INDEX_NAMES

#: What Kite says of a sale of shares that are not there.
NO_SHARES = "Insufficient stock holding in your account."


def not_told(exchange: str, symbol: str, product: Product, side: Side) -> None:
    """Return that nobody has said what a lot blocks."""
    del exchange, symbol, product, side


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What is known of the things an account pays for.

    Attributes:
        find: Names instruments.
        price_of: Last prices in rupees, for orders without one of their own.
        per_lot: What the account's broker says a lot blocks, rupees; None where it has said nothing.
    """

    find: Callable[[str, str], Instrument | None]
    price_of: Callable[[str, str], Decimal | None]
    per_lot: Callable[[str, str, Product, Side], Decimal | None] = not_told

    def blocked(
        self, of: OrderRow | PositionRow, side: Side, *, units: int, price: Decimal | None
    ) -> Decimal | None:
        """Return the rupees that units of an order or a position block; None where that is not known."""
        instrument = self.find(of.exchange, of.symbol)
        if instrument is None or not units:
            return None
        told = self.per_lot(of.exchange, of.symbol, of.product, side)
        if told is not None:
            return told * units / instrument.lot_size
        if price is None:
            return None
        return margin(
            instrument,
            product=of.product,
            side=side,
            quantity=units,
            price=price,
            index=instrument.name in INDEX_NAMES,
        )


def shortage(
    row: OrderRow,
    *,
    working: Sequence[OrderRow],
    purse: Purse,
    funds: Funds | None,
    tariff: Tariff,
) -> Refused | None:
    """Return why the account may not have an order, or None where it may.

    Args:
        row: The order; for a modification, with the changes in it.
        working: The account's other orders that work.
        purse: What it holds.
        funds: What its real account may spend; None: not known, and nothing is refused for margin.
        tariff: What things cost.
    """
    if row.product is Product.CNC and row.side is Side.SELL:
        sold = sum(
            each.remaining_quantity
            for each in working
            if each.side is Side.SELL and each.product is Product.CNC and each.symbol == row.symbol
        )
        if row.remaining_quantity > purse.deliverable(row.symbol) - sold:
            return Refused(kind=RefusalKind.HOLDINGS, message=NO_SHARES, http_status=400)
        return None
    instrument = tariff.find(row.exchange, row.symbol)
    if funds is None or instrument is None:
        return None
    needed = _required(row, working, purse, tariff)
    if not needed:
        return None
    left = spendable(funds, instrument) + purse.realised - _used(working, purse, tariff)
    if needed <= max(left, Decimal(0)):
        return None
    return Refused(
        kind=RefusalKind.MARGIN,
        message=f"Insufficient funds. Required margin is {needed:.2f} but available margin is {left:.2f}.",
        http_status=400,
    )


def _used(working: Sequence[OrderRow], purse: Purse, tariff: Tariff) -> Decimal:
    """Return the rupees blocked by positions and orders."""
    used = Decimal(0)
    for number, row in enumerate(working):
        if not (row.product is Product.CNC and row.side is Side.SELL):
            used += _required(row, working[:number], purse, tariff) or 0
    for held in purse.rows.values():
        price = held.average_price or tariff.price_of(held.exchange, held.symbol) or Decimal(0)
        side = Side.BUY if held.quantity > 0 else Side.SELL
        used += tariff.blocked(held, side, units=abs(held.quantity), price=price) or 0
    return used


def _required(
    row: OrderRow, earlier: Sequence[OrderRow], purse: Purse, tariff: Tariff
) -> Decimal | None:
    """Return the rupees that the unfilled part of an order blocks; None where that is not known."""
    price = row.price or row.trigger_price or tariff.price_of(row.exchange, row.symbol)
    return tariff.blocked(row, row.side, units=purse.opening(row, earlier), price=price)
