"""Whatever is done, in whatever variety and however late: units and money are conserved."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.exchange.orders import TERMINAL
from tests.demo.any_day import STEPS, USER, Day


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_every_unit_that_traded_is_in_an_order_and_in_a_position(steps):
    day = Day()
    for step in steps:
        day.do(step)

    filled: Counter[str] = Counter()
    for trade in day.exchange.trades_of(USER):
        filled[trade["order_id"]] += trade["quantity"]
    for row in day.exchange.orders_of(USER):
        done = row["filled_quantity"]
        assert 0 <= done == filled[row["order_id"]] <= row["quantity"]
        assert (row["status"] == "COMPLETE") is (done == row["quantity"])
        if row["status"] == "CANCELLED":
            assert row["cancelled_quantity"] == row["quantity"] - done
    assert day.net() == day.traded()


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_a_past_view_of_the_present_is_the_present(steps):
    day = Day()
    for step in steps:
        day.do(step)

    portfolio = day.exchange.desk.portfolios[USER]
    then = portfolio.as_of(day.at)
    assert {key: each.quantity for key, each in then.positions.items()} == {
        key: each.quantity for key, each in portfolio.positions.items()
    }


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_legs_never_exceed_what_they_are_legs_of(steps):
    day = Day()
    for step in steps:
        day.do(step)

    orders = day.exchange.desk.orders
    live_legs = 0
    for order in orders.values():
        filled = [row["filled_quantity"] for _, row in order.history]
        assert filled == sorted(filled)
        ends = [row["status"] for _, row in order.history if row["status"] in TERMINAL]
        assert ends in ([], [order.status], ["CANCELLED", "COMPLETE"])
        if order.parent_order_id:
            assert order.quantity <= orders[order.parent_order_id].filled_quantity
        if order.iceberg:
            leg = order.iceberg
            assert (leg.leg - 1) * leg.leg_quantity + order.quantity <= leg.total_quantity
            live_legs += order.is_live
    icebergs = sum(1 for order in orders.values() if order.iceberg and order.iceberg.leg == 1)
    assert live_legs <= icebergs


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(STEPS, max_size=15), min_size=1, max_size=3))
def test_shares_and_money_outlive_the_nights(days):
    day = Day()
    owned = 120
    account = day.exchange.accounts.by_user(USER)
    opening = account.equity_funds
    spent = Decimal(0)
    for steps in days:
        for step in steps:
            day.do(step)
        day.link("mends")
        day.exchange.events.end_closing_auction()
        day.exchange.desk.floor.end_day()
        day.depth(None)  # so that nothing of the intraday positions is left over
        day.exchange.events.square_off()
        owned += day.traded()
        spent += sum(
            Decimal(str(trade["average_price"])) * trade["quantity"]
            * (1 if trade["transaction_type"] == "BUY" else -1)
            for trade in day.exchange.trades_of(USER)
        )  # fmt: skip
        day.at += timedelta(days=1)
        day.exchange.events.start_next_day()
        day.log_in()
        day.exchange.faults.clear()

        held = day.exchange.desk.portfolios[USER].holdings.get("INFY")
        assert day.net() == 0
        assert (held.quantity + held.t1_quantity if held else 0) == owned
        assert account.equity_funds == opening - spent
