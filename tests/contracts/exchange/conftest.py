"""The exchange behind real sockets, and the unmodified SDK in front of it."""

import asyncio
import random
from datetime import datetime

import pytest
from kiteconnect import KiteConnect

from demo.exchange.build import demo_exchange
from demo.exchange.clocks import HandClock
from demo.exchange.server import ExchangeServer
from demo.exchange.wire import IST


class Sdk:
    """Calls the SDK in a worker thread, as it blocks."""

    def __init__(self, kite, exchange, user_id):
        self.kite = kite
        self.exchange = exchange
        self.user_id = user_id

    async def __call__(self, method, *args, **kwargs):
        async with asyncio.timeout(10):
            return await asyncio.to_thread(getattr(self.kite, method), *args, **kwargs)

    async def place(self, **fields):
        asked = {
            "variety": "regular", "exchange": "NSE", "tradingsymbol": "INFY",
            "transaction_type": "BUY", "quantity": 10, "product": "CNC", "order_type": "LIMIT",
            "price": 1500.0,
        }  # fmt: skip
        return await self("place_order", **(asked | fields))


@pytest.fixture
def clock():
    return HandClock(datetime(2026, 11, 18, 10, 0, tzinfo=IST))


@pytest.fixture
def exchange(clock):
    opened = demo_exchange(clock, random.Random(7), redirect_url="http://127.0.0.1:1/callback?a=1")
    opened.set_price("NSE", "INFY", "1530")
    return opened


@pytest.fixture
async def server(exchange):
    served = ExchangeServer(exchange, beat_s=0.05)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
def sdk_of(server, exchange):
    """Return a function that gives a logged-in SDK for an account."""
    opened = []

    def sdk(user_id, *, logged_in=True, timeout=5):
        account = exchange.accounts.by_user(user_id)
        token = exchange.login(user_id).access_token if logged_in else None
        kite = KiteConnect(account.api_key, token, root=server.api_url, timeout=timeout)
        opened.append(kite)
        return Sdk(kite, exchange, user_id)

    yield sdk
    for kite in opened:
        kite.reqsession.close()


@pytest.fixture
def sdk(sdk_of):
    return sdk_of("FA0001")
