"""An order's life: history, modification, cancellation, and the rows a client reads."""

import pytest

from demo.exchange.orders import IllegalMoveError, Status

PLACED = ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN"]


def statuses(client, order_id):
    return [row["status"] for row in client.get(f"/orders/{order_id}")]


def test_the_history_tells_every_step_from_request_to_cancellation(father):
    order_id = father.place()
    father.modify(order_id, price="1501")
    father.cancel(order_id)

    assert statuses(father, order_id) == [
        *PLACED,
        "MODIFY VALIDATION PENDING",
        "MODIFY PENDING",
        "MODIFIED",
        "OPEN",
        "CANCEL PENDING",
        "CANCELLED",
    ]


def test_ids_are_nineteen_digits_and_never_repeat(father, clock):
    ids = []
    for _ in range(5):
        ids.append(father.place())
        clock.advance(0.3)
    assert len(set(ids)) == 5
    assert all(len(order_id) == 19 and order_id.isdecimal() for order_id in ids)


def test_the_row_has_the_keys_of_kite_and_leaves_optional_ones_out(father):
    row = father.row(father.place())
    assert row.keys() == {
        "account_id", "placed_by", "order_id", "exchange_order_id", "parent_order_id", "status",
        "status_message", "status_message_raw", "order_timestamp", "exchange_update_timestamp",
        "exchange_timestamp", "variety", "modified", "exchange", "tradingsymbol",
        "instrument_token", "order_type", "transaction_type", "validity", "product", "quantity",
        "disclosed_quantity", "price", "trigger_price", "average_price", "filled_quantity",
        "pending_quantity", "cancelled_quantity", "market_protection", "meta", "tag", "guid",
    }  # fmt: skip


def test_a_cancelled_row_keeps_its_unfilled_quantity_as_pending(exchange, father):
    exchange.set_depth("NSE", "INFY", 3)
    order_id = father.place(quantity=10, price="1530")
    father.cancel(order_id)

    row = father.row(order_id)
    assert (row["filled_quantity"], row["pending_quantity"], row["cancelled_quantity"]) == (3, 7, 7)


@pytest.mark.parametrize("ended", ["COMPLETE", "CANCELLED"])
def test_an_order_that_is_done_is_said_to_be_in_processing(exchange, father, ended):
    order_id = father.place()
    if ended == "COMPLETE":
        exchange.set_price("NSE", "INFY", "1500")
    else:
        father.cancel(order_id)

    for reply, word in (
        (father.modify(order_id, price="1501"), "modified"),
        (father.cancel(order_id), "cancelled"),
    ):
        assert reply.status == 400
        message = f"Order cannot be {word} as it is being processed. Try later."
        assert reply.json()["message"] == message
    assert father.row(order_id)["status"] == ended


def test_another_accounts_order_does_not_exist(father, mother):
    order_id = father.place()
    reply = mother.cancel(order_id)
    assert reply.json()["error_type"] == "OrderException"
    assert father.row(order_id)["status"] == "OPEN"


def test_a_modified_quantity_is_the_total_and_cannot_undo_fills(exchange, father):
    exchange.set_depth("NSE", "INFY", 3)
    order_id = father.place(quantity=10, price="1530")

    assert father.modify(order_id, quantity=3).status == 400
    father.modify(order_id, quantity=5)

    row = father.row(order_id)
    assert (row["quantity"], row["filled_quantity"], row["modified"]) == (5, 3, True)


def test_a_modification_through_the_market_trades_at_once(father, frames):
    order_id = father.place()
    father.modify(order_id, price="1535")
    assert father.row(order_id)["average_price"] == 1530.0
    assert [status for _, status, _ in frames] == ["OPEN", "UPDATE", "COMPLETE"]


def test_a_modification_to_market_needs_protection(father):
    order_id = father.place()
    reply = father.modify(order_id, order_type="MARKET")
    assert "market protection" in reply.json()["message"]
    assert father.modify(order_id, order_type="MARKET", market_protection=-1).status == 200
    assert father.row(order_id)["status"] == "COMPLETE"


def test_the_twenty_sixth_modification_is_refused_and_a_cancellation_still_works(father, clock):
    order_id = father.place()
    for number in range(25):
        clock.advance(1)
        assert father.modify(order_id, price=f"{1400 + number}").status == 200

    clock.advance(1)
    reply = father.modify(order_id, price="1390")

    assert reply.json()["message"] == "Maximum allowed order modifications exceeded."
    assert father.row(order_id)["price"] == 1424.0
    assert father.cancel(order_id).status == 200


def test_a_person_in_the_app_needs_no_protection_and_shows_in_the_same_book(
    exchange, master, frames
):
    order_id = exchange.place_from_app(
        "MA0001", exchange="NFO", tradingsymbol="NIFTY26DECFUT", transaction_type="BUY",
        quantity=65, product="NRML",
    )  # fmt: skip

    rows = master.get("/orders")
    assert [(row["order_id"], row["status"], row["tag"]) for row in rows] == [
        (order_id, "COMPLETE", None)
    ]
    assert [status for _, status, _ in frames] == ["OPEN", "COMPLETE"]
    assert exchange.net_positions("MA0001") == {("NFO", "NIFTY26DECFUT", "NRML"): 65}
    assert exchange.ledger.placed("MA0001") == ()
    assert len(exchange.ledger.order_writes("MA0001", origin=None)) == 1


def test_a_person_in_the_app_modifies_and_cancels(exchange, master):
    order_id = exchange.place_from_app(
        "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
        product="CNC", price="1500",
    )  # fmt: skip
    exchange.modify_from_app("MA0001", order_id, price="1501", quantity=5)
    assert (master.row(order_id)["price"], master.row(order_id)["quantity"]) == (1501.0, 5)
    exchange.cancel_from_app("MA0001", order_id)
    assert master.row(order_id)["status"] == "CANCELLED"


def test_an_order_can_spend_time_on_its_way_to_the_exchange(clock):
    import random

    from demo.exchange.build import demo_exchange
    from demo.exchange.rules import ExchangeRules

    slow = demo_exchange(clock, random.Random(1), rules=ExchangeRules(processing_s=2.0))
    order_id = slow.place_from_app(
        "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=1,
        product="CNC",
    )  # fmt: skip
    assert slow.orders_of("MA0001")[0]["status"] == "OPEN PENDING"
    assert slow.orders_of("MA0001")[0]["exchange_order_id"] is None
    clock.advance(2)
    slow.step()
    assert slow.orders_of("MA0001")[0]["status"] == "COMPLETE"
    assert order_id == slow.orders_of("MA0001")[0]["order_id"]


def test_day_orders_are_cancelled_at_the_close(exchange, father):
    order_id = father.place()
    exchange.end_day()
    assert father.row(order_id)["status"] == "CANCELLED"


def test_the_state_machine_refuses_to_reopen_a_finished_order(exchange, father):
    order = exchange.desk.orders[father.market()]
    with pytest.raises(IllegalMoveError):
        order.move(Status.OPEN, exchange.now())
    assert order.status is Status.COMPLETE
