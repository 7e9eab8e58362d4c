"""What an exchange refuses, said in what it accepts."""

from datetime import date

from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, OrderType, Validity
from engine.core.values.orders import OrderRow

#: When what is coded of products, order types and market protection (here, ``risk/gates.py``,
#: ``rules.py``) was last compared with Kite Connect's docs, its forum and Zerodha's support pages.
ORDER_RULES_DATE = date(2026, 11, 22)

#: What a card says of each translation. A child is always DAY and follows the master's order to its
#: end, so that IOC, which MCX refuses (Kite forum discussion 15912), and TTL are never sent.
NO_STOP_MARKET = "SL-M is not taken here: sent as SL with a limit"
NO_MARKET = "MARKET is not taken here: sent as a limit at the band"

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
    order types; read 2026-11). Contracts far out, deep in the money or without trades are refused as
    well and listed nowhere; the first refusal tells.
    """
    if instrument.no_market:
        return False
    if not instrument.kind.is_option:
        return True
    if instrument.exchange == Exchange.MCX:
        return False
    return instrument.exchange == Exchange.CDS or instrument.name in INDEX_NAMES


def validity_note(row: OrderRow) -> str:
    """Return what a card says of an order that is to rest shorter than the day; else nothing."""
    if row.validity in (Validity.IOC, Validity.TTL):
        return f"{row.validity.value} becomes DAY and ends with his order"
    return ""
