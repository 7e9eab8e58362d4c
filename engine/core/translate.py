"""What an exchange refuses, said in what it accepts."""

from engine.core.instruments import Instrument
from engine.core.market import Exchange, OrderType

#: Types that rest at a price of the master's own.
RESTING = frozenset({OrderType.LIMIT, OrderType.SL, OrderType.SL_M})
#: Types that wait for a trigger.
STOPS = frozenset({OrderType.SL, OrderType.SL_M})

#: Underlyings whose options are index options (NSE and BSE contract specifications, 2026).
INDEX_NAMES = frozenset(
    {
        "NIFTY",
        "BANKNIFTY",
        "FINNIFTY",
        "MIDCPNIFTY",
        "NIFTYNXT50",
        "SENSEX",
        "SENSEX50",
        "BANKEX",
    }
)


def takes_stop_market(instrument: Instrument) -> bool:
    """Return whether the exchange takes SL-M here.

    Source: SL-M was discontinued on BSE in all segments, and on NSE for index and stock options
    (NSE refusal code 16052; brokers' notices of 2022).
    """
    if instrument.exchange in (Exchange.BSE, Exchange.BFO):
        return False
    return not instrument.kind.is_option


def takes_market(instrument: Instrument) -> bool:
    """Return whether Zerodha takes MARKET here.

    Source: blocked for stock options and MCX options, where books are thin (Zerodha support,
    order types; read 2026-11).
    """
    if not instrument.kind.is_option:
        return True
    if instrument.exchange == Exchange.MCX:
        return False
    return instrument.exchange == Exchange.CDS or instrument.name in INDEX_NAMES
