"""What icebergs and cover orders must look like."""

from decimal import Decimal

from demo.exchange.bands import check_range
from demo.exchange.matching import Side
from demo.exchange.tickets import Ticket
from demo.exchange.wire import bad_input

#: Most legs of an iceberg. Source: Kite forum comment 51724 (20 to 50 in January 2026).
ICEBERG_LEGS = 50


def check_iceberg(ticket: Ticket) -> None:
    """Refuse legs that do not add up, and what an iceberg cannot be.

    Raises:
        KiteError: 400.
    """
    if ticket.is_change:
        return
    if ticket.order_type not in {"LIMIT", "MARKET"} or ticket.validity == "IOC":
        raise bad_input("Iceberg orders can only be LIMIT or MARKET orders that are not IOC.")
    legs = ticket.iceberg_legs
    if legs is None or not 2 <= legs <= ICEBERG_LEGS:
        raise bad_input("Invalid `iceberg_legs`.")
    lots = ticket.quantity // ticket.instrument.lot_size
    if ticket.iceberg_quantity != -(-lots // legs) * ticket.instrument.lot_size:
        raise bad_input("Invalid `iceberg_quantity`.")


def check_cover(ticket: Ticket, last: Decimal) -> None:
    """Refuse an entry whose stop is missing or on the wrong side.

    Raises:
        KiteError: 400.
    """
    if ticket.order_type not in {"LIMIT", "MARKET"}:
        raise bad_input("Cover orders can only be LIMIT or MARKET orders.")
    check_range(ticket.instrument, ticket.trigger_price, "trigger_price")
    entry = ticket.price if ticket.order_type == "LIMIT" else last
    below = ticket.side is Side.BUY
    if ticket.trigger_price >= entry if below else ticket.trigger_price <= entry:
        raise bad_input(
            f"Trigger price for cover {ticket.side.lower()} orders should be "
            f"{'lower' if below else 'higher'} than the price."
        )
