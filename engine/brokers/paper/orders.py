"""Paper order rows: as asked for, changed, triggered, filled. Pure; shaped as Kite shapes its rows."""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from engine.brokers.paper.bands import protected_limit, protection_percent
from engine.brokers.paper.matching import Execution, averaged
from engine.core.values.commands import Modify, Place
from engine.core.values.instruments import Instrument
from engine.core.values.market import OrderId, OrderStatus, OrderType
from engine.core.values.orders import OrderRow, Quote
from engine.core.values.translate import STOPS


def asked(command: Place, at: datetime) -> OrderRow:
    """Return the row of an order that arrives; its id is its tag's, so that no two lives share one."""
    order_id = OrderId(f"P{command.tag}")
    stops = command.order_type in STOPS
    status = OrderStatus.TRIGGER_PENDING if stops else OrderStatus.OPEN
    return OrderRow(
        order_id=order_id,
        exchange_order_id=order_id,
        status=status,
        status_text=status.value,
        variety=command.variety,
        exchange=command.exchange,
        symbol=command.symbol,
        side=command.side,
        order_type=command.order_type,
        product=command.product,
        validity=command.validity,
        quantity=command.quantity,
        price=command.price,
        trigger_price=command.trigger_price,
        market_protection=command.market_protection,
        tag=command.tag,
        placed_at=at,
        updated_at=at,
    )


def changed_by(row: OrderRow, command: Modify) -> OrderRow:
    """Return a resting order with a modification in it; what is not given stays.

    A stop that was triggered is a limit to the exchange; its trigger is not looked at again.
    """
    woken = row.status is OrderStatus.OPEN and row.order_type in STOPS
    kind = command.order_type or (OrderType.LIMIT if woken else row.order_type)
    price = command.price if command.price is not None else row.price
    trigger = command.trigger_price if command.trigger_price is not None else row.trigger_price
    stops = kind in STOPS
    return replace(
        row,
        status=OrderStatus.TRIGGER_PENDING if stops else OrderStatus.OPEN,
        order_type=kind,
        quantity=command.quantity if command.quantity is not None else row.quantity,
        price=None if kind in (OrderType.MARKET, OrderType.SL_M) else price,
        trigger_price=trigger if stops else None,
        market_protection=command.market_protection,
        validity=command.validity or row.validity,
    )


def at_the_market(row: OrderRow, instrument: Instrument, quote: Quote) -> OrderRow:
    """Return a MARKET order as the limit at its band; any other as it is.

    Source: Kite Connect docs, orders: such a row is a LIMIT with tags ``mktp``, ``market_protection`` 0.
    """
    if row.order_type is not OrderType.MARKET:
        return row
    percent = protection_percent(instrument, row.market_protection, quote.last_price)
    return replace(
        row,
        order_type=OrderType.LIMIT,
        price=protected_limit(
            row.side, instrument=instrument, asked=row.market_protection, quote=quote
        ),
        market_protection=Decimal(0),
        tags=(*row.tags, "mktp", f"mktp:{percent:.2f}"),
    )


def is_awake(row: OrderRow, quote: Quote) -> bool:
    """Whether a stop's trigger is reached: at or above for a BUY, at or below for a SELL."""
    if row.trigger_price is None:
        return True
    return (quote.last_price - row.trigger_price) * row.side.sign >= 0


def triggered(row: OrderRow, instrument: Instrument, quote: Quote) -> OrderRow:
    """Return a stop as it goes to the market; an SL-M gets the limit at its band."""
    price = row.price
    if row.order_type is OrderType.SL_M:
        price = protected_limit(
            row.side, instrument=instrument, asked=row.market_protection, quote=quote
        )
    return replace(row, status=OrderStatus.OPEN, price=price)


def filled_by(row: OrderRow, execution: Execution) -> OrderRow:
    """Return an order with one more execution; COMPLETE once nothing is left."""
    filled = row.filled_quantity + execution.quantity
    before = (row.average_price or Decimal(0)) * row.filled_quantity
    average = (before + execution.price * execution.quantity) / filled
    return replace(
        row,
        status=OrderStatus.COMPLETE if filled >= row.quantity else OrderStatus.OPEN,
        filled_quantity=filled,
        average_price=averaged(average),
    )
