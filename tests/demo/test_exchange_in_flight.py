"""Stops, and requests that the exchange keeps waiting, overtakes or refuses."""

import pytest

from demo.exchange.faults import Meets, Operation, exchange_refuses, stuck

STOP = {"order_type": "SL", "trigger_price": "1540", "price": "1545"}


def history(client, order_id):
    return [row["status"] for row in client.get(f"/orders/{order_id}")]


def test_a_stop_waits_is_triggered_and_trades(exchange, father, frames):
    order_id = father.place(**STOP)
    assert father.row(order_id)["status"] == "TRIGGER PENDING"

    exchange.set_price("NSE", "INFY", "1539")
    assert father.row(order_id)["status"] == "TRIGGER PENDING"
    exchange.set_price("NSE", "INFY", "1541")

    assert history(father, order_id)[3:] == ["TRIGGER PENDING", "OPEN PENDING", "OPEN", "COMPLETE"]
    assert [status for _, status, _ in frames] == ["TRIGGER PENDING", "OPEN", "COMPLETE"]
    assert father.row(order_id)["average_price"] == 1541.0


def test_a_triggered_stop_market_rests_as_a_limit_at_its_band(exchange, father):
    order_id = father.place(
        order_type="SL-M", trigger_price="1540", price=None, market_protection=2
    )
    exchange.set_depth("NSE", "INFY", 0)
    exchange.set_price("NSE", "INFY", "1540")
    row = father.row(order_id)
    assert (row["status"], row["price"]) == ("OPEN", 1570.8)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"trigger_price": "1535"}, ("TRIGGER PENDING", "SL", 1535.0)),
        ({"order_type": "LIMIT", "price": "1500"}, ("OPEN", "LIMIT", 0.0)),
        ({"order_type": "SL-M", "market_protection": -1}, ("TRIGGER PENDING", "SL-M", 1540.0)),
    ],
    ids=["trigger", "to a limit", "to a stop market"],
)
def test_a_stop_is_modified_before_its_trigger(father, change, seen):
    order_id = father.place(**STOP)
    assert father.modify(order_id, **change).status == 200
    row = father.row(order_id)
    assert (row["status"], row["order_type"], row["trigger_price"]) == seen


def test_a_modification_stuck_on_its_way_shows_old_values_and_takes_no_other(
    exchange, father, clock
):
    exchange.faults.add(stuck(Meets(operation=Operation.MODIFY), seconds=30))
    order_id = father.place()
    assert father.modify(order_id, price="1501").status == 200

    row = father.row(order_id)
    assert (row["status"], row["price"]) == ("MODIFY PENDING", 1500.0)
    assert "being processed" in father.modify(order_id, price="1502").json()["message"]
    assert "being processed" in father.cancel(order_id).json()["message"]
    clock.advance(30)
    exchange.step()

    row = father.row(order_id)
    assert (row["status"], row["price"], row["modified"]) == ("OPEN", 1501.0, True)


def test_an_order_trades_at_its_old_price_while_a_modification_is_stuck(exchange, father, clock):
    exchange.faults.add(stuck(Meets(operation=Operation.MODIFY), seconds=30))
    order_id = father.place()
    father.modify(order_id, price="1490")
    exchange.set_price("NSE", "INFY", "1495")
    assert (father.row(order_id)["status"], father.row(order_id)["price"]) == ("COMPLETE", 1500.0)
    clock.advance(30)
    exchange.step()
    assert father.row(order_id)["status"] == "COMPLETE"


def test_a_fill_beyond_the_modified_quantity_undoes_the_modification(exchange, father, clock):
    exchange.faults.add(stuck(Meets(operation=Operation.MODIFY), seconds=30))
    order_id = father.place(quantity=10)
    father.modify(order_id, quantity=4)
    exchange.set_depth("NSE", "INFY", 6)
    exchange.set_price("NSE", "INFY", "1500")
    assert (father.row(order_id)["status"], father.row(order_id)["filled_quantity"]) == (
        "MODIFY PENDING", 6,
    )  # fmt: skip
    clock.advance(30)
    exchange.step()
    row = father.row(order_id)
    assert (row["status"], row["quantity"], row["filled_quantity"]) == ("OPEN", 10, 6)


@pytest.mark.parametrize("stop", [{}, STOP], ids=["limit", "stop"])
@pytest.mark.parametrize("act", ["modify", "cancel"])
def test_a_change_the_exchange_refuses_leaves_the_order_as_it_was(exchange, father, act, stop):
    exchange.faults.add(exchange_refuses(Meets(operation=Operation(act)), "16388: too late"))
    order_id = father.place(**stop)
    before = father.row(order_id)

    reply = father.modify(order_id, quantity=7) if act == "modify" else father.cancel(order_id)

    after = father.row(order_id)
    assert reply.status == 200
    assert after["status_message"] == "16388: too late"
    for name in ("status", "quantity", "price", "trigger_price", "modified"):
        assert after[name] == before[name]
    assert father.cancel(order_id).status == 200


def test_an_order_may_be_rejected_long_after_it_was_accepted(exchange, father, clock, frames):
    exchange.faults.add(
        exchange_refuses(Meets(operation=Operation.PLACE), "16278: closed", after_s=83)
    )
    funds = father.get("/user/margins/equity")["net"]
    order_id = father.place()
    assert father.row(order_id)["status"] == "OPEN PENDING"
    clock.advance(83)
    exchange.step()
    row = father.row(order_id)
    assert (row["status"], row["status_message"], row["exchange_order_id"]) == (
        "REJECTED", "16278: closed", None,
    )  # fmt: skip
    assert [status for _, status, _ in frames] == ["REJECTED"]
    assert father.get("/user/margins/equity")["net"] == funds


def test_a_cancellation_stuck_on_its_way_may_end_in_a_fill(exchange, father, clock):
    exchange.faults.add(stuck(Meets(operation=Operation.CANCEL), seconds=60))
    order_id = father.place()
    assert father.cancel(order_id).status == 200
    assert father.row(order_id)["status"] == "CANCEL PENDING"
    exchange.set_price("NSE", "INFY", "1500")
    clock.advance(60)
    exchange.step()
    assert history(father, order_id)[-2:] == ["CANCEL PENDING", "COMPLETE"]


def test_a_ttl_order_lapses_after_its_minutes(exchange, father, clock):
    order_id = father.place(validity="TTL", validity_ttl=2)
    clock.advance(119)
    exchange.step()
    assert father.row(order_id)["status"] == "OPEN"
    clock.advance(1)
    exchange.step()
    assert father.row(order_id)["status"] == "CANCELLED"
