"""Switches for what reports differ about: each way of a switch is a way Kite was seen to be."""

import random
from datetime import time

import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.rules import ExchangeRules


@pytest.fixture
def father_of(clock, client_of):
    """Return a function that opens an exchange with some switches and gives its first follower."""

    def opened(**switches):
        day = demo_exchange(clock, random.Random(1), rules=ExchangeRules(**switches))
        day.set_price("NSE", "INFY", "1530")
        return client_of(day, "FA0001")

    return opened


@pytest.mark.parametrize(("kills", "first"), [(True, 403), (False, 200)])
def test_a_second_session_kills_the_first_or_does_not(father_of, kills, first):
    father = father_of(second_session_kills=kills)
    father.exchange.login("FA0001")
    assert father.call("GET", "/orders").status == first


@pytest.mark.parametrize("flush", [time(5), time(6), time(7, 30)])
def test_tokens_die_at_the_hour_of_the_flush(father_of, clock, flush):
    father = father_of(token_flush=flush)
    clock.move_to(4, 59, days=1)
    assert father.call("GET", "/orders").status == 200
    clock.move_to(flush.hour, flush.minute)
    assert father.call("GET", "/orders").status == 403
    father.log_in()
    assert father.call("GET", "/orders").status == 200


@pytest.mark.parametrize(("total", "quantity"), [(True, 6), (False, 10)])
def test_a_modified_quantity_is_the_total_or_the_remainder(father_of, total, quantity):
    father = father_of(quantity_means_total=total)
    father.exchange.set_depth("NSE", "INFY", 4)
    order_id = father.place(quantity=10, price="1530")
    assert father.modify(order_id, quantity=6).status == 200
    assert father.row(order_id)["quantity"] == quantity


@pytest.mark.parametrize("status", [400, 429, 503])
def test_the_status_of_the_refusal_of_too_many_modifications_is_not_known(father_of, clock, status):
    father = father_of(modification_limit_status=status)
    order_id = father.place()
    for number in range(25):
        clock.advance(1)
        assert father.modify(order_id, price=f"{1400 + number}").status == 200
    clock.advance(1)
    reply = father.modify(order_id, price="1450")
    assert (reply.status, reply.json()["error_type"]) == (status, "NetworkException")


@pytest.mark.parametrize(("strict", "status"), [(True, 400), (False, 200)])
def test_a_tag_with_other_characters_is_refused_or_not(father_of, strict, status):
    father = father_of(alphanumeric_tags=strict)
    assert father.order(tag="KC-1:2").status == status
    assert father.order(tag="K" * 21).status == 400
