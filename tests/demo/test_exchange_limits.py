"""Request limits: whose, how many, in which window, and that refusals count."""

import random

import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.rules import ExchangeRules, LimitRules
from demo.exchange.wire import KiteError


def test_ten_order_requests_fit_in_a_second_whatever_they_do(exchange, father, clock):
    order_id = father.place()
    for number in range(8):
        assert father.modify(order_id, price=f"{1400 + number}").status == 200
    assert father.cancel(order_id).status == 200

    reply = father.order()

    body = reply.json()
    assert (reply.status, body["error_type"], body["message"]) == (
        429, "NetworkException", "Too many requests",
    )  # fmt: skip
    clock.advance(1)
    assert father.order().status == 200


def test_the_window_is_the_calendar_second(father, clock):
    clock.advance(0.95)
    assert {father.order().status for _ in range(10)} == {200}
    assert father.order().status == 429
    clock.advance(0.05)
    assert {father.order().status for _ in range(10)} == {200}


def test_accounts_do_not_share_their_limits(father, mother):
    for _ in range(10):
        father.order()
    assert father.order().status == 429
    assert mother.order().status == 200


def test_refused_requests_count(father):
    for _ in range(10):
        assert father.order(tag="K" * 21).status == 400
    assert father.order().status == 429


@pytest.fixture
def narrow(clock):
    limits = LimitRules(orders_per_minute=12, placements_per_day=70)
    return demo_exchange(clock, random.Random(1), rules=ExchangeRules(limits=limits))


def test_the_minute_and_the_day_have_limits_of_their_own(narrow, clock, father):
    client = type(father)(narrow, "FA0001")
    refused = []
    for second in range(70):
        if client.order().status == 429:
            refused.append(second)
        clock.advance(1)
    assert refused[0] == 12
    assert 59 in refused
    assert 60 not in refused
    assert len(narrow.ledger.placed("FA0001")) == 22
    order_id = narrow.orders_of("FA0001")[0]["order_id"]
    clock.advance(60)
    assert client.order().json()["message"] == "Maximum allowed order requests exceeded."
    assert client.cancel(order_id).status == 200  # the day's cap counts placements only


def test_the_app_has_no_request_limit(exchange):
    for _ in range(30):
        exchange.place_from_app(
            "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=1,
            product="MIS",
        )  # fmt: skip
    assert exchange.net_positions("MA0001") == {("NSE", "INFY", "MIS"): 30}


def test_reads_and_quotes_have_limits_per_app(father, clock):
    assert {father.call("GET", "/orders").status for _ in range(10)} == {200}
    assert father.call("GET", "/trades").status == 429
    assert father.call("GET", "/quote/ltp?i=NSE:INFY").status == 200
    assert father.call("GET", "/quote/ltp?i=NSE:INFY").status == 429
    clock.advance(1)
    assert father.call("GET", "/quote/ltp?i=NSE:INFY").status == 200


def test_candles_have_a_limit_of_their_own(father, clock):
    path = "/instruments/historical/408065/day?from=2026-11-16&to=2026-11-18"
    assert [father.call("GET", path).status for _ in range(4)] == [200, 200, 200, 429]
    assert father.call("GET", "/orders").status == 200


INFY = {"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "product": "MIS"}


def test_who_has_used_up_a_minute_cannot_trade_in_the_app_either(clock, client_of):
    limits = LimitRules(orders_per_minute=2)
    narrow = demo_exchange(clock, random.Random(1), rules=ExchangeRules(limits=limits))
    father = client_of(narrow, "FA0001")
    for _ in range(2):
        father.order()
    narrow.place_from_app("FA0001", **INFY, quantity=1)
    assert father.order().status == 429
    with pytest.raises(KiteError, match="Maximum allowed order requests exceeded"):
        narrow.place_from_app("FA0001", **INFY, quantity=1)
    narrow.place_from_app("FA0002", **INFY, quantity=1)
    clock.advance(60)
    narrow.place_from_app("FA0001", **INFY, quantity=1)


def test_legs_of_an_iceberg_count_toward_the_day_but_not_toward_the_second(clock, client_of):
    limits = LimitRules(placements_per_day=5, orders_per_second=3)
    narrow = demo_exchange(clock, random.Random(1), rules=ExchangeRules(limits=limits))
    father = client_of(narrow, "FA0001")
    iceberg = {"order_type": "LIMIT", "price": "1600", "quantity": 20, "iceberg_legs": 4}
    reply = father.call("POST", "/orders/iceberg", **INFY, **iceberg, iceberg_quantity=5)
    assert reply.status == 200
    assert len(narrow.orders_of("FA0001")) == 4
    assert father.order().status == 200  # the fifth of the day, the second of the second
    clock.advance(60)
    assert father.order().json()["message"] == "Maximum allowed order requests exceeded."
