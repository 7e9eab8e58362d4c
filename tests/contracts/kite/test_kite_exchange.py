"""A whole Kite account against the demo exchange, over real sockets."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.exchange import Exchange
from demo.exchange.faults import Answer, Meets, Operation, answer_lost, server_error, timed_out
from demo.exchange.server import ExchangeServer
from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.core.values.commands import (
    Acked,
    Cancel,
    Modify,
    Priority,
    RefusalKind,
    Refused,
    Unknown,
    Withheld,
)
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument
from engine.core.values.market import (
    AccountName,
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
    Tag,
    Venue,
)
from engine.core.values.secrets import Secret
from engine.errors import LoginRefused, SessionExpired
from engine.ports import OrderHint, StreamUp, Ticks
from tests.contracts.kite.kite_servers import NOW, FrozenClock, a_place, outcome_of, seeded
from tests.contracts.kite.test_kite_stream import Watcher

USER = "FA0001"


class Desk:
    """An exchange with its server and one account in front of it."""

    def __init__(self, exchange: Exchange, server: ExchangeServer) -> None:
        self.exchange = exchange
        self.server = server
        self.permitted = True
        self.faults: list[str] = []
        self.book = NO_INSTRUMENTS
        self.account = self.account_of(USER)

    def account_of(self, user_id: str, *, expected: str | None = None) -> KiteAccount:
        theirs = self.exchange.accounts.by_user(user_id)
        return KiteAccount(
            KiteEndpoints(
                api_url=self.server.api_url,
                ws_url=self.server.ws_url,
                login_url=self.server.login_url,
            ),
            name="father",
            user_id=expected or user_id,
            api_key=theirs.api_key,
            api_secret=Secret(theirs.api_secret),
            permit=lambda: self.permitted,
            clock=FrozenClock(),
            rng=seeded(),
            on_fault=self.faults.append,
            instrument_of=self.listed,
        )

    def listed(self, token: int) -> Instrument | None:
        return self.book.by_token(token)

    async def log_in(self, account: KiteAccount) -> str:
        """Click through the login page as a person does, and use the session."""
        url = account.desk.login_url("nonce-7")
        async with httpx.AsyncClient(trust_env=False) as browser:
            page = await browser.get(url)
            assert page.status_code == 200
            query = parse_qs(urlsplit(url).query)
            finish = await browser.post(
                f"{self.server.api_url}/connect/login/finish",
                data={
                    "api_key": query["api_key"][0],
                    "redirect_params": query["redirect_params"][0],
                },
            )
        came_back = parse_qs(urlsplit(finish.headers["location"]).query)
        assert came_back["state"] == ["nonce-7"]
        session = await account.desk.exchange(Secret(came_back["request_token"][0]))
        account.desk.use(session)
        return session.user_id


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    exchange = demo_exchange(lambda: NOW, random.Random(7), followers=2)
    server = ExchangeServer(exchange, beat_s=0.05)
    await server.start()
    desk = Desk(exchange, server)
    try:
        yield desk
    finally:
        await desk.account.close()
        await server.stop()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An account that is logged in."""
    async with a_desk() as opened:
        assert await opened.log_in(opened.account) == USER
        yield opened


def buy(tag: str = "KCaa0001", **changes: object):
    fields = {
        "tag": Tag(tag),
        "intent_id": tag,
        "exchange": "NSE",
        "symbol": "INFY",
        "product": Product.CNC,
        "quantity": 10,
        "price": Decimal("1500.00"),
    }
    return a_place(**(fields | changes))


def cancel(order_id: str) -> Cancel:
    return Cancel(
        intent_id="KCcc0001",
        venue=Venue.LIVE,
        follower=AccountName("father"),
        mode_epoch=1,
        order_id=OrderId(order_id),
    )


async def test_the_session_of_another_client_is_refused():
    async with a_desk() as desk:
        confused = desk.account_of("FA0002", expected=USER)
        with pytest.raises(LoginRefused, match="logged in as FA0002, expected FA0001"):
            await desk.log_in(confused)
        await confused.close()


async def test_an_order_is_placed_changed_and_cancelled(desk):
    desk.exchange.set_price("NSE", "INFY", "1530")
    acked = await outcome_of(desk.account.gateway, buy())
    assert isinstance(acked, Acked)
    (row,) = await desk.account.reader.orders()
    assert (row.order_id, row.tag, row.side) == (acked.order_id, "KCaa0001", Side.BUY)
    assert (row.quantity, row.price, row.product) == (10, Decimal(1500), Product.CNC)
    assert row.status is OrderStatus.OPEN
    assert row.placed_at == NOW

    modify = Modify(
        intent_id="KCmm0001",
        venue=Venue.LIVE,
        follower=AccountName("father"),
        priority=Priority.MODIFY,
        mode_epoch=1,
        order_id=acked.order_id,
        price=Decimal("1501.00"),
    )
    assert await outcome_of(desk.account.gateway, modify) == acked
    assert (await desk.account.reader.orders())[0].price == Decimal(1501)

    assert await outcome_of(desk.account.gateway, cancel(acked.order_id)) == acked
    (row,) = await desk.account.reader.orders()
    assert row.status is OrderStatus.CANCELLED
    again = await outcome_of(desk.account.gateway, cancel(acked.order_id))
    assert isinstance(again, Refused)
    assert again.kind is RefusalKind.BUSY
    assert desk.faults == []


async def test_a_fill_shows_in_book_fills_positions_and_funds(desk):
    desk.exchange.set_price("NSE", "INFY", "1500")
    before = await desk.account.reader.funds()
    market = buy(order_type=OrderType.MARKET, price=None, market_protection=Decimal(-1))
    assert isinstance(await outcome_of(desk.account.gateway, market), Acked)
    (row,) = await desk.account.reader.orders()
    assert row.status is OrderStatus.COMPLETE
    assert row.filled_quantity == 10
    (fill,) = await desk.account.reader.fills()
    assert (fill.quantity, fill.order_id, fill.filled_at) == (10, row.order_id, NOW)
    assert fill.price == row.average_price
    (position,) = await desk.account.reader.positions()
    assert (position.symbol, position.quantity, position.product) == ("INFY", 10, Product.CNC)
    assert (await desk.account.reader.funds()).equity < before.equity
    profile = await desk.account.reader.profile()
    assert profile.user_id == USER
    assert "NSE" in profile.exchanges
    assert await desk.account.reader.holdings() == ()
    assert desk.faults == []


async def test_refusals_name_their_kind_and_reach_no_book(desk):
    for place, kind in (
        (buy(price=Decimal("1500.03")), RefusalKind.INPUT),
        (buy(quantity=1_000_000), RefusalKind.MARGIN),
        (buy(symbol="NOSUCH"), RefusalKind.INPUT),
    ):
        outcome = await outcome_of(desk.account.gateway, place)
        assert isinstance(outcome, Refused), outcome
        assert outcome.kind is kind
        assert outcome.message
    assert await desk.account.reader.orders() == ()


async def test_a_refusal_for_the_size_names_what_the_exchange_takes(desk):
    future = next(
        row
        for row in desk.exchange.instruments
        if (row.exchange, row.name, row.instrument_type) == ("NFO", "NIFTY", "FUT")
    )
    desk.exchange.instruments.replace(replace(future, freeze_quantity=1200))
    place = buy(
        exchange="NFO", symbol=future.tradingsymbol, product=Product.NRML, quantity=27 * 65,
        order_type=OrderType.MARKET, price=None, market_protection=Decimal(-1),
    )  # fmt: skip
    outcome = await outcome_of(desk.account.gateway, place)
    assert isinstance(outcome, Refused), outcome
    assert (outcome.kind, outcome.freeze_quantity) == (RefusalKind.FREEZE, 1200)
    assert "1755 (27 lots)" in outcome.message
    assert await desk.account.reader.orders() == ()


async def test_without_a_permit_the_exchange_hears_of_no_write(desk):
    desk.permitted = False
    assert isinstance(await outcome_of(desk.account.gateway, buy()), Withheld)
    assert await desk.account.reader.orders() == ()


@pytest.mark.parametrize(
    "fault",
    [
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.CLOSED),
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.RESET),
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.CUT),
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.TRUNCATED),
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.EMPTY),
        answer_lost(Meets(operation=Operation.PLACE), answer=Answer.LOST),
        timed_out(Meets(operation=Operation.PLACE), booked_after_s=0),
        server_error(Meets(operation=Operation.PLACE), booked=True),
        server_error(Meets(operation=Operation.PLACE), booked=True, html=False, status=500),
    ],
    ids=["closed", "reset", "cut", "truncated", "empty", "lost", "timed out", "502", "500"],
)
async def test_an_order_booked_behind_a_bad_answer_is_unknown_and_found_by_its_tag(desk, fault):
    desk.exchange.faults.add(fault)
    outcome = await outcome_of(desk.account.gateway, buy("KCzz0009"), timeout_s=0.3)
    assert isinstance(outcome, Unknown), outcome
    desk.exchange.step()
    tags = [row.tag for row in await desk.account.reader.orders()]
    assert tags == ["KCzz0009"], "it was booked once, whatever we were told"


async def test_a_dead_session_is_named_on_both_paths(desk):
    desk.exchange.login(USER)  # A second login kills the first token.
    with pytest.raises(SessionExpired):
        await desk.account.reader.profile()
    outcome = await outcome_of(desk.account.gateway, buy())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.SESSION


async def test_the_stream_brings_orders_from_the_app_and_prices(desk):
    desk.book = await desk.account.instruments.load()
    infy = desk.book.find("NSE", "INFY")
    assert infy is not None
    nifty = next(
        item
        for item in desk.book._by_key.values()
        if (item.exchange, item.name) == ("NFO", "NIFTY")
    )
    assert (nifty.lot_size, nifty.freeze_quantity) == (65, 1800)
    watcher = Watcher()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(desk.account.stream.run(watcher))
        await watcher.wait(StreamUp)
        desk.account.stream.watch(frozenset({infy.token}))
        order_id = desk.exchange.place_from_app(
            USER,
            exchange="NSE",
            tradingsymbol="INFY",
            transaction_type="BUY",
            quantity=5,
            product="MIS",
            order_type="MARKET",
        )
        hint = await watcher.wait(OrderHint)
        async with asyncio.timeout(5):
            await watcher.wait(Ticks)
            desk.exchange.set_price("NSE", "INFY", "1502")
            while watcher.all(Ticks)[-1].quotes[0].last_price != Decimal(1502):
                await watcher.wait(Ticks, len(watcher.all(Ticks)) + 1)
        running.cancel()
    assert hint.row.order_id == order_id
    assert hint.row.user_id == USER
    quote = watcher.all(Ticks)[-1].quotes[0]
    assert (quote.exchange, quote.symbol, quote.last_price) == ("NSE", "INFY", Decimal(1502))
    (by_rest,) = await desk.account.reader.quotes(["NSE:INFY", "NSE:NOSUCH"])
    assert by_rest.last_price == Decimal(1502)
    assert by_rest.instrument_token == infy.token


async def test_a_day_of_use_shows_no_secret_in_any_log(caplog):
    with caplog.at_level(logging.DEBUG):
        async with a_desk() as desk:
            await desk.log_in(desk.account)
            await outcome_of(desk.account.gateway, buy())
            await desk.account.reader.orders()
            watcher = Watcher()
            async with asyncio.TaskGroup() as group:
                running = group.create_task(desk.account.stream.run(watcher))
                await watcher.wait(StreamUp)
                running.cancel()
            secret = desk.exchange.accounts.by_user(USER).api_secret
            session = desk.account.gateway._credentials.session
            shown = repr(session) + repr(vars(desk.account)) + repr(desk.account.gateway._wire)
    assert session is not None
    token = session.access_token.reveal()
    ours = [
        r
        for r in caplog.records
        if not r.name.startswith(("websockets.server", "aiohttp", "httpx"))
    ]
    shown += "".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert secret not in shown
    assert token not in shown
