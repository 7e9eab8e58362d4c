"""Each limit on entries: just under, at and just over; what would pass; and what people read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.risk.limits import Entry, Used, grouped, rupees, tightest
from tests.core.core_world import a_follower

LOTS = {"lot_size": 75}


def entry(units: int, **more) -> Entry:
    if "price" in more:
        more["price"] = Decimal(str(more["price"]))
    return Entry(units=units, now=more.pop("now", units), **more)


@pytest.mark.parametrize(
    ("limit", "asked", "used", "passes", "why"),
    [
        # MAX_ORDER_QUANTITY: under, at, over; what the order has entered already counts
        ({"max_order_quantity": 100}, entry(99), Used(), None, ""),
        ({"max_order_quantity": 100}, entry(100), Used(), None, ""),
        ({"max_order_quantity": 100}, entry(101), Used(), 100,
         "101 units is over MAX_ORDER_QUANTITY 100; 100 units would pass"),
        ({"max_order_quantity": 100}, entry(20, of_order=80), Used(), None, ""),
        ({"max_order_quantity": 100}, entry(21, of_order=80), Used(), 20,
         "101 units is over MAX_ORDER_QUANTITY 100; 20 units more would pass"),
        ({"max_order_quantity": 100}, entry(10, of_order=120), Used(), 0,
         "130 units is over MAX_ORDER_QUANTITY 100; not one unit more passes"),
        ({"max_order_quantity": 224}, entry(225, **LOTS), Used(), 150,
         "3 lots = 225 units is over MAX_ORDER_QUANTITY 224; 2 lots would pass"),
        ({"max_order_quantity": 74}, entry(75, **LOTS), Used(), 0,
         "1 lot = 75 units is over MAX_ORDER_QUANTITY 74; not one lot passes"),
        # MAX_ORDER_VALUE
        ({"max_order_value": 1000}, entry(9, price=100), Used(), None, ""),
        ({"max_order_value": 1000}, entry(10, price=100), Used(), None, ""),
        ({"max_order_value": 1000}, entry(10, price="100.05"), Used(), 9,
         "10 units = ₹1,000.50 is over MAX_ORDER_VALUE 1,000; 9 units would pass"),
        ({"max_order_value": 200_000}, entry(225, price="1066.75", **LOTS), Used(), 150,
         "3 lots = ₹2,40,018.75 is over MAX_ORDER_VALUE 2,00,000; 2 lots would pass"),
        ({"max_order_value": 1000}, entry(5, price=100, of_order=6), Used(), 4,
         "11 units = ₹1,100 is over MAX_ORDER_VALUE 1,000; 4 units more would pass"),
        ({"max_order_value": 1000}, entry(1), Used(), 0,
         "MAX_ORDER_VALUE cannot be kept: its price is not known"),
        ({"max_order_value": 1000}, entry(1, price=1, multiplier=None), Used(), 0,
         "MAX_ORDER_VALUE cannot be kept: how many units one contract is of is not known"),
        # MAX_POSITION_VALUE: what is held and works on this side counts
        ({"max_position_value": 1000}, entry(4, price=100, in_position=5), Used(), None, ""),
        ({"max_position_value": 1000}, entry(5, price=100, in_position=5), Used(), None, ""),
        ({"max_position_value": 1000}, entry(6, price=100, in_position=5), Used(), 5,
         "a position of 11 units = ₹1,100 is over MAX_POSITION_VALUE 1,000; 5 units would pass"),
        ({"max_position_value": 1000}, entry(1), Used(), 0,
         "MAX_POSITION_VALUE cannot be kept: its price is not known"),
        # MAX_OPEN_POSITIONS: only what opens one
        ({"max_open_positions": 3}, entry(1), Used(positions=2), None, ""),
        ({"max_open_positions": 3}, entry(1), Used(positions=3), 0,
         "3 positions are open and MAX_OPEN_POSITIONS is 3; once one is closed, it passes"),
        ({"max_open_positions": 1}, entry(1), Used(positions=1), 0,
         "1 position is open and MAX_OPEN_POSITIONS is 1; once one is closed, it passes"),
        ({"max_open_positions": 3}, entry(1, opens=False), Used(positions=4), None, ""),
        # MAX_ORDERS_PER_DAY: slices count each, a modification makes no order
        ({"max_orders_per_day": 3}, entry(10), Used(orders=1), None, ""),
        ({"max_orders_per_day": 3}, entry(10), Used(orders=2), None, ""),
        ({"max_orders_per_day": 3}, entry(10), Used(orders=3), 0,
         "3 of 3 entry orders (MAX_ORDERS_PER_DAY) were made today; the next passes tomorrow"),
        ({"max_orders_per_day": 3}, entry(10, now=0), Used(orders=3), None, ""),
        ({"max_orders_per_day": 3}, entry(200, per_order=100), Used(orders=1), None, ""),
        ({"max_orders_per_day": 3}, entry(201, per_order=100), Used(orders=1), 200,
         "1 of 3 entry orders (MAX_ORDERS_PER_DAY) were made today and it needs 3 more; 200 units would pass"),
        # the tightest of several speaks
        ({"max_order_quantity": 50, "max_order_value": 1000}, entry(60, price=100), Used(), 10,
         "60 units = ₹6,000 is over MAX_ORDER_VALUE 1,000; 10 units would pass"),
        ({}, entry(10**9), Used(positions=10**6, orders=10**6), None, ""),
    ],
)  # fmt: skip
def test_a_limit_lets_pass_what_is_inside_it_and_says_what_would(limit, asked, used, passes, why):
    over = tightest(with_limits(**limit), asked, used)
    assert (over.passes if over else None) == passes
    assert (over.why if over else "") == why


def with_limits(**limits):
    values = {name: Decimal(v) if name.endswith("value") else v for name, v in limits.items()}
    return a_follower(**values)


@given(
    limits=st.fixed_dictionaries(
        {},
        optional={
            "max_order_quantity": st.integers(1, 500),
            "max_order_value": st.integers(1, 50_000),
            "max_position_value": st.integers(1, 50_000),
            "max_open_positions": st.integers(1, 5),
            "max_orders_per_day": st.integers(1, 5),
        },
    ),
    lots=st.integers(1, 20),
    lot=st.sampled_from([1, 25, 75]),
    price=st.decimals("0.05", 500, places=2),
    there=st.integers(0, 300),
    used=st.builds(Used, positions=st.integers(0, 6), orders=st.integers(0, 6)),
    slices=st.sampled_from([None, 1, 4]),
)
def test_what_a_limit_lets_pass_is_inside_all_and_a_lot_more_is_not(
    *, limits, lots, lot, price, there, used, slices
):
    """Cut to what would pass, an entry passes; one lot more does not."""
    rules = with_limits(**limits)

    def asked(units: int) -> Entry:
        return Entry(
            units=units, now=units, of_order=there, in_position=there, opens=not there,
            lot_size=lot, price=price, per_order=slices and slices * lot,
        )  # fmt: skip

    over = tightest(rules, asked(lots * lot), used)
    if over is None:
        return
    assert over.passes % lot == 0
    assert 0 <= over.passes < lots * lot
    assert not over.passes or tightest(rules, asked(over.passes), used) is None
    assert tightest(rules, asked(over.passes + lot), used) is not None


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0"), (999, "999"), (1000, "1,000"), (99_999, "99,999"), (1_234_567, "12,34,567")],
)
def test_numbers_are_grouped_as_indian_traders_read_them(number, written):
    assert grouped(number) == written
    assert rupees(Decimal(number)) == f"₹{written}"
