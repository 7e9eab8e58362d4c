"""What trades, at what price, and what rests."""

import pytest


def test_a_protected_market_order_becomes_a_tagged_limit_and_fills_at_the_touch(exchange, father):
    exchange.set_price("NSE", "INFY", "1530", spread_ticks=2)

    row = father.row(father.market(tag="KC1"))

    assert row["order_type"] == "LIMIT"
    assert row["market_protection"] == 0
    assert row["tags"] == ["KC1", "mktp", "mktp:2.00"]
    assert row["price"] == 1560.6  # 2 per cent above the last price, on the tick
    assert (row["status"], row["average_price"]) == ("COMPLETE", 1530.2)


def test_what_the_depth_does_not_fill_rests_at_the_band(exchange, father):
    exchange.set_depth("NSE", "INFY", 30)

    row = father.row(father.market(quantity=100))

    assert (row["status"], row["filled_quantity"], row["pending_quantity"]) == ("OPEN", 30, 70)
    assert row["price"] == 1560.6


@pytest.mark.parametrize(
    ("side", "percent", "band"), [("BUY", 5, 1606.5), ("SELL", 5, 1453.5), ("BUY", 100, 1683.0)]
)
def test_a_protection_in_per_cent_is_kept_inside_the_circuit(exchange, father, side, percent, band):
    exchange.set_depth("NSE", "INFY", 0)

    order_id = father.market(transaction_type=side, product="MIS", market_protection=percent)

    assert father.row(order_id)["price"] == band


def test_a_cheap_option_is_protected_by_a_wider_band(exchange, father):
    exchange.set_price("NFO", "NIFTY26DEC26000CE", "50")
    exchange.set_depth("NFO", "NIFTY26DEC26000CE", 0)

    order_id = father.market(
        exchange="NFO", tradingsymbol="NIFTY26DEC26000CE", product="NRML", quantity=65
    )

    assert father.row(order_id)["price"] == 51.5  # 3 per cent between 10 and 100 rupees


def test_a_limit_rests_until_the_price_comes_and_then_trades_at_its_own_price(exchange, father):
    order_id = father.place(price="1500")
    assert father.row(order_id)["status"] == "OPEN"

    exchange.set_price("NSE", "INFY", "1495")

    row = father.row(order_id)
    assert (row["status"], row["average_price"]) == ("COMPLETE", 1500.0)


def test_a_limit_through_the_market_is_filled_better_than_it_asked(father):
    assert father.row(father.place(price="1540"))["average_price"] == 1530.0


def test_partial_fills_add_up_and_are_told_as_updates(exchange, father, frames):
    exchange.set_depth("NSE", "INFY", 0)
    order_id = father.place(quantity=100, price="1530")
    for quantity in (30, 0, 50, 40):
        exchange.set_depth("NSE", "INFY", quantity)

    assert father.row(order_id)["status"] == "COMPLETE"
    assert frames == [
        ("FA0001", "OPEN", 0),
        ("FA0001", "UPDATE", 30),
        ("FA0001", "UPDATE", 80),
        ("FA0001", "COMPLETE", 100),
    ]
    assert [trade["quantity"] for trade in father.get(f"/orders/{order_id}/trades")] == [30, 50, 20]


def test_the_rest_of_an_ioc_order_is_cancelled_at_once(exchange, father):
    exchange.set_depth("NSE", "INFY", 4)

    row = father.row(father.place(quantity=10, price="1530", validity="IOC"))

    assert row["status"] == "CANCELLED"
    assert (row["filled_quantity"], row["cancelled_quantity"]) == (4, 6)


def test_a_ttl_order_lapses_after_its_minutes(exchange, father, clock):
    order_id = father.place(validity="TTL", validity_ttl=2)
    clock.advance(119)
    exchange.step()
    assert father.row(order_id)["status"] == "OPEN"

    clock.advance(1)
    exchange.step()

    assert father.row(order_id)["status"] == "CANCELLED"


def test_a_stop_waits_for_its_trigger_and_then_trades(exchange, father):
    order_id = father.place(order_type="SL", trigger_price="1540", price="1550")
    assert father.row(order_id)["status"] == "TRIGGER PENDING"

    exchange.set_price("NSE", "INFY", "1539.9")
    assert father.row(order_id)["status"] == "TRIGGER PENDING"
    exchange.set_price("NSE", "INFY", "1540")

    assert father.row(order_id)["status"] == "COMPLETE"
    assert [row["status"] for row in father.get(f"/orders/{order_id}")][-4:] == [
        "TRIGGER PENDING",
        "OPEN PENDING",
        "OPEN",
        "COMPLETE",
    ]


def test_a_stop_loss_market_order_rests_at_the_band_once_triggered(exchange, father):
    order_id = father.place(
        order_type="SL-M", trigger_price="1540", price=None, market_protection=-1
    )
    exchange.set_depth("NSE", "INFY", 0)

    exchange.set_price("NSE", "INFY", "1541")

    row = father.row(order_id)
    assert (row["status"], row["price"]) == ("OPEN", 1571.8)


def test_the_walk_is_the_same_for_the_same_seed_and_leaves_held_prices_alone(exchange, clock):
    import random

    from demo.exchange.build import demo_exchange

    days = []
    for _ in range(2):
        day = demo_exchange(clock, random.Random(3))
        day.set_price("NSE", "INFY", "1530")
        for _ in range(5):
            day.step()
        days.append([(row.key, day.market.touch(row).last) for row in day.instruments])
    assert days[0] == days[1]
    moved = dict(days[0])
    assert moved["NSE", "INFY"] == 1530
    assert any(moved[row.key] != row.close for row in exchange.instruments)
