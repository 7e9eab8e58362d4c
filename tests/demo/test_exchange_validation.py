"""Refusals: the envelope, the words, and that nothing of a refused order is in the book."""

import random

import pytest

from demo.exchange.accounts import Plan
from demo.exchange.build import demo_exchange
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import KiteError

FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "product": "NRML", "price": "26000"}
OPTION = {
    "exchange": "NFO",
    "tradingsymbol": "NIFTY26DEC26000CE",
    "product": "NRML",
    "price": "200",
}
GOLD = {"exchange": "MCX", "tradingsymbol": "GOLD26DECFUT", "product": "NRML", "price": "131000"}
STOP = {"order_type": "SL", "trigger_price": "1540", "price": "1550"}

REFUSED = [
    ({"tradingsymbol": "NOSUCH"}, "has either expired or does not exist"),
    ({"tradingsymbol": "NIFTY 50"}, "Indices cannot be traded"),
    ({"transaction_type": "HOLD"}, "Invalid `transaction_type`"),
    ({"order_type": "STOP"}, "Invalid `order_type`"),
    ({"product": None}, "Missing or empty field `product`"),
    ({"quantity": "0"}, "Invalid `quantity`"),
    ({"quantity": "1.5"}, "Invalid `quantity`"),
    ({"quantity": "-1"}, "Invalid `quantity`"),
    ({"price": "NaN"}, "Invalid `price`"),
    ({"price": "0"}, "Invalid `price`"),
    ({"price": "1500.03"}, "Tick size for this script is 0.10"),
    ({"price": "1376.9"}, "lower circuit limit of 1377"),
    ({"price": "1683.1"}, "upper circuit limit of 1683"),
    ({"tag": "K" * 21}, "20 characters"),
    ({"tag": "KC_1"}, "letters and digits"),
    ({"product": "NRML"}, "Product NRML is not allowed for NSE"),
    ({**FUTURE, "quantity": 65, "product": "CNC"}, "Product CNC is not allowed for NFO"),
    ({**FUTURE, "quantity": 64}, "multiples of the lot size 65"),
    ({**FUTURE, "quantity": 1820}, "(28 lots) is higher than the maximum quantity of 1800 (27 lots)"),
    ({"disclosed_quantity": 5, "quantity": 100}, "at least 10%"),
    ({**FUTURE, "quantity": 65, "disclosed_quantity": 65}, "not allowed for this segment"),
    ({**GOLD, "validity": "IOC"}, "IOC orders are not allowed for MCX"),
    ({"validity": "TTL"}, "Invalid `validity_ttl`"),
    ({"order_type": "MARKET", "price": None}, "without market protection are not allowed"),
    ({"order_type": "MARKET", "market_protection": 0}, "without market protection"),
    ({"order_type": "MARKET", "market_protection": 101}, "Invalid `market_protection`"),
    ({"order_type": "MARKET", "market_protection": -2}, "Invalid `market_protection`"),
    ({**STOP, "order_type": "SL-M"}, "without market protection"),
    ({**OPTION, "quantity": 65, "order_type": "SL-M", "trigger_price": "400"}, "SL-M orders are not"),
    ({**STOP, "exchange": "BSE", "order_type": "SL-M"}, "SL-M orders are not"),
    ({**STOP, "trigger_price": "1520"}, "should be higher than the last traded price"),
    ({**STOP, "transaction_type": "SELL", "product": "MIS"}, "should be lower than the last"),
    ({**STOP, "price": "1539"}, "should be above its trigger price"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=[str(asked) for asked, _ in REFUSED])
def test_a_wrong_order_is_refused_in_kites_words_and_never_booked(exchange, father, fields, words):
    reply = father.order(**fields)

    body = reply.json()
    assert (reply.status, body["status"], body["data"]) == (400, "error", None)
    assert body["error_type"] == "InputException"
    assert words in body["message"]
    assert exchange.orders_of("FA0001") == []
    record = exchange.ledger.order_writes("FA0001")[0]
    assert (record.booked, record.status, record.message) == (False, 400, body["message"])


ACCEPTED = [
    {"tag": "K" * 20},
    {**FUTURE, "quantity": 1755},
    {**FUTURE, "tradingsymbol": "BANKNIFTY26DECFUT", "price": "58000", "quantity": 600},
    {**GOLD, "quantity": 1},
    {"exchange": "NSE", "tradingsymbol": "M&M", "price": "3600"},
    {"exchange": "BSE", "tradingsymbol": "J&KBANK", "price": "100.01"},
    {"exchange": "CDS", "tradingsymbol": "USDINR26NOVFUT", "product": "NRML", "price": "88.7025"},
    {"exchange": "BFO", "tradingsymbol": "SENSEX26NOVFUT", "product": "MIS", "price": "84900",
     "quantity": 20},
]  # fmt: skip


@pytest.mark.parametrize("fields", ACCEPTED, ids=str)
def test_a_right_order_of_each_segment_is_accepted(father, fields):
    assert father.row(father.place(**fields))["status"] == "OPEN"


@pytest.mark.parametrize(
    ("variety", "fields", "words"),
    [
        ("bo", {}, "Invalid `variety`"),
        ("auction", {}, "not available"),
        ("co", {}, "Product CNC is not allowed"),
        ("co", {"product": "MIS"}, "Invalid `trigger_price`"),
        ("co", {"product": "MIS", "trigger_price": "1510"}, "should be lower than the price"),
        ("co", {"product": "MIS", "trigger_price": "1490", "order_type": "SL"}, "LIMIT or MARKET"),
        ("iceberg", {"iceberg_legs": 1}, "Invalid `iceberg_legs`"),
        ("iceberg", {"iceberg_legs": 2, "iceberg_quantity": 1, "validity": "IOC"}, "not IOC"),
        ("iceberg", {**FUTURE, "quantity": 56 * 65, "iceberg_legs": 2,
                     "iceberg_quantity": 28 * 65}, "higher than the maximum quantity"),
        ("iceberg", {**FUTURE, "quantity": 15 * 65, "iceberg_legs": 2,
                     "iceberg_quantity": 7 * 65}, "Invalid `iceberg_quantity`"),
    ],
)  # fmt: skip
def test_other_varieties_get_a_proper_refusal(father, variety, fields, words):
    asked = {
        "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 2,
        "product": "CNC", "order_type": "LIMIT", "price": "1500",
    }  # fmt: skip
    reply = father.call("POST", f"/orders/{variety}", **(asked | fields))
    assert reply.status == 400
    assert words is None or words in reply.json()["message"]


def test_a_segment_that_is_not_enabled_is_refused(father):
    father.account.exchanges = frozenset({"NSE"})
    reply = father.order(**FUTURE, quantity=65)
    assert "not enabled for trading in the NFO segment" in reply.json()["message"]


def test_a_contract_can_refuse_market_orders(exchange, father):
    exchange.desk.market_refused.add(exchange.instruments["NSE", "INFY"].key)
    reply = father.order(order_type="MARKET", price=None, market_protection=-1)
    assert "Market orders are not allowed" in reply.json()["message"]


def test_an_address_that_is_not_registered_may_read_but_not_write(exchange, father):
    father.account.allowed_ips = frozenset({"10.0.0.1"})
    reply = father.order()
    assert (reply.status, reply.json()["error_type"]) == (403, "PermissionException")
    assert "IP (127.0.0.1) is not allowed" in reply.json()["message"]
    assert father.get("/orders") == []
    father.account.allowed_ips = frozenset()
    assert "No IPs configured" in father.order().json()["message"]
    father.source_ip = "10.0.0.1"
    father.account.allowed_ips = frozenset({"10.0.0.1"})
    assert father.order().status == 200


def test_a_closed_market_refuses_when_hours_are_kept(clock):
    kept = demo_exchange(clock, random.Random(1), rules=ExchangeRules(always_open=False))
    gold = {"exchange": "MCX", "tradingsymbol": "GOLD26DECFUT", "transaction_type": "BUY",
            "quantity": 1, "product": "NRML"}  # fmt: skip
    infy = gold | {"exchange": "NSE", "tradingsymbol": "INFY", "product": "CNC"}
    kept.place_from_app("MA0001", **infy)
    clock.advance(6 * 3600)
    with pytest.raises(KiteError, match="Markets are closed"):
        kept.place_from_app("MA0001", **infy)
    kept.place_from_app("MA0001", **gold)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("POST", "/trades", 405), ("DELETE", "/orders", 405)],
)
def test_an_unknown_route_is_an_envelope_too(father, method, path, status):
    reply = father.call(method, path)
    assert (reply.status, reply.json()["error_type"]) == (status, "GeneralException")


def test_a_personal_app_has_no_quotes(father):
    father.account.plan = Plan.PERSONAL
    reply = father.call("GET", "/quote/ltp?i=NSE:INFY")
    assert (reply.status, reply.json()["error_type"]) == (403, "PermissionException")


def test_what_is_not_listed_is_silently_missing_from_quotes(father):
    data = father.get("/quote/ltp?i=NSE:INFY&i=NSE:NOSUCH&i=408065")
    assert data == {
        "NSE:INFY": {"instrument_token": 408065, "last_price": 1530.0},
        "408065": {"instrument_token": 408065, "last_price": 1530.0},
    }
