"""Followers that are on their own: slow, down, poor, trading by hand; and a master's bursts."""

import json
from decimal import Decimal

import pytest

from demo.exchange import happenings as it
from demo.exchange.happen import happen
from demo.exchange.lags import down, slow
from demo.exchange.wire import Drop, KiteError


def hear(exchange, user_id):
    session = exchange.login(user_id)
    heard: list = []
    exchange.sockets.connect(session.api_key, session.access_token, heard.append)
    return heard


def statuses(heard):
    return [json.loads(each)["data"]["status"] for each in heard if isinstance(each, str)]


def test_one_account_is_slow_for_half_a_minute_and_no_other_notices(
    exchange, father, mother, clock
):
    heard = hear(exchange, "FA0001")
    father.log_in()
    exchange.faults.add(*slow("FA0001", seconds=30))
    replies = [father.order(price="1530"), father.call("GET", "/orders")]
    assert [reply.delay_s for reply in replies] == [30, 30]
    assert [row["status"] for row in exchange.orders_of("FA0001")] == ["COMPLETE"]
    assert statuses(heard) == []
    assert [reply.delay_s for reply in (mother.order(), mother.call("GET", "/orders"))] == [0, 0]
    clock.advance(30)
    exchange.step()
    assert statuses(heard) == ["OPEN", "COMPLETE"]


def test_slowness_ends_when_it_is_said_to(exchange, father, clock):
    until = clock().replace(minute=5)
    exchange.faults.add(*slow("FA0001", seconds=30, until=until))
    assert father.order().delay_s == 30
    clock.at = until
    assert father.order().delay_s == 0


def test_one_account_is_down_and_the_others_trade_on(exchange, father, mother):
    heard = hear(exchange, "FA0001")
    father.log_in()
    exchange.faults.add(*down("FA0001"))
    assert father.order(tag="KC1").drop is Drop.CLOSE
    assert father.call("GET", "/orders").drop is Drop.CLOSE
    exchange.sockets.beat()
    assert heard == [None]
    with pytest.raises(KiteError) as refused:
        hear(exchange, "FA0001")
    assert refused.value.status == 503
    assert exchange.orders_of("FA0001") == []
    assert not exchange.ledger.by_tag("KC1")[0].booked
    assert mother.order().status == 200


def test_a_follower_trades_by_hand_in_the_app(exchange, father):
    heard = hear(exchange, "FA0001")
    exchange.place_from_app("FA0001", exchange="NSE", tradingsymbol="INFY", quantity=7,
                            transaction_type="BUY", product="MIS")  # fmt: skip
    assert statuses(heard) == ["OPEN", "COMPLETE"]
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "MIS"): 7}
    assert [record.origin for record in exchange.ledger.order_writes(origin=None)] == ["app"]


@pytest.mark.parametrize("funds", ["20000", "0"])
def test_funds_run_out_in_the_middle_of_the_day(exchange, father, funds):
    father.market(quantity=10, product="MIS")
    happen(exchange, it.FundsChange(user_id="FA0001", equity=Decimal(funds)))
    assert (father.order(quantity=10).status == 200) is (funds == "20000")
    assert father.market(quantity=10, product="MIS", transaction_type="SELL")  # an exit may always


FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "product": "NRML",
          "transaction_type": "BUY"}  # fmt: skip


def test_a_master_sends_a_basket_of_twenty_within_two_seconds(exchange, clock):
    heard = hear(exchange, "MA0001")
    for _ in range(20):
        exchange.place_from_app("MA0001", **FUTURE, quantity=65)
        clock.advance(0.1)
    assert statuses(heard) == ["OPEN", "COMPLETE"] * 20
    rows = exchange.orders_of("MA0001")
    assert len({row["order_id"] for row in rows}) == 20
    assert len({row["order_timestamp"] for row in rows}) == 2


def test_a_master_slices_by_the_freeze_quantity_himself(exchange):
    for lots in (27, 27, 6):
        exchange.place_from_app("MA0001", **FUTURE, quantity=lots * 65)
    with pytest.raises(KiteError, match="higher than the maximum quantity"):
        exchange.place_from_app("MA0001", **FUTURE, quantity=28 * 65)
    assert exchange.net_positions("MA0001") == {("NFO", "NIFTY26DECFUT", "NRML"): 60 * 65}


def test_a_master_modifies_again_and_again_and_then_cancels_what_is_left(exchange):
    heard = hear(exchange, "MA0001")
    order = {"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
             "product": "CNC", "quantity": 10}  # fmt: skip
    order_id = exchange.place_from_app("MA0001", **order, price="1500")
    for step in range(24):
        exchange.modify_from_app("MA0001", order_id, price=str(1501 + step))
    exchange.set_depth("NSE", "INFY", 4)
    exchange.modify_from_app("MA0001", order_id, price="1530")
    exchange.cancel_from_app("MA0001", order_id)
    (row,) = exchange.orders_of("MA0001")
    assert (row["filled_quantity"], row["cancelled_quantity"]) == (4, 6)
    assert statuses(heard) == ["OPEN", *["UPDATE"] * 26, "CANCELLED"]
