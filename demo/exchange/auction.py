"""The closing auction: no continuous trading, then one price, then cancellations nobody asked for.

Source: NSE circular CMTR/74466 (2026-08): it is for shares with derivatives; limit orders are
carried over, stops are not taken; what is unexecuted at the end is cancelled by the exchange.
Stock futures get new bands at its start, and orders outside them are cancelled.
"""

from demo.exchange.bands import AuctionPhase, in_auction_band
from demo.exchange.desk import Desk
from demo.exchange.orders import CHANGEABLE, Order, Status

#: What the row of an order says that the exchange cancelled. The exact words are not published.
CANCELLED_BY_EXCHANGE = "Order cancelled by the exchange."


def start_auction(desk: Desk, exchange: str) -> list[Order]:
    """Stop continuous trading; return the orders the exchange cancels now."""
    gone = [
        order
        for order in _resting(desk)
        if _is_stopped(order, exchange) or _is_future_out_of_band(desk, order, exchange)
    ]
    for order in gone:
        desk.floor.end(order, CANCELLED_BY_EXCHANGE)
    desk.floor.auctions[exchange] = AuctionPhase.ANY
    return gone


def narrow_auction(desk: Desk, exchange: str) -> None:
    """Take limit orders alone from now on; market orders stay as they are."""
    if exchange in desk.floor.auctions:
        desk.floor.auctions[exchange] = AuctionPhase.LIMITS


def end_auction(desk: Desk, exchange: str) -> list[Order]:
    """Trade once at the present price; return the orders that are cancelled after it."""
    desk.floor.auctions.pop(exchange, None)
    desk.floor.match()
    gone = [order for order in _resting(desk) if _takes_part(order, exchange)]
    for order in gone:
        desk.floor.end(order, CANCELLED_BY_EXCHANGE)
    return gone


def _resting(desk: Desk) -> list[Order]:
    return [
        order
        for account in desk.accounts
        for order in desk.floor.live_of(account.user_id)
        if order.status in CHANGEABLE and order.status is not Status.AMO_RECEIVED
    ]


def _is_stopped(order: Order, exchange: str) -> bool:
    return _takes_part(order, exchange) and order.status is Status.TRIGGER_PENDING


def _takes_part(order: Order, exchange: str) -> bool:
    return order.instrument.exchange == exchange and order.instrument.has_derivatives


def _is_future_out_of_band(desk: Desk, order: Order, exchange: str) -> bool:
    row = order.instrument
    derivatives = {"NSE": "NFO", "BSE": "BFO"}.get(exchange)
    if row.exchange != derivatives or row.is_option or not row.is_stock_derivative:
        return False
    return not in_auction_band(order.price, desk.market.touch(row).last)
