"""Deliveries: what is settled, what came yesterday, and the depository's consent."""

import pytest

from demo.exchange.faults import Meets, Operation, ReadFault


def sell(client, quantity, **fields):
    asked = {"transaction_type": "SELL", "quantity": quantity, "price": "1530"}
    return client.order(**(asked | fields))


def holding(client):
    (row,) = client.get("/portfolio/holdings")
    return row


def test_settled_shares_are_used_before_those_of_yesterday(exchange, father):
    exchange.give_holding("FA0001", "INFY", 60, t1_quantity=40)
    assert sell(father, 50).status == 200
    row = holding(father)
    assert (row["quantity"], row["t1_quantity"], row["used_quantity"]) == (10, 40, 50)
    assert row["opening_quantity"] == 100
    (position,) = father.get("/portfolio/positions")["net"]
    assert (position["product"], position["quantity"]) == ("CNC", -50)

    assert sell(father, 30).status == 200
    row = holding(father)
    assert (row["quantity"], row["t1_quantity"], row["used_quantity"]) == (0, 20, 80)
    order_id = sell(father, 21).json()["data"]["order_id"]
    assert father.row(order_id)["status"] == "REJECTED"
    assert "Check holdings" in father.row(order_id)["status_message_raw"]


def test_a_sale_is_not_changed_into_one_of_more_shares_than_there_are(exchange, father):
    exchange.give_holding("FA0001", "INFY", 10)
    order_id = sell(father, 5, price="1560").json()["data"]["order_id"]
    assert father.modify(order_id, quantity=10).status == 200
    reply = father.modify(order_id, quantity=11)
    assert (reply.status, reply.json()["error_type"]) == (400, "HoldingException")
    assert (father.row(order_id)["status"], father.row(order_id)["quantity"]) == ("OPEN", 10)


def test_a_delivery_waits_for_consent_and_consent_is_used_up(exchange, father):
    father.account.demat_consent = False
    exchange.give_holding("FA0001", "INFY", 60, t1_quantity=40)
    reply = sell(father, 50)
    assert (reply.status, reply.json()["message"]) == (
        428, "50 quantity needs authorisation at depository.",
    )  # fmt: skip
    assert exchange.orders_of("FA0001") == []

    exchange.events.authorise("FA0001", "INFY", 45)
    assert holding(father)["authorised_quantity"] == 45
    assert holding(father)["authorised_date"] == "2026-11-18 10:00:00"
    assert sell(father, 50).json()["message"].startswith("5 quantity needs")
    assert sell(father, 40).status == 200
    assert sell(father, 10).json()["message"].startswith("5 quantity needs")
    exchange.events.authorise("FA0001")
    # Forty of those left came yesterday; the depository need not let go of them.
    assert sell(father, 60).status == 200
    assert holding(father)["used_quantity"] == 100


def test_shares_bought_today_need_no_consent(exchange, father):
    father.account.demat_consent = False
    father.market(quantity=5)
    assert sell(father, 5).status == 200


def test_an_ordinary_app_may_not_ask_the_depository(exchange, father):
    reply = father.call("POST", "/portfolio/holdings/authorise")
    assert (reply.status, reply.json()["error_type"]) == (403, "PermissionException")


@pytest.mark.parametrize("answer", ["lost", "html"])
def test_the_answer_of_a_conversion_may_be_damaged_though_it_is_done(exchange, father, answer):
    from demo.exchange.faults import Answer

    father.market(quantity=5, product="MIS")
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.CONVERT), answer=Answer(answer)))
    reply = father.call(
        "PUT", "/portfolio/positions", exchange="NSE", tradingsymbol="INFY",
        transaction_type="BUY", position_type="day", quantity=5, old_product="MIS",
        new_product="CNC",
    )  # fmt: skip
    assert reply.status == 502 or reply.drop == "hang"
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "CNC"): 5}


def test_what_is_in_demat_may_be_sold_on_either_exchange_but_only_once(exchange, father):
    exchange.give_holding("FA0001", "INFY", 60)
    exchange.place_from_app(
        "FA0001", exchange="BSE", tradingsymbol="INFY", transaction_type="SELL", quantity=40,
        product="CNC",
    )  # fmt: skip
    assert (holding(father)["quantity"], holding(father)["used_quantity"]) == (20, 40)
    order_id = sell(father, 30).json()["data"]["order_id"]
    assert father.row(order_id)["status"] == "REJECTED"
    assert sell(father, 20).status == 200
    exchange.events.start_next_day()
    assert father.get("/portfolio/holdings") == []


def test_what_was_bought_and_sold_on_two_exchanges_does_not_arrive(exchange, father):
    for side, quantity, where in (("BUY", 10, "NSE"), ("SELL", 4, "BSE")):
        exchange.place_from_app(
            "FA0001", exchange=where, tradingsymbol="INFY", transaction_type=side,
            quantity=quantity, product="CNC",
        )  # fmt: skip
    exchange.events.start_next_day()
    assert holding(father)["t1_quantity"] == 6
