"""RMS squares intraday positions off: orders in the book that the client never placed.

Source: Zerodha support, auto square-off; Kite Connect docs, postbacks (``placed_by``).
"""

from collections.abc import Iterator
from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.desk import Desk
from demo.exchange.hours import INTRADAY
from demo.exchange.instruments import Instrument
from demo.exchange.matching import AUTOMATIC, Side, protected_limit
from demo.exchange.orders import Order


def square_off(desk: Desk, account: Account, exchange: str | None = None) -> list[Order]:
    """Cancel an account's intraday orders and close its intraday positions at the market.

    Args:
        desk: Where.
        account: Whose.
        exchange: Only there; None is everywhere.

    Returns:
        The closing orders, none larger than the freeze quantity.
    """
    for order in desk.floor.live_of(account.user_id):
        if order.product in INTRADAY and exchange in {None, order.instrument.exchange}:
            desk.floor.end(order, "Order cancelled by RMS: auto square-off.")
    placed: list[Order] = []
    for position in tuple(desk.portfolios[account.user_id].positions.values()):
        row = position.instrument
        if position.product not in INTRADAY or exchange not in {None, row.exchange}:
            continue
        for quantity in _slices(row, abs(position.quantity)):
            side = Side.SELL if position.quantity > 0 else Side.BUY
            order = _closing(desk, account, row, side, quantity, position.product)
            placed.append(desk.enter(order))
    return placed


def _slices(row: Instrument, quantity: int) -> Iterator[int]:
    largest = quantity
    if row.freeze_quantity is not None:
        largest = row.freeze_quantity // row.lot_size * row.lot_size
    while quantity:
        taken = min(quantity, largest)
        yield taken
        quantity -= taken


def _closing(
    desk: Desk, account: Account, row: Instrument, side: Side, quantity: int, product: str
) -> Order:
    last = desk.market.touch(row).last
    return Order(
        order_id=desk.ids.next(),
        user_id=account.user_id,
        placed_by=desk.rules.rms_user,
        variety="regular",
        instrument=row,
        side=side,
        order_type="LIMIT",
        product=product,
        quantity=quantity,
        price=protected_limit(side, instrument=row, last=last, asked=AUTOMATIC),
        market_protection=Decimal(0),
        kite_tags=("mktp",),
        requested_at=desk.now(),
    )
