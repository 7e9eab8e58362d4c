"""Funds, holdings and positions: what is blocked, what is refused, and what is shown."""

from decimal import Decimal

import pytest

from demo.exchange.accounts import MarginRefusal

FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "product": "NRML"}


def funds(client):
    return client.get("/user/margins/equity")["net"]


def test_a_shortfall_is_refused_at_once_in_kites_words(exchange, father):
    father.account.equity_funds = Decimal(1000)
    reply = father.order(quantity=1)
    assert (reply.status, reply.json()["error_type"]) == (400, "MarginException")
    assert reply.json()["message"] == (
        "Insufficient funds. Required margin is 1500.00 but available margin is 1000.00. "
        "Check the orderbook for open orders."
    )
    assert exchange.orders_of("FA0001") == []


def test_a_shortfall_can_be_a_rejected_row_instead(father, frames):
    father.account.equity_funds = Decimal(1000)
    father.account.margin_refusal = MarginRefusal.IN_THE_BOOK

    row = father.row(father.place(quantity=1))

    assert (row["status"], row["exchange_order_id"]) == ("REJECTED", None)
    assert row["status_message_raw"].startswith(
        "RMS:Margin Exceeds,Required:1500.00, Available:1000.00"
    )
    assert frames == [("FA0001", "REJECTED", 0)]


def test_funds_are_blocked_by_a_resting_order_and_freed_by_its_cancellation(father):
    before = funds(father)
    order_id = father.place(quantity=10, price="1500")
    assert funds(father) == before - 15000
    father.cancel(order_id)
    assert funds(father) == before


def test_an_exit_needs_no_funds(exchange, father):
    father.market(**FUTURE, quantity=65)
    father.account.equity_funds = Decimal(0)
    assert father.order(**FUTURE, quantity=65, price="26000").status == 400
    father.market(**FUTURE, quantity=65, transaction_type="SELL")
    assert exchange.net_positions("FA0001") == {}


def test_two_exits_cannot_both_close_the_same_units(exchange, father):
    father.market(**FUTURE, quantity=65)
    sale = {**FUTURE, "quantity": 65, "transaction_type": "SELL", "price": "27000"}
    father.place(**sale)
    before = funds(father)
    father.place(**sale)
    assert funds(father) < before


def test_each_segment_has_its_own_purse(father):
    gold = {"exchange": "MCX", "tradingsymbol": "GOLD26DECFUT", "product": "NRML"}
    before = father.get("/user/margins")
    father.market(**gold, quantity=1)
    after = father.get("/user/margins")
    assert after["equity"]["net"] == before["equity"]["net"]
    assert after["commodity"]["net"] < before["commodity"]["net"]


def test_a_delivery_sale_beyond_holdings_is_rejected_by_rms(exchange, father):
    exchange.give_holding("FA0001", "INFY", 10, t1_quantity=5)
    sale = {"transaction_type": "SELL", "product": "CNC"}
    assert father.row(father.market(**sale, quantity=16))["status_message_raw"].startswith(
        "RMS:Rule: Check holdings"
    )
    assert father.row(father.market(**sale, quantity=12))["status"] == "COMPLETE"
    assert father.row(father.market(**sale, quantity=3))["status"] == "COMPLETE"
    assert father.row(father.market(**sale, quantity=1))["status"] == "REJECTED"


def test_a_sold_holding_is_a_negative_delivery_position(exchange, father):
    exchange.give_holding("FA0001", "INFY", 60)
    father.market(transaction_type="SELL", quantity=50)
    (holding,) = father.get("/portfolio/holdings")
    assert (holding["quantity"], holding["used_quantity"], holding["opening_quantity"]) == (
        10, 50, 60,
    )  # fmt: skip
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "CNC"): -50}


def test_without_ddpi_a_sale_from_demat_needs_authorisation(exchange, father):
    exchange.give_holding("FA0001", "INFY", 10)
    father.account.demat_consent = False
    reply = father.order(
        transaction_type="SELL", quantity=4, order_type="MARKET", price=None, market_protection=-1
    )
    assert (reply.status, reply.json()["message"]) == (
        428, "4 quantity needs authorisation at depository.",
    )  # fmt: skip


def test_a_position_carried_in_is_part_of_net_but_not_of_day(exchange, father):
    exchange.carry_position("FA0001", ("NFO", "NIFTY26DECFUT", "NRML"), 130, "26000")
    father.market(**FUTURE, quantity=65, transaction_type="SELL")
    rows = father.get("/portfolio/positions")
    assert [(row["quantity"], row["overnight_quantity"]) for row in rows["net"]] == [(65, 130)]
    assert [row["quantity"] for row in rows["day"]] == [-65]
    assert len(rows["net"][0]) == 29


@pytest.mark.parametrize("exchange_name", ["MCX", "CDS"])
def test_a_multiplier_counts_in_value_and_not_in_quantity(exchange, father, exchange_name):
    symbol = {"MCX": "GOLD26DECFUT", "CDS": "USDINR26NOVFUT"}[exchange_name]
    row = exchange.instruments[exchange_name, symbol]
    exchange.set_price(exchange_name, symbol, row.close)
    father.market(exchange=exchange_name, tradingsymbol=symbol, product="NRML", quantity=2)
    (position,) = father.get("/portfolio/positions")["net"]
    assert position["quantity"] == 2
    assert position["buy_value"] == pytest.approx(float(2 * row.close * row.multiplier))
