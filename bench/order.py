"""The one order every round is about."""

from datetime import date
from decimal import Decimal

from demo.exchange.catalogue import catalogue
from demo.exchange.instruments import Instrument

SYMBOL = "SBIN"
EXCHANGE = "NSE"
PRODUCT = "MIS"
QUANTITY = 10
#: Rupees; every fill is at this price, so that nothing but the orders moves.
PRICE = Decimal(972)


def fields_of(side: str) -> dict[str, str]:
    """Return the form fields that every follower's order must carry.

    Args:
        side: BUY or SELL.

    Source: Kite Connect docs, orders. A market order needs protection since 2026-04-01 (Kite
    forum comment 52991); -1 leaves its width to Kite.
    """
    return {
        "exchange": EXCHANGE,
        "tradingsymbol": SYMBOL,
        "transaction_type": side,
        "order_type": "MARKET",
        "product": PRODUCT,
        "quantity": str(QUANTITY),
        "validity": "DAY",
        "market_protection": "-1",
    }


def instrument(today: date) -> Instrument:
    """Return the share as the day's dump lists it."""
    return next(row for row in catalogue(today) if row.key == (EXCHANGE, SYMBOL))
