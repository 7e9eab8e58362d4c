"""The newest price of a symbol that is known here."""

from decimal import Decimal

from engine.core.state.state import State
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import MASTER


def last_price(state: State, key: Key | MasterKey) -> Decimal | None:
    """Return the last tick in rupees, else the price of the master's own newest row; None without both."""
    tick = state.prices.get(f"{key.exchange}:{key.symbol}")
    if tick is not None:
        return tick
    rows = state.account(MASTER).positions or ()
    at_his = (row for row in rows if (row.exchange, row.symbol) == (key.exchange, key.symbol))
    return next((row.last_price for row in at_his if row.last_price), None)
