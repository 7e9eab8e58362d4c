"""Changing a position's product, and what the lagging reads show of it."""

import pytest

from demo.exchange.faults import Meets, Operation, ReadFault, View


def convert(client, **fields):
    asked = {
        "exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY",
        "position_type": "day", "quantity": 6, "old_product": "MIS", "new_product": "CNC",
    }  # fmt: skip
    return client.call("PUT", "/portfolio/positions", **(asked | fields))


def quantities(exchange):
    net = exchange.net_positions("FA0001")
    return {key.product: quantity for key, quantity in net.items()}


def test_a_conversion_moves_units_without_an_order_or_a_frame(exchange, father, frames):
    father.market(quantity=10, product="MIS")
    told, orders = len(frames), len(exchange.orders_of("FA0001"))

    assert convert(father).json()["data"] is True

    assert quantities(exchange) == {"MIS": 4, "CNC": 6}
    assert (len(frames), len(exchange.orders_of("FA0001"))) == (told, orders)
    rows = {row["product"]: row for row in father.get("/portfolio/positions")["net"]}
    assert rows["CNC"]["average_price"] == rows["MIS"]["average_price"] == 1530.0
    assert (rows["CNC"]["day_buy_quantity"], rows["CNC"]["overnight_quantity"]) == (6, 0)


def test_a_carried_short_is_converted_as_overnight(exchange, father, clock):
    exchange.carry_position("FA0001", ("NFO", "NIFTY26DECFUT", "NRML"), -130, "26000")
    fields = {
        "exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "transaction_type": "SELL",
        "quantity": 65, "old_product": "NRML", "new_product": "MIS",
    }  # fmt: skip
    assert "more than the open" in convert(father, **fields).json()["message"]
    clock.advance(1)
    assert convert(father, **fields, position_type="overnight").status == 200
    assert quantities(exchange) == {"NRML": -65, "MIS": -65}
    stale = ReadFault(meets=Meets(operation=Operation.POSITIONS), view=View.STALE, seconds=1)
    exchange.faults.add(stale)
    seen = {row["product"]: row["quantity"] for row in father.get("/portfolio/positions")["net"]}
    assert seen == {"NRML": -130, "MIS": 0}


def test_a_lagging_read_shows_positions_before_the_conversion(exchange, father, clock):
    father.market(quantity=10, product="MIS")
    clock.advance(2)
    convert(father)
    stale = ReadFault(meets=Meets(operation=Operation.POSITIONS), view=View.STALE, seconds=1)
    exchange.faults.add(stale)
    assert {row["product"]: row["quantity"] for row in father.get("/portfolio/positions")["net"]}[
        "MIS"
    ] == 10
    clock.advance(2)
    exchange.faults.add(stale)
    seen = {row["product"]: row["quantity"] for row in father.get("/portfolio/positions")["net"]}
    assert seen == {"MIS": 4, "CNC": 6}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"quantity": 11}, "more than the open"),
        ({"transaction_type": "SELL", "new_product": "MTF"}, "more than the open"),
        ({"position_type": "overnight"}, "more than the open"),
        ({"position_type": "yearly"}, "Invalid `position_type`"),
        ({"new_product": "NRML"}, "Invalid `new_product`"),
        ({"new_product": "MIS"}, "already"),
        ({"quantity": 0}, "Invalid `quantity`"),
        ({"tradingsymbol": "NOSUCH"}, "Invalid `tradingsymbol`"),
        ({"transaction_type": "SELL"}, "short position"),
    ],
    ids=str,
)
def test_a_wrong_conversion_is_refused(exchange, father, fields, words):
    father.market(quantity=10, product="MIS")
    reply = convert(father, **fields)
    assert reply.status == 400
    assert words in reply.json()["message"]
    assert quantities(exchange) == {"MIS": 10}


def test_a_conversion_that_is_too_dear_is_refused(exchange, father):
    father.market(quantity=10, product="MIS")
    father.account.equity_funds *= 0
    father.account.equity_funds += 5_000
    assert convert(father).json()["error_type"] == "MarginException"
    assert quantities(exchange) == {"MIS": 10}


def test_a_person_converts_in_the_app(exchange, father):
    father.market(quantity=10, product="MIS")
    exchange.events.convert("FA0001", ("NSE", "INFY", "MIS"), 4, "CNC")
    assert quantities(exchange) == {"MIS": 6, "CNC": 4}
    exchange.carry_position("FA0001", ("NFO", "NIFTY26DECFUT", "NRML"), -130, "26000")
    exchange.events.convert("FA0001", ("NFO", "NIFTY26DECFUT", "NRML"), 130, "MIS", overnight=True)
    assert exchange.net_positions("FA0001")["NFO", "NIFTY26DECFUT", "MIS"] == -130
