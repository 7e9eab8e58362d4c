"""The freeze quantity: the table with a date, and what a refusal names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.kite.classify import classify_write
from engine.brokers.kite.freeze import freeze_quantity, named_freeze
from engine.core.values.commands import RefusalKind, Refused
from tests.contracts.kite.test_kite_classify import JSON, an_error

#: Kite forum comment 42709; the end of it is not known.
KITES = (
    "The order quantity 3600 (48 lots) is higher than the maximum quantity of 1800 (24 lots) "
    "allowed by the exchanges"
)


@pytest.mark.parametrize(
    ("message", "units"),
    [
        (KITES, 1800),
        (KITES + " per order.", 1800),
        (KITES + ". Try an iceberg order or order slicing.", 1800),
        (KITES.replace("1800", "1,800").replace("3600", "3,600"), 1800),
        (KITES.replace("1800", "1,00,000"), 100_000),
        (KITES.upper(), 1800),
        ("Quantity exceeds the freeze quantity of 900.", 900),
        ("Order qty 2000 is more than the exchange's max of 1200", 1200),
        ("Maximum allowed quantity per order is 600 as per the exchange.", 600),
        ("Quantity freeze limit: 40000", 40_000),
    ],
)
def test_the_figure_is_found_however_the_text_is_worded(message, units):
    assert named_freeze(message) == units
    outcome = classify_write(400, JSON, an_error("InputException", message))
    assert outcome == Refused(
        kind=RefusalKind.FREEZE, message=message, http_status=400, freeze_quantity=units
    )


@pytest.mark.parametrize(
    "message",
    [
        "",
        "The order quantity 3600 is higher than what the exchanges allow.",
        "Quantity exceeds the freeze quantity of 1800.5 lots.",
        "Quantity exceeds the freeze quantity of 1 800.",
        "Quantity exceeds the freeze quantity of 0.",
        "Quantity exceeds the freeze quantity of 12345678901.",
        "Quantity 10 exceeds freeze 1800, the maximum is 1200.",
        "Quantity should be in multiples of the lot size 65.",
        "Quantity should be greater than or equal to 1865 for order slicing at the exchange.",
        "Disclosed quantity: the maximum is 1200 at the exchange.",
        "Order value is above the maximum of 10000000 for this quantity at the exchange.",
        "Your maximum quantity of holdings is 10 lots.",
        "Maximum allowed order modifications exceeded.",
        "Invalid `iceberg_quantity`.",
    ],
)
def test_other_words_and_doubtful_figures_name_none(message):
    assert named_freeze(message) is None


def test_the_words_of_a_doubt_stay_a_doubt():
    """Whatever figure stands in it: a text that says "timed out" may have been booked."""
    outcome = classify_write(400, JSON, an_error("InputException", KITES + ". Order timed out."))
    assert not isinstance(outcome, Refused)


@pytest.mark.parametrize("error_type", ["MarginException", "HoldingException"])
def test_only_a_refusal_of_the_order_itself_teaches(error_type):
    outcome = classify_write(400, JSON, an_error(error_type, KITES))
    assert isinstance(outcome, Refused)
    assert outcome.kind is not RefusalKind.FREEZE
    assert outcome.freeze_quantity is None


@given(st.integers(1, 10**8))
def test_every_figure_comes_back_in_every_grouping(units):
    for text in (str(units), f"{units:,}"):
        assert named_freeze(KITES.replace("1800", text)) == units


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text):
    found = named_freeze(text)
    assert found is None or found > 0


@pytest.mark.parametrize(
    ("exchange", "name", "lot", "lots"),
    [
        ("NFO", "NIFTY", 65, 27),
        ("NFO", "BANKNIFTY", 30, 20),
        ("NFO", "FINNIFTY", 60, 30),
        ("NFO", "MIDCPNIFTY", 120, 23),
        ("NFO", "NIFTYNXT50", 25, 24),
        ("BFO", "SENSEX", 20, 50),
        ("BFO", "BANKEX", 30, 30),
    ],
)
def test_the_table_gives_the_lots_that_an_order_may_carry(exchange, name, lot, lots):
    freeze = freeze_quantity(exchange, name)
    assert freeze is not None
    assert freeze // lot == lots
