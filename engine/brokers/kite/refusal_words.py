"""What Kite's text of a refusal says of the order: no MARKET here, beyond a price range, past its trigger.

Kite's staff ask clients to go by the exception's type, since texts were rewritten before (Kite forum
comment 36264); the type of all of these is the same, so the words are matched loosely, and where they
are not recognised the refusal stays what it is, an order that was not acceptable.
"""

import re
from decimal import Decimal

from engine.core.values.commands import RefusalKind

#: "Market orders are not allowed for this instrument. Use a LIMIT order."; "The market order was rejected
#: since there are no trades in this instrument. Try placing a LIMIT order." (Zerodha support, order
#: validation on Kite.)
_NO_MARKET = re.compile(
    r"\bmarket orders?\b.*\b(?:not (?:currently )?allowed|currently not allowed|blocked|rejected)\b",
    re.IGNORECASE | re.DOTALL,
)
#: Missing protection is a fault of ours, not of the contract (Kite forum comment 52991).
_PROTECTION = re.compile(r"\bprotection\b", re.IGNORECASE)
#: "Trigger price for stoploss buy orders should be higher than the last traded price (101.05)."
_TRIGGER = re.compile(
    r"\btrigger price\b.*\b(?:higher|lower|above|below|greater|less)\b.*\b(?:last|ltp|market|traded)\b",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = r"(?:rs\.?\s*|₹\s*)?([0-9][0-9,]*(?:\.[0-9]+)?)"
#: "…lower than the current lower circuit limit of X. Place an order within the daily range."
_LOWEST = re.compile(
    r"\blower circuit(?: limit)?(?: price)?\s*(?:of|is|:)\s*" + _NUMBER, re.IGNORECASE
)
_HIGHEST = re.compile(
    r"\bupper circuit(?: limit)?(?: price)?\s*(?:of|is|:)\s*" + _NUMBER, re.IGNORECASE
)
#: "Price exceeds circuit limits for the instrument. Place an order within the range of X and Y."
_RANGE = re.compile(
    r"\b(?:range of|between|range)\s+" + _NUMBER + r"\s+(?:and|to|-)\s+" + _NUMBER, re.IGNORECASE
)
#: Ranges of other things are said with the same words.
_OTHER_RANGE = re.compile(
    r"\b(?:quantit(?:y|ies)|qty|legs?|validity|ttl|lots?|trigger)\b|_(?:quantity|legs|protection|ttl)\b",
    re.IGNORECASE,
)


def kind_of_words(message: str) -> RefusalKind | None:
    """Return what a text of Kite's own validation is about, or None where it is something else."""
    if _NO_MARKET.search(message) and not _PROTECTION.search(message):
        return RefusalKind.NO_MARKET
    if _TRIGGER.search(message):
        return RefusalKind.TRIGGER
    return RefusalKind.PRICE if named_range(message) != (None, None) else None


def named_range(message: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and the highest price that a text says would be taken.

    Returns:
        Rupees; None for a bound that is not named, both where the text names no range.
    """
    if _OTHER_RANGE.search(message) or _PROTECTION.search(message):
        return None, None
    both = _RANGE.search(message)
    if both is not None:
        low, high = _amount(both[1]), _amount(both[2])
        return (low, high) if low <= high else (None, None)
    lowest, highest = _LOWEST.search(message), _HIGHEST.search(message)
    return (
        _amount(lowest[1]) if lowest is not None else None,
        _amount(highest[1]) if highest is not None else None,
    )


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
