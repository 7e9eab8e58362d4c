"""The unmodified KiteTicker works against the exchange; it runs in a process of its own."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from demo.exchange.accounts import Plan
from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble

CLIENT = Path(__file__).with_name("ticker_client.py")
INFY, NIFTY_50, USDINR = 408065, 256265, 1792003


class Ticker:
    """The client process, and all it said so far."""

    def __init__(self, process):
        self.process = process
        self.heard = []

    async def until(self, kind):
        """Read on until it says this; return what it said."""
        while line := await self.process.stdout.readline():
            self.heard.append(json.loads(line))
            if self.heard[-1]["kind"] == kind:
                return self.heard[-1]
        pytest.fail(f"the ticker ended without {kind}; it said {self.heard}")

    async def rest(self):
        while line := await self.process.stdout.readline():
            self.heard.append(json.loads(line))
        assert await self.process.wait() == 0

    def ticks(self, token):
        said = (each["tick"] for each in self.heard if each["kind"] == "tick")
        return {tick["mode"]: tick for tick in said if tick["instrument_token"] == token}

    @property
    def statuses(self):
        return [each["data"]["status"] for each in self.heard if each["kind"] == "order"]


@pytest.fixture
async def start(server, exchange):
    """Return a function that starts the ticker of an account; it is ended with the test."""
    started = []

    async def begin(user_id, access_token=None, tokens=(INFY, NIFTY_50, USDINR)):
        token = access_token or exchange.login(user_id).access_token
        api_key = exchange.accounts.by_user(user_id).api_key
        arguments = (server.ws_url, api_key, token, *tokens)
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(CLIENT), *map(str, arguments),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        return Ticker(process)

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_ticks_of_every_mode_heartbeats_and_order_updates_arrive(start, exchange):
    async with asyncio.timeout(20):
        ticker = await start("MA0001")
        await ticker.until("connected")
        await ticker.until("heartbeat")
        exchange.place_from_app(
            "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
            product="MIS",
        )  # fmt: skip
        await ticker.rest()

    assert ticker.statuses == ["OPEN", "COMPLETE"]
    infy = ticker.ticks(INFY)
    assert infy["ltp"]["last_price"] == infy["full"]["last_price"] == 1530.0
    assert infy["full"]["ohlc"]["close"] == 1530.0
    assert infy["full"]["depth"]["buy"][0]["price"] == 1530.0
    assert len(infy["full"]["depth"]["sell"]) == 5
    index = ticker.ticks(NIFTY_50)
    assert index["quote"]["tradable"] is False
    assert index["full"]["last_price"] == 26000.0
    assert ticker.ticks(USDINR)["quote"]["last_price"] == 88.75


@pytest.mark.parametrize("reason", ["bad token", "personal app"])
async def test_an_upgrade_that_is_refused_reaches_the_ticker_as_403(start, exchange, reason):
    if reason == "personal app":
        exchange.accounts.by_user("MA0001").plan = Plan.PERSONAL
    async with asyncio.timeout(20):
        ticker = await start("MA0001", "wrong" if reason == "bad token" else None)
        error = await ticker.until("error")
    assert "403" in error["reason"]


async def test_duplicates_that_differ_strange_words_and_changed_order_arrive_as_sent(
    start, exchange
):
    def trade(**more):
        return exchange.place_from_app(
            "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
            product="MIS", **more,
        )  # fmt: skip

    def meet(trouble, status=None):
        meets = Meets(user_id="MA0001", operation=Operation.FRAME)
        exchange.faults.add(SocketFault(meets=meets, trouble=trouble, status_of_order=status))

    async with asyncio.timeout(20):
        ticker = await start("MA0001", tokens=())
        await ticker.until("connected")
        meet(SocketTrouble.REVISED, "CANCELLED")
        exchange.cancel_from_app("MA0001", trade(price="1500"))
        meet(SocketTrouble.ODD_STATUS)
        trade(price="1501")
        meet(SocketTrouble.FOREIGN)
        trade(price="1502")
        meet(SocketTrouble.SWAP, "OPEN")
        trade()
        await ticker.rest()

    said = ticker.statuses
    assert said[:4] == ["OPEN", "CANCELLED", "CANCELLED", "AFTER AUCTION REVIEW PENDING"]
    assert said[4] == "COMPLETE"  # it ends itself with the first COMPLETE it hears
    orders = [each["data"] for each in ticker.heard if each["kind"] == "order"]
    early, late = (data for data in orders if data["status"] == "CANCELLED")
    assert (early["cancelled_quantity"], late["cancelled_quantity"]) == (0, 10)
