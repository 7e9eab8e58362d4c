"""Whether a paper account can afford an order, and owns what it sells. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from engine.brokers.paper.purse import Purse, margin, spendable
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.instruments import Instrument
from engine.core.values.market import Product, Side
from engine.core.values.orders import Funds, OrderRow
from engine.core.values.translate import INDEX_NAMES

#: What Kite says of a sale of shares that are not there.
NO_SHARES = "Insufficient stock holding in your account."
_Find = Callable[[str, str], Instrument | None]
_PriceOf = Callable[[str, str], Decimal | None]


def shortage(
    row: OrderRow,
    *,
    working: Sequence[OrderRow],
    purse: Purse,
    funds: Funds | None,
    find: _Find,
    price_of: _PriceOf,
) -> Refused | None:
    """Return why the account may not have an order, or None where it may.

    Args:
        row: The order; for a modification, with the changes in it.
        working: The account's other orders that work.
        purse: What it holds.
        funds: What its real account may spend; None: not known, and nothing is refused for margin.
        find: Names instruments.
        price_of: Last prices in rupees, for orders without one of their own.
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
    instrument = find(row.exchange, row.symbol)
    if funds is None or instrument is None:
        return None
    needed = _required(row, working, purse, instrument, price_of)
    if not needed:
        return None
    left = spendable(funds, instrument) + purse.realised - _used(working, purse, find, price_of)
    if needed <= max(left, Decimal(0)):
        return None
    return Refused(
        kind=RefusalKind.MARGIN,
        message=f"Insufficient funds. Required margin is {needed:.2f} but available margin is {left:.2f}.",
        http_status=400,
    )


def _used(working: Sequence[OrderRow], purse: Purse, find: _Find, price_of: _PriceOf) -> Decimal:
    """Return the rupees blocked by positions and orders."""
    used = Decimal(0)
    for number, row in enumerate(working):
        instrument = find(row.exchange, row.symbol)
        if instrument is not None and not (row.product is Product.CNC and row.side is Side.SELL):
            used += _required(row, working[:number], purse, instrument, price_of) or 0
    for held in purse.rows.values():
        instrument = find(held.exchange, held.symbol)
        if instrument is not None and held.quantity:
            blocked = margin(
                instrument,
                product=held.product,
                side=Side.BUY if held.quantity > 0 else Side.SELL,
                quantity=abs(held.quantity),
                price=held.average_price or price_of(held.exchange, held.symbol) or Decimal(0),
                index=instrument.name in INDEX_NAMES,
            )
            used += blocked or 0
    return used


def _required(
    row: OrderRow,
    earlier: Sequence[OrderRow],
    purse: Purse,
    instrument: Instrument,
    price_of: _PriceOf,
) -> Decimal | None:
    """Return the rupees that the unfilled part of an order blocks; None where that is not known."""
    units = purse.opening(row, earlier)
    price = row.price or row.trigger_price or price_of(row.exchange, row.symbol)
    if not units or price is None:
        return None
    return margin(
        instrument,
        product=row.product,
        side=row.side,
        quantity=units,
        price=price,
        index=instrument.name in INDEX_NAMES,
    )
