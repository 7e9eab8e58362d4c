"""Price bands: the day's circuit, limit price protection and the closing auction."""

from decimal import Decimal
from enum import StrEnum, unique

from demo.exchange.instruments import Instrument
from demo.exchange.tickets import Ticket
from demo.exchange.wire import bad_input

#: Half the closing auction's band round its reference price. Source: NSE circular CMTR/74466.
AUCTION_BAND = Decimal("0.03")


@unique
class AuctionPhase(StrEnum):
    """What a closing auction takes. Source: NSE circular CMTR/74466."""

    ANY = "any"  #: limit and market orders, and changes to them
    LIMITS = "limits"  #: limit orders only; market orders can be neither changed nor cancelled


def protection_band(row: Instrument, last: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest limit a derivative takes now, rupees; None for others.

    Source: BSE notice of 2026-06-29: options 40 per cent, at least 20 rupees; stock futures 3 per
    cent, at least 1.50 rupees.
    """
    if row.is_option:
        half = max(last * Decimal("0.40"), Decimal(20))
    elif row.is_stock_derivative:
        half = max(last * Decimal("0.03"), Decimal("1.50"))
    else:
        return None
    return max(last - half, row.tick_size), last + half


def check_protection(row: Instrument, price: Decimal, last: Decimal) -> None:
    """Refuse a limit that is too far from the last price.

    Raises:
        KiteError: 400: as for a breach of the circuit.
    """
    band = protection_band(row, last)
    if band and not band[0] <= price <= band[1]:
        raise bad_input(
            "Price exceeds circuit limits for the instrument. "
            f"Place an order within the range of {band[0]:.2f} and {band[1]:.2f}."
        )


def in_auction_band(price: Decimal, reference: Decimal) -> bool:
    """Return whether a limit may stand in the closing auction."""
    return abs(price - reference) <= reference * AUCTION_BAND


def check_auction(ticket: Ticket, reference: Decimal, phase: AuctionPhase) -> None:
    """Refuse what the closing auction does not take.

    Raises:
        KiteError: 400: a stop, IOC, disclosed quantity, a limit outside the band, or a market
            order in the last minutes.

    Source: NSE circular CMTR/74466.
    """
    if ticket.order_type in {"SL", "SL-M"} or ticket.validity == "IOC" or ticket.disclosed_quantity:
        raise bad_input(
            "Stop loss, IOC and disclosed quantity orders are not allowed in the closing auction."
        )
    if ticket.order_type == "MARKET" and phase is AuctionPhase.LIMITS:
        raise bad_input("Market orders are currently not allowed.")
    if ticket.order_type == "LIMIT" and not in_auction_band(ticket.price, reference):
        raise bad_input(
            "Price exceeds circuit limits for the instrument. "
            f"Place an order within 3% of {reference:.2f} in the closing auction."
        )


def check_range(row: Instrument, price: Decimal, name: str) -> None:
    """Refuse a price that is off the tick or beyond the day's circuit.

    Raises:
        KiteError: 400.
    """
    if price <= 0:
        raise bad_input(f"Invalid `{name}`.")
    if not row.is_on_tick(price):
        raise bad_input(
            f"Tick size for this script is {row.tick_size}. "
            "Kindly enter price in the multiple of tick size for this script."
        )
    if price < row.lower_circuit:
        raise bad_input(
            f"Your order price is lower than the current lower circuit limit of "
            f"{row.lower_circuit}. Place an order within the daily range."
        )
    if price > row.upper_circuit:
        raise bad_input(
            f"Your order price is higher than the current upper circuit limit of "
            f"{row.upper_circuit}. Place an order within the daily range."
        )
