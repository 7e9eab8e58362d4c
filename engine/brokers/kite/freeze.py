"""Freeze quantities of index derivatives: the most units an exchange takes in one order.

The instruments dump does not carry them, so they are data with a date. Exchanges compute them anew
every month; look at this table when they publish. Where it is wrong, Kite's refusal names the figure
(``named_freeze``) and the core keeps that (``engine/core/values/freeze.py``).

Source: NSE circular FAOP75521, effective 2026-08-03; BSE contract notes as read in 2026-02.
Read 2026-11-22. Kite's refusal says "higher than the maximum", so the figure itself is allowed.
"""

import re
from collections.abc import Mapping
from datetime import date

#: When the table was last compared with the exchanges' circulars; part of the content hash.
FREEZE_TABLE_DATE = date(2026, 11, 22)

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


#: A number after the word that makes it a bound: plain, or with commas in either grouping. What looks
#: like the beginning of another number (a fraction, a space between digits) is none.
_BOUND = re.compile(
    r"\b(?:max(?:imum)?|freeze)\b[^0-9]{0,60}?"
    r"(?<![0-9.,])([0-9]{1,3}(?:,[0-9]{2,3})+|[0-9]{1,9})(?![0-9])(?![\s.,'\u2019_][0-9])",
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"\b(?:quantity|quantities|qty)\b", re.IGNORECASE)
_BY_EXCHANGE = re.compile(r"\b(?:exchanges?|freeze|lots?)\b", re.IGNORECASE)
#: Other bounds that are said with the same words; after the figure they may well be an advice.
_OTHER_BOUND = re.compile(
    r"\b(?:disclosed|iceberg|slic\w*|holdings?|margins?|funds|modif\w*|value|price)\b",
    re.IGNORECASE,
)


def named_freeze(message: str) -> int | None:
    """Return the freeze quantity that the text of a refusal names.

    Kite says "The order quantity Q (n lots) is higher than the maximum quantity of F (m lots) allowed
    by the exchanges…" (Kite forum comment 42709); its words have changed before, so they are matched
    loosely, and nothing is concluded where two figures could be meant.

    Args:
        message: The broker's text.

    Returns:
        Units, > 0; None where the text is about something else or names no single figure.
    """
    if not (_QUANTITY.search(message) and _BY_EXCHANGE.search(message)):
        return None
    bounds = list(_BOUND.finditer(message))
    named = {int(bound[1].replace(",", "")) for bound in bounds}
    if len(named) != 1 or _OTHER_BOUND.search(message[: bounds[0].start(1)]):
        return None
    return named.pop() or None
