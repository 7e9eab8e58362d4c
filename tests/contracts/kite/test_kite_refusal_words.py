"""What Kite's words tell of a refused order; anything else leaves it an order that was not acceptable."""

import json
from decimal import Decimal

import pytest

from engine.brokers.kite.classify import classify_write
from engine.brokers.kite.refusal_words import kind_of_words, named_range
from engine.core.values.commands import RefusalKind, Refused

K = RefusalKind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Market orders are not allowed for this instrument. Use a LIMIT order.", K.NO_MARKET),
        ("Market orders are currently not allowed.", K.NO_MARKET),
        (
            "The market order was rejected since there are no trades in this instrument. "
            "Try placing a LIMIT order.",
            K.NO_MARKET,
        ),
        (
            "Market orders without market protection are not allowed via API. Please set market "
            "protection or use a Limit order.",
            None,
        ),
        ("After Market Orders (AMO) are not accepted during market hours.", None),
        ("Markets are closed right now. Place an After Market Order (AMO).", None),
        (
            "Trigger price for stoploss buy orders should be higher than the last traded price (101).",
            K.TRIGGER,
        ),
        ("Trigger price for stoploss sell orders should be lower than the LTP.", K.TRIGGER),
        ("Price of a stoploss buy order should be above its trigger price or equal to it.", None),
        (
            "Your order price is lower than the current lower circuit limit of 1,386.10. Place an "
            "order within the daily range.",
            K.PRICE,
        ),
        (
            "Price exceeds circuit limits. Place an order within the range of 60.00 and 140.",
            K.PRICE,
        ),
        ("Tick size for this script is 0.05. Kindly enter price in the multiple of it.", None),
        ("Quantity should be in multiples of the lot size 65.", None),
        ("", None),
    ],
)
def test_the_words_tell_what_would_be_taken_instead(message, kind):
    assert kind_of_words(message) is kind


@pytest.mark.parametrize(
    ("message", "bounds"),
    [
        ("lower than the current lower circuit limit of 1,386.10. Place", ("1386.10", None)),
        ("higher than the current upper circuit limit of 104. Place", (None, "104")),
        ("within the range of 60.00 and 140.50.", ("60.00", "140.50")),
        ("Place the order between Rs. 60 and Rs. 140", ("60", "140")),
        ("within the range of 140 and 60.", (None, None)),
        ("Disclosed quantity should be between 10 and 100.", (None, None)),
        ("Invalid `market_protection`. It should be between 0 and 100.", (None, None)),
        ("Invalid `iceberg_legs`. It should be between 2 and 50.", (None, None)),
        ("Trigger price should be within the range of 10 and 20.", (None, None)),
        ("within 3% of 104.00 in the closing auction.", (None, None)),
    ],
)
def test_the_range_is_read_from_the_text(message, bounds):
    assert named_range(message) == tuple(b and Decimal(b) for b in bounds)


def test_only_kites_own_validation_is_read_so():
    text = "Market orders are not allowed for this instrument. Use a LIMIT order."
    body = {"status": "error", "message": text, "error_type": "InputException", "data": None}
    refused = classify_write(400, "application/json", json.dumps(body).encode())
    assert isinstance(refused, Refused)
    assert refused.kind is K.NO_MARKET
    body["error_type"] = "MarginException"
    other = classify_write(400, "application/json", json.dumps(body).encode())
    assert isinstance(other, Refused)
    assert other.kind is K.MARGIN
