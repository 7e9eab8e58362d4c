"""The arithmetic of the day's profit: average cost, carried units, and what is not known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.values.day_money import DayMoney, average_cost, day_profit

ROWS = [
    # fills, carried, reference -> units, average, realised
    ([], 0, 0, 0, 0, 0),
    ([], 10, 50, 10, 50, 0),
    ([(10, 100)], 0, 0, 10, 100, 0),
    ([(10, 100), (10, 110)], 0, 0, 20, 105, 0),
    ([(10, 100), (10, 110), (-5, 120)], 0, 0, 15, 105, 75),
    ([(10, 100), (-10, 90)], 0, 0, 0, 100, -100),
    ([(-10, 100), (4, 90)], 0, 0, -6, 100, 40),
    ([(10, 100), (-15, 110)], 0, 0, -5, 110, 100),
    ([(-10, 55)], 10, 50, 0, 50, 50),
    ([(0, 55)], 10, 50, 10, 50, 0),
]


@pytest.mark.parametrize(("fills", "carried", "reference", "units", "average", "realised"), ROWS)
def test_fills_are_folded_by_average_cost_in_their_order(
    fills, carried, reference, units, average, realised
):
    cost = average_cost(
        [(each, Decimal(price)) for each, price in fills],
        carried=carried,
        reference=Decimal(reference),
    )
    assert (cost.units, cost.average, cost.realised) == (units, average, realised)


prices = st.integers(1, 10**6).map(lambda paise: Decimal(paise) / 20)
fills_of_a_day = st.lists(st.tuples(st.integers(-900, 900), prices), max_size=12)


@given(fills_of_a_day, st.integers(-900, 900), prices, prices)
def test_realised_and_unrealised_are_the_cash_and_what_is_held(fills, carried, reference, price):
    money = DayMoney(
        net=carried + sum(units for units, _ in fills),
        cash=-sum((units * at for units, at in fills), Decimal(0)),
        carried=carried,
    )
    cost = average_cost(fills, carried=carried, reference=reference)
    whole = day_profit(money, price=price, reference=reference)
    assert cost.units == money.net
    assert whole is not None
    assert abs(cost.realised + cost.unrealised(price) - whole) < Decimal("0.000001")


@pytest.mark.parametrize(
    ("money", "price", "reference", "profit"),
    [
        (DayMoney(net=10, cash=Decimal(-1000)), Decimal(95), None, Decimal(-50)),
        (DayMoney(net=10, cash=Decimal(-1000)), None, None, None),
        (DayMoney(net=0, cash=Decimal(-70)), None, None, Decimal(-70)),
        (DayMoney(net=10, carried=10), Decimal(95), None, None),
        (DayMoney(net=10, carried=10), Decimal(95), Decimal(100), Decimal(-50)),
        (DayMoney(net=0, cash=Decimal(900), carried=10), None, Decimal(100), Decimal(-100)),
        (DayMoney(net=10, cash=Decimal(-1000), unpriced=1), Decimal(95), None, None),
    ],
)
def test_a_profit_is_known_only_with_every_price_it_needs(money, price, reference, profit):
    assert day_profit(money, price=price, reference=reference) == profit
