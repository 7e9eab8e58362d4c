"""Between Kite and the exchange: stuck, unknown, cut off, and what turns out later."""

import pytest

from demo.exchange import happenings as it
from demo.exchange.faults import (
    Meets,
    Operation,
    WriteFault,
    exchange_refuses,
    stuck,
    unknown_at_first,
)
from demo.exchange.happen import happen

PLACE = Meets(operation=Operation.PLACE)


def steps(client, order_id):
    return [row["status"] for row in client.get(f"/orders/{order_id}")]


def test_an_order_right_after_its_placement_does_not_exist(exchange, father, clock):
    exchange.faults.add(unknown_at_first(PLACE, seconds=0.5))
    order_id = father.place()
    for reply in (
        father.call("GET", f"/orders/{order_id}"),
        father.modify(order_id, price="1501"),
        father.cancel(order_id),
    ):
        assert (reply.status, reply.json()["error_type"]) == (400, "OrderException")
        assert reply.json()["message"] == f"The order for ID ({order_id}) does not exist"
    assert father.get("/orders") == []
    assert father.row(order_id)["status"] == "OPEN"
    clock.advance(0.5)
    assert father.modify(order_id, price="1501").status == 200
    assert father.cancel(order_id).status == 200


@pytest.mark.parametrize("funds", ["enough", "gone"])
def test_an_order_is_stuck_before_rms_has_seen_it(exchange, father, clock, frames, funds):
    exchange.faults.add(WriteFault(meets=PLACE, received_s=83))
    order_id = father.place(price="1530")
    clock.advance(82)
    exchange.step()
    assert steps(father, order_id) == ["PUT ORDER REQ RECEIVED"]
    assert "being processed" in father.cancel(order_id).json()["message"]
    assert frames == []
    if funds == "gone":
        father.account.equity_funds *= 0
    clock.advance(1)
    exchange.step()
    ends = {"enough": ["OPEN PENDING", "OPEN", "COMPLETE"], "gone": ["REJECTED"]}
    assert steps(father, order_id) == [
        "PUT ORDER REQ RECEIVED", "VALIDATION PENDING", *ends[funds],
    ]  # fmt: skip


def test_what_is_stuck_at_the_close_never_trades(exchange, father, clock):
    exchange.faults.add(WriteFault(meets=PLACE, received_s=3600))
    order_id = father.place(price="1530")
    exchange.end_day()
    clock.advance(3600)
    exchange.step()
    assert father.row(order_id)["status"] == "REJECTED"


@pytest.mark.parametrize(
    ("refusal", "ends"),
    [(None, ["COMPLETE", "OPEN", "CANCELLED"]),
     ("16387 : Security not available", ["REJECTED", "OPEN", "OPEN"])],
)  # fmt: skip
def test_nothing_reaches_an_exchange_that_is_cut_off(exchange, father, clock, refusal, ends):
    changed, cancelled = father.place(), father.place()
    happen(exchange, it.LinkBreaks(exchange="NSE"))
    new, elsewhere = father.place(price="1530"), father.place(exchange="BSE", price="1530")
    father.modify(changed, price="1490")
    father.cancel(cancelled)
    clock.advance(40 * 60)
    exchange.step()
    assert [father.row(each)["status"] for each in (new, changed, cancelled)] == [
        "OPEN PENDING", "MODIFY PENDING", "CANCEL PENDING",
    ]  # fmt: skip
    assert father.row(elsewhere)["exchange_order_id"]
    assert [record.booked for record in exchange.ledger.order_writes()[4:]] == [False, False]

    happen(exchange, it.LinkMends(exchange="NSE", refusal=refusal))

    assert [father.row(each)["status"] for each in (new, changed, cancelled)] == ends
    assert father.row(changed)["price"] == (1490 if refusal is None else 1500)
    assert father.row(new)["status_message"] == refusal
    assert father.order(price="1530").status == 200


def test_a_cancelled_order_turns_out_to_be_filled(exchange, father, frames):
    stop = father.place(product="MIS", order_type="SL", trigger_price="1540", price="1545")
    father.cancel(stop)
    assert father.row(stop)["status"] == "CANCELLED"
    happen(exchange, it.CancelledOrderFills(user_id="FA0001", exchange="NSE", tradingsymbol="INFY"))
    row = father.row(stop)
    assert (row["status"], row["filled_quantity"], row["cancelled_quantity"]) == ("COMPLETE", 1, 0)
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "MIS"): 1}
    assert [status for _, status, _ in frames] == ["TRIGGER PENDING", "CANCELLED", "COMPLETE"]
    assert exchange.desk.floor.live_of("FA0001") == ()


def booked(exchange):
    return exchange.ledger.order_writes("FA0001")[-1].booked


@pytest.mark.parametrize("act", ["modify", "cancel"])
def test_a_change_is_booked_when_the_exchange_takes_it_and_not_before(exchange, father, clock, act):
    order_id = father.place()

    def change():
        return father.cancel(order_id) if act == "cancel" else father.modify(order_id, price="1490")

    meets = Meets(operation=Operation(act))
    exchange.faults.add(exchange_refuses(meets, "16388 : not now"))
    assert change().status == 200
    assert not booked(exchange)
    exchange.faults.add(stuck(meets, seconds=60))
    assert change().status == 200
    assert not booked(exchange)
    clock.advance(60)
    exchange.step()
    assert booked(exchange)


def test_a_change_that_a_fill_overtook_was_never_booked(exchange, father):
    order_id = father.place()
    meets = Meets(operation=Operation.MODIFY)
    exchange.faults.add(WriteFault(meets=meets, fills_first=True))
    assert father.modify(order_id, price="1510").status == 200
    assert (father.row(order_id)["status"], father.row(order_id)["average_price"]) == (
        "COMPLETE", 1500.0,
    )  # fmt: skip
    assert not booked(exchange)


def test_the_ledger_tells_in_words_what_met_a_request(exchange, father):
    exchange.faults.add(stuck(PLACE, seconds=60))
    father.place()
    assert exchange.ledger.order_writes()[-1].fault == "booking now, answer true, stuck_s 60"
    father.place()
    assert exchange.ledger.order_writes()[-1].fault is None


def test_a_modification_that_fills_made_impossible_was_never_booked(exchange, father, clock):
    exchange.set_depth("NSE", "INFY", 0)
    order_id = father.place(quantity=10, price="1530")
    exchange.faults.add(stuck(Meets(operation=Operation.MODIFY), seconds=60))
    assert father.modify(order_id, quantity=5).status == 200
    exchange.set_depth("NSE", "INFY", 7)
    clock.advance(60)
    exchange.step()
    row = father.row(order_id)
    assert (row["status"], row["quantity"], row["filled_quantity"]) == ("OPEN", 10, 7)
    assert not booked(exchange)


def test_a_leg_that_fills_after_its_cancellation_brings_no_other(exchange, father):
    iceberg = {"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
               "product": "MIS", "order_type": "LIMIT", "price": "1500"}  # fmt: skip
    reply = father.call("POST", "/orders/iceberg", **iceberg, quantity=20, iceberg_legs=2,
                        iceberg_quantity=10)  # fmt: skip
    father.cancel(reply.json()["data"]["order_id"])
    happen(exchange, it.CancelledOrderFills(user_id="FA0001", exchange="NSE", tradingsymbol="INFY"))
    assert [row["status"] for row in exchange.orders_of("FA0001")] == ["COMPLETE"]
