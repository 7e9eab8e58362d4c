"""What Kite says of positions, holdings, funds, profiles and quotes, as values."""

from decimal import Decimal

import pytest

from engine.brokers.kite.codec import (
    UnreadableError,
    decode_funds,
    decode_holdings,
    decode_positions,
    decode_profile,
    decode_quotes,
)
from engine.core.values.market import Product
from tests.contracts.kite.kite_servers import envelope


def test_net_positions_are_read_with_their_sign():
    row = {
        "tradingsymbol": "LEADMINI26NOVFUT", "exchange": "MCX", "product": "NRML", "quantity": -1,
        "overnight_quantity": 0, "multiplier": 1000, "average_price": 161.05, "last_price": 161.2,
        "pnl": -150, "m2m": -150,
    }  # fmt: skip
    decoded = decode_positions(envelope({"net": [row, row | {"quantity": None}], "day": []}))
    assert decoded.rows[0].quantity == -1
    assert decoded.rows[0].multiplier == 1000
    assert decoded.rows[0].pnl == Decimal(-150)
    assert len(decoded.faults) == 1


@pytest.mark.parametrize("told", [None, 0, "many"])
def test_a_multiplier_that_is_not_told_is_not_taken_for_one(told):
    row = {
        "tradingsymbol": "LEADMINI26NOVFUT", "exchange": "MCX", "product": "NRML", "quantity": 1,
        "multiplier": told,
    }  # fmt: skip
    assert decode_positions(envelope({"net": [row]})).rows[0].multiplier == 0


def test_the_close_of_the_day_before_is_read_of_positions_and_holdings():
    row = {"tradingsymbol": "INFY", "exchange": "NSE", "product": "MIS", "quantity": 10}
    for told, close in (({}, 0), ({"close_price": 1498.5}, Decimal("1498.5"))):
        assert decode_positions(envelope({"net": [row | told]})).rows[0].close_price == close
        assert decode_holdings(envelope([row | told])).rows[0].close_price == close


def test_positions_without_a_net_list_are_not_flat():
    for data in ({}, {"net": None}, [], None):
        with pytest.raises(UnreadableError):
            decode_positions(envelope(data))


def test_holdings_count_what_was_sold_today_as_still_owned_at_the_start():
    row = {
        "tradingsymbol": "INFY", "exchange": "NSE", "isin": "INE009A01021", "quantity": 10,
        "t1_quantity": 40, "used_quantity": 50, "average_price": 1500.5, "last_price": 1510,
        "pnl": 95, "collateral_type": None, "mtf": {},
    }  # fmt: skip
    decoded = decode_holdings(envelope([row]))
    assert decoded.rows[0].net == 100
    assert decoded.rows[0].isin == "INE009A01021"


@pytest.mark.parametrize("mtf", [None, {}, [], {"quantity": None}])
def test_shares_under_mtf_are_read_where_there_are_any(mtf):
    row = {"tradingsymbol": "INFY", "exchange": "NSE", "quantity": 10, "mtf": mtf}
    assert decode_holdings(envelope([row])).rows[0].net_of(Product.MTF) == 0
    row["mtf"] = {"quantity": 30, "used_quantity": 5, "average_price": 1500.5, "value": 45015}
    (found,) = decode_holdings(envelope([row])).rows
    assert (found.net_of(Product.MTF), found.net_of(Product.CNC)) == (35, 10)
    row["mtf"] = {"quantity": "many"}
    assert decode_holdings(envelope([row])).rows == ()


def test_funds_are_the_net_of_each_segment():
    funds = decode_funds(envelope({"equity": {"net": 99725.05}, "commodity": {"net": -3}}))
    assert (funds.equity, funds.commodity) == (Decimal("99725.05"), Decimal(-3))
    assert decode_funds(envelope({"equity": {"net": 5}})).commodity == 0
    for data in ({}, {"equity": {}}, {"equity": 5}, {"equity": None, "commodity": None}):
        with pytest.raises(UnreadableError):
            decode_funds(envelope(data))


def test_a_profile_names_the_user_and_what_he_may_trade():
    profile = decode_profile(
        envelope(
            {
                "user_id": "AB1234",
                "user_name": "Asha",
                "exchanges": ["NSE", "NFO", None],
                "products": ["CNC"],
                "meta": {"demat_consent": "consent"},
            }
        )
    )
    assert profile.exchanges == {"NSE", "NFO"}
    assert profile.demat_consent == "consent"
    with pytest.raises(UnreadableError):
        decode_profile(envelope({"user_name": "nobody"}))


def test_a_quote_has_best_prices_where_somebody_stands_there():
    level = {"price": 99.95, "quantity": 10, "orders": 1}
    data = {
        "NSE:M&M": {
            "instrument_token": 519937,
            "last_price": 100,
            "lower_circuit_limit": 90.5,
            "upper_circuit_limit": 110,
            "depth": {"buy": [level], "sell": [level | {"quantity": 0}]},
        },
        "NSE:BAD": {"last_price": None},
        "nonsense": {"last_price": 1},
    }
    decoded = decode_quotes(envelope(data))
    (quote,) = decoded.rows
    assert (quote.exchange, quote.symbol) == ("NSE", "M&M")
    assert (quote.bid, quote.ask) == (Decimal("99.95"), None)
    assert quote.lower_circuit == Decimal("90.5")
    assert len(decoded.faults) == 2
