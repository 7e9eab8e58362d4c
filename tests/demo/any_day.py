"""A day on which anything may be done to one account in one share, step by step."""

import random
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import strategies as st

from demo.exchange import happenings as it
from demo.exchange.build import demo_exchange
from demo.exchange.faults import Meets, Operation, WriteFault
from demo.exchange.happen import happen
from demo.exchange.matching import Side
from demo.exchange.wire import IST, KiteError

USER = "FA0001"
INFY = {"exchange": "NSE", "tradingsymbol": "INFY"}
SIDES = st.sampled_from(["BUY", "SELL"])
PRICES = st.integers(1515, 1545)
WHICH = st.integers(0, 20)

STEPS = st.one_of(
    st.tuples(st.just("limit"), SIDES, st.integers(1, 50), PRICES,
              st.sampled_from(["CNC", "MIS"]), st.sampled_from(["DAY", "IOC", "TTL"])),
    st.tuples(st.just("stop"), SIDES, st.integers(1, 50), PRICES, st.booleans()),
    st.tuples(st.just("iceberg"), SIDES, st.integers(4, 60), PRICES, st.integers(2, 4)),
    st.tuples(st.just("cover"), SIDES, st.integers(1, 50), st.integers(1, 10)),
    st.tuples(st.just("after_market"), SIDES, st.integers(1, 50), PRICES),
    st.tuples(st.just("modify"), WHICH, st.integers(1, 60), PRICES,
              st.sampled_from([None, "LIMIT", "SL"])),
    st.tuples(st.just("cancel"), WHICH),
    st.tuples(st.just("stick"), st.sampled_from(["place", "modify", "cancel"]),
              st.integers(1, 5), st.sampled_from([None, "no"])),
    st.tuples(st.just("stick_early"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("link"), st.sampled_from(["breaks", "mends", "refuses"])),
    st.tuples(st.just("fill_cancelled")),
    st.tuples(st.just("dealer"), SIDES, st.integers(1, 50)),
    st.tuples(st.just("price"), PRICES),
    st.tuples(st.just("depth"), st.one_of(st.none(), st.integers(0, 40))),
    st.tuples(st.just("convert"), SIDES, st.integers(1, 50), st.booleans()),
    st.tuples(st.just("open_market")),
    st.tuples(st.just("square_off")),
    st.tuples(st.just("exchange_cancels")),
    st.tuples(st.just("auction"), st.sampled_from(["starts", "narrows", "ends"])),
    st.tuples(st.just("step")),
)  # fmt: skip


class Day:
    """One account trading one share through the API, step by step; refusals are part of it."""

    def __init__(self):
        self.at = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
        self.exchange = demo_exchange(lambda: self.at, random.Random(1), followers=1)
        self.exchange.set_price("NSE", "INFY", "1530")
        self.exchange.give_holding(USER, "INFY", 100, t1_quantity=20)
        self.log_in()

    def log_in(self):
        session = self.exchange.login(USER)
        token = f"token {session.api_key}:{session.access_token}"
        self.headers = {"X-Kite-Version": "3", "Authorization": token}

    def do(self, step):
        name, *args = step
        self.at += timedelta(seconds=1)
        getattr(self, name)(*args)

    def call(self, method, path, **fields):
        sent = {name: str(value) for name, value in fields.items() if value is not None}
        reply = self.exchange.request(method, path, sent, self.headers)
        assert reply.status in {200, 400}, reply.body
        return reply

    def place(self, side, quantity, *, variety="regular", **fields):
        asked = {"exchange": "NSE", "tradingsymbol": "INFY", "product": "MIS", "validity": "DAY"}
        self.call(
            "POST", f"/orders/{variety}", transaction_type=side, quantity=quantity,
            **(asked | fields),
        )  # fmt: skip

    def limit(self, side, quantity, price, product, validity):
        ttl = 1 if validity == "TTL" else None
        self.place(side, quantity, order_type="LIMIT", price=price, product=product,
                   validity=validity, validity_ttl=ttl)  # fmt: skip

    def stop(self, side, quantity, trigger, market):
        if market:
            self.place(side, quantity, order_type="SL-M", trigger_price=trigger,
                       market_protection=-1)  # fmt: skip
        else:
            self.place(side, quantity, order_type="SL", trigger_price=trigger, price=trigger)

    def iceberg(self, side, quantity, price, legs):
        self.place(side, quantity, variety="iceberg", order_type="LIMIT", price=price,
                   iceberg_legs=legs, iceberg_quantity=-(-quantity // legs))  # fmt: skip

    def cover(self, side, quantity, away):
        trigger = 1530 - away * (1 if side == "BUY" else -1)
        self.place(side, quantity, variety="co", order_type="MARKET", market_protection=-1,
                   trigger_price=trigger)  # fmt: skip

    def after_market(self, side, quantity, price):
        self.place(side, quantity, variety="amo", order_type="LIMIT", price=price)

    def modify(self, which, quantity, price, order_type):
        if row := self.some(which):
            trigger = price if order_type == "SL" else None
            self.call("PUT", f"/orders/{row['variety']}/{row['order_id']}", quantity=quantity,
                      price=price, order_type=order_type, trigger_price=trigger)  # fmt: skip

    def cancel(self, which):
        if row := self.some(which):
            self.call("DELETE", f"/orders/{row['variety']}/{row['order_id']}")

    def stick(self, operation, seconds, words):
        meets = Meets(operation=Operation(operation))
        self.exchange.faults.add(WriteFault(meets=meets, stuck_s=seconds, exchange_says=words))

    def price(self, price):
        self.exchange.set_price("NSE", "INFY", str(price))

    def depth(self, quantity):
        self.exchange.set_depth("NSE", "INFY", quantity)

    def convert(self, side, quantity, to_cnc):
        old, new = ("MIS", "CNC") if to_cnc else ("CNC", "MIS")
        self.call(
            "PUT", "/portfolio/positions", exchange="NSE", tradingsymbol="INFY",
            transaction_type=side, position_type="day", quantity=quantity, old_product=old,
            new_product=new,
        )  # fmt: skip

    def open_market(self):
        self.exchange.events.open_market()

    def square_off(self):
        self.exchange.events.square_off()

    def exchange_cancels(self):
        self.exchange.events.cancel_resting()

    def auction(self, phase):
        kind = {"starts": it.AuctionStarts, "narrows": it.AuctionNarrows, "ends": it.AuctionEnds}
        happen(self.exchange, kind[phase]())

    def stick_early(self, seconds, unknown):
        fault = {"unknown_s" if unknown else "received_s": seconds}
        self.exchange.faults.add(WriteFault(meets=Meets(operation=Operation.PLACE), **fault))

    def link(self, what):
        if what == "breaks":
            happen(self.exchange, it.LinkBreaks(exchange="NSE"))
        else:
            refusal = "no" if what == "refuses" else None
            happen(self.exchange, it.LinkMends(exchange="NSE", refusal=refusal))

    def fill_cancelled(self):
        with suppress(ValueError):
            happen(self.exchange, it.CancelledOrderFills(user_id=USER, **INFY))

    def dealer(self, side, quantity):
        with suppress(KiteError):
            happen(self.exchange, it.DealerTrades(user_id=USER, **INFY, side=Side(side),
                                                  quantity=quantity, product="MIS"))  # fmt: skip

    def step(self):
        self.exchange.step()

    def some(self, which):
        rows = self.exchange.orders_of(USER)
        return rows[which % len(rows)] if rows else None

    def net(self):
        return sum(self.exchange.net_positions(USER).values())

    def traded(self):
        return sum(
            trade["quantity"] * (1 if trade["transaction_type"] == "BUY" else -1)
            for trade in self.exchange.trades_of(USER)
        )
