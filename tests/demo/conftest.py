"""An exchange in the hand: a clock that stands still and a client that needs no network."""

import random
from datetime import datetime
from decimal import Decimal

import pytest

from demo.exchange.build import MASTER, demo_exchange
from demo.exchange.clocks import HandClock
from demo.exchange.exchange import Exchange
from demo.exchange.wire import IST, Reply
from tests.demo.ear import Ear

#: A Wednesday morning on which every exchange is open.
MORNING = datetime(2026, 11, 18, 10, 0, tzinfo=IST)


class Client:
    """One account's REST calls, without a network."""

    def __init__(self, exchange: Exchange, user_id: str) -> None:
        self.exchange = exchange
        self.user_id = user_id
        self.account = exchange.accounts.by_user(user_id)
        self.source_ip = "127.0.0.1"
        self.log_in()

    def log_in(self) -> None:
        token = self.exchange.login(self.user_id).access_token
        self.headers = {
            "X-Kite-Version": "3",
            "Authorization": f"token {self.account.api_key}:{token}",
        }

    def call(self, method: str, path: str, **fields: object) -> Reply:
        sent = {name: str(value) for name, value in fields.items() if value is not None}
        return self.exchange.request(method, path, sent, self.headers, self.source_ip)

    def order(self, **fields: object) -> Reply:
        """Ask to buy one INFY for delivery at a limit of 1500, unless told otherwise."""
        asked = {
            "exchange": "NSE",
            "tradingsymbol": "INFY",
            "transaction_type": "BUY",
            "quantity": 1,
            "product": "CNC",
            "order_type": "LIMIT",
            "price": "1500",
        }
        return self.call("POST", "/orders/regular", **(asked | fields))

    def place(self, **fields: object) -> str:
        """Place an order that must be accepted; return its id."""
        reply = self.order(**fields)
        assert reply.status == 200, reply.body
        return reply.json()["data"]["order_id"]

    def market(self, **fields: object) -> str:
        return self.place(
            **({"order_type": "MARKET", "price": None, "market_protection": -1} | fields)
        )

    def modify(self, order_id: str, **fields: object) -> Reply:
        return self.call("PUT", f"/orders/regular/{order_id}", **fields)

    def cancel(self, order_id: str) -> Reply:
        return self.call("DELETE", f"/orders/regular/{order_id}")

    def get(self, path: str) -> object:
        reply = self.call("GET", path)
        assert reply.status == 200, reply.body
        return reply.json()["data"]

    def row(self, order_id: str) -> dict:
        """Return the true row of an order, whatever reads are shown."""
        return next(
            row for row in self.exchange.orders_of(self.user_id) if row["order_id"] == order_id
        )


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MORNING)


@pytest.fixture
def exchange(clock) -> Exchange:
    """Three followers, INFY pinned at 1530 with bid and ask at the last price."""
    opened = demo_exchange(clock, random.Random(7))
    opened.set_price("NSE", "INFY", Decimal(1530))
    return opened


@pytest.fixture
def client_of():
    """Return what makes a client of an account of any exchange."""
    return Client


@pytest.fixture
def father(exchange) -> Client:
    return Client(exchange, "FA0001")


@pytest.fixture
def mother(exchange) -> Client:
    return Client(exchange, "FA0002")


@pytest.fixture
def master(exchange) -> Client:
    return Client(exchange, MASTER)


@pytest.fixture
def frames(exchange) -> list:
    """Collect (user id, status, filled quantity) of every true order update."""
    seen: list = []
    exchange.on_frame(
        lambda user_id, frame: seen.append(
            (user_id, frame["data"]["status"], frame["data"]["filled_quantity"])
        )
    )
    return seen


@pytest.fixture
def ear(exchange) -> Ear:
    """Listen to the master's socket."""
    return Ear(exchange, MASTER)
