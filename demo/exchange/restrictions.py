"""Contracts that take less today than others do.

Source: Zerodha support, order validation on Kite: shares without MIS and CO, contracts without
MARKET orders, contracts that nobody has traded.
"""

from enum import StrEnum, unique


@unique
class Restriction(StrEnum):
    """What a contract does not take."""

    NO_MARKET = "no_market"  #: MARKET orders, as with far and deep options
    NO_INTRADAY = "no_intraday"  #: MIS and CO, as with shares under surveillance
    NO_TRADES = "no_trades"  #: MARKET orders, as nobody has traded it yet and it has no last price
