"""Whatever is done to the exchange: fills never exceed orders, trades sum to positions."""

import random
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.exchange.build import demo_exchange
from demo.exchange.orders import TERMINAL
from demo.exchange.wire import IST, KiteError

STEPS = st.one_of(
    st.tuples(
        st.just("place"),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 50),
        st.one_of(st.none(), st.integers(1520, 1540)),
        st.sampled_from(["DAY", "IOC"]),
    ),
    st.tuples(st.just("price"), st.integers(1515, 1545)),
    st.tuples(st.just("depth"), st.one_of(st.none(), st.integers(0, 40))),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("modify"), st.integers(0, 20), st.integers(1, 60), st.integers(1520, 1540)),
    st.tuples(st.just("step")),
)


class Day:
    """One account trading one share, step by step."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
        self.exchange = demo_exchange(lambda: self.at, random.Random(1), followers=1)
        self.frames: list[tuple[str, str, int]] = []
        self.exchange.on_frame(lambda _, frame: self.frames.append(frame["data"]))

    def do(self, step: tuple) -> None:
        name, *args = step
        self.at += timedelta(seconds=1)
        try:
            getattr(self, name)(*args)
        except KiteError as error:
            if "being processed" not in error.message and "traded quantity" not in error.message:
                raise

    def place(self, side, quantity, price, validity):
        order = {"price": price} if price else {}
        self.exchange.place_from_app(
            "FA0001", exchange="NSE", tradingsymbol="INFY", transaction_type=side,
            quantity=quantity, product="MIS", validity=validity, **order,
        )  # fmt: skip

    def price(self, price):
        self.exchange.set_price("NSE", "INFY", str(price))

    def depth(self, quantity):
        self.exchange.set_depth("NSE", "INFY", quantity)

    def cancel(self, index):
        if order_id := self._some(index):
            self.exchange.cancel_from_app("FA0001", order_id)

    def modify(self, index, quantity, price):
        if order_id := self._some(index):
            self.exchange.modify_from_app("FA0001", order_id, quantity=quantity, price=price)

    def step(self):
        self.exchange.step()

    def _some(self, index):
        rows = self.exchange.orders_of("FA0001")
        return rows[index % len(rows)]["order_id"] if rows else None


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_fills_never_exceed_orders_and_trades_sum_to_positions(steps):
    day = Day()
    for step in steps:
        day.do(step)

    traded: Counter[str] = Counter()
    net = 0
    for trade in day.exchange.trades_of("FA0001"):
        traded[trade["order_id"]] += trade["quantity"]
        net += trade["quantity"] * (1 if trade["transaction_type"] == "BUY" else -1)
    for row in day.exchange.orders_of("FA0001"):
        assert 0 <= row["filled_quantity"] == traded[row["order_id"]] <= row["quantity"]
        done = row["filled_quantity"] == row["quantity"]
        assert (row["status"] == "COMPLETE") is done
    assert sum(day.exchange.net_positions("FA0001").values()) == net


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_histories_only_move_forward_and_the_last_frame_tells_the_end(steps):
    day = Day()
    for step in steps:
        day.do(step)

    last_frame = {frame["order_id"]: frame for frame in day.frames}
    for order in day.exchange.desk.orders.values():
        filled = [row["filled_quantity"] for _, row in order.history]
        assert filled == sorted(filled)
        assert not any(row["status"] in TERMINAL for _, row in order.history[:-1])
        if not order.is_live:
            assert last_frame[order.order_id]["status"] == order.status
        assert last_frame[order.order_id]["filled_quantity"] == order.filled_quantity
