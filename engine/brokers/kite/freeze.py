"""Freeze quantities of index derivatives: the most units an exchange takes in one order.

The instruments dump does not carry them, so they are data with a date. Exchanges compute them anew
every month; look at this table when they publish.

Source: NSE circular FAOP75521, effective 2026-08-03; BSE contract notes as read in 2026-02.
Read 2026-11-22. Kite's refusal says "higher than the maximum", so the figure itself is allowed.
"""

from collections.abc import Mapping

#: When the table was last compared with the exchanges' circulars; part of the content hash.
FREEZE_TABLE_DATE = "2026-11-22"

#: Units by exchange and underlying (the dump's ``name`` column).
_FREEZE: Mapping[tuple[str, str], int] = {
    ("NFO", "NIFTY"): 1800,
    ("NFO", "BANKNIFTY"): 600,
    ("NFO", "FINNIFTY"): 1800,
    ("NFO", "MIDCPNIFTY"): 2800,
    ("NFO", "NIFTYNXT50"): 600,
    ("BFO", "SENSEX"): 1000,
    ("BFO", "BANKEX"): 900,
}


def freeze_quantity(exchange: str, name: str) -> int | None:
    """Return the freeze quantity of a derivative.

    Args:
        exchange: NFO or BFO; no other segment is in the table.
        name: The underlying, as in the dump's ``name`` column.

    Returns:
        Units, inclusive; None where it is not known.
    """
    return _FREEZE.get((exchange, name))
