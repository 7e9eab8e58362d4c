"""Two venues behind one port: Kite's adapter before the exchange, and the paper venue."""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from demo.exchange.build import demo_exchange
from demo.exchange.server import ExchangeServer
from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.brokers.kite.instruments import parse_dump
from engine.brokers.paper import PaperMarket, PaperVenue
from engine.core.values.commands import Cancel, Command, Outcome, Place, Priority
from engine.core.values.instruments import Instrument
from engine.core.values.market import (
    IST,
    AccountName,
    OrderId,
    OrderType,
    Product,
    Side,
    Tag,
    Venue,
)
from engine.core.values.orders import Level, OrderRow, PositionRow, Quote
from engine.core.values.secrets import Secret
from engine.ports import BrokerSession, OrderGateway
from engine.prices import PriceBoard

#: A Wednesday morning on which the exchange trades.
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
USER = "FA0001"
FATHER = AccountName("father")


class StillClock:
    """Time stands still unless a test moves it; pauses only give way to others."""

    at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Answers:
    """What `done` was called with, and whether it was too early."""

    outcomes: list[Outcome] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.arrived.set()


class VenueUnderTest(ABC):
    """One account at one venue, with a hand on the prices."""

    gateway: OrderGateway
    venue: Venue

    @abstractmethod
    def price(self, rupees: str) -> None:
        """Put the price of INFY here, bid and ask alike."""

    @abstractmethod
    async def rows(self) -> dict[str, OrderRow]:
        """Return the order rows by tag, as the venue tells them."""

    @abstractmethod
    async def positions(self) -> dict[str, int]:
        """Return the net units by symbol, without the flat ones."""

    def send(self, command: Command) -> Answers:
        """Submit a write; nothing may be answered before this returns."""
        answers = Answers()
        self.gateway.submit(command, timeout_s=5.0, done=answers.take)
        assert answers.outcomes == [], "answered before submit returned"
        return answers

    async def outcome(self, command: Command) -> Outcome:
        """Submit a write and return its one answer."""
        answers = self.send(command)
        async with asyncio.timeout(5):
            await answers.arrived.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(answers.outcomes) == 1, "answered more than once"
        return answers.outcomes[0]

    async def row(self, tag: str, holds: Callable[[OrderRow], bool]) -> OrderRow:
        """Wait until the row of a tag is so, and return it."""
        async with asyncio.timeout(5):
            while True:
                found = (await self.rows()).get(tag)
                if found is not None and holds(found):
                    return found
                await asyncio.sleep(0.01)

    def place(self, tag: str, side: Side = Side.BUY, **changed) -> Place:
        limit = "price" in changed
        plain = {
            "venue": self.venue,
            "follower": FATHER,
            "priority": Priority.ENTRY,
            "mode_epoch": 1,
            "deadline": NOW + timedelta(seconds=10),
            "exchange": "NSE",
            "symbol": "INFY",
            "product": Product.MIS,
            "order_type": OrderType.LIMIT if limit else OrderType.MARKET,
            "quantity": 10,
            "market_protection": None if limit else Decimal(-1),
        }
        return Place(intent_id=tag, tag=Tag(tag), side=side, **(plain | changed))

    def cancel(self, tag: str, order_id: OrderId) -> Cancel:
        return Cancel(
            intent_id=f"{tag}x1", venue=self.venue, follower=FATHER, mode_epoch=1, order_id=order_id
        )


class Kite(VenueUnderTest):
    """The Kite adapter over real sockets."""

    venue = Venue.LIVE

    def __init__(self) -> None:
        self.exchange = demo_exchange(lambda: NOW, random.Random(3), followers=1)
        self.server = ExchangeServer(self.exchange)
        self.permitted = True

    async def open(self) -> None:
        await self.server.start()
        theirs = self.exchange.accounts.by_user(USER)
        self.account = KiteAccount(
            KiteEndpoints(
                api_url=self.server.api_url,
                ws_url=self.server.ws_url,
                login_url=self.server.login_url,
            ),
            name=FATHER,
            user_id=USER,
            api_key=theirs.api_key,
            api_secret=Secret(theirs.api_secret),
            permit=lambda: self.permitted,
            clock=StillClock(),
            rng=random.Random(3),
        )
        self.gateway = self.account.gateway
        token = self.exchange.login(USER).access_token
        self.account.desk.use(
            BrokerSession(
                user_id=USER, user_name="Father", access_token=Secret(token), login_at=NOW
            )
        )

    async def close(self) -> None:
        await self.account.close()
        await self.server.stop()

    def price(self, rupees: str) -> None:
        self.exchange.set_price("NSE", "INFY", rupees)

    async def rows(self) -> dict[str, OrderRow]:
        return {row.tag or "": row for row in await self.account.reader.orders()}

    async def positions(self) -> dict[str, int]:
        return _net(await self.account.reader.positions())


class Paper(VenueUnderTest):
    """The paper venue on a price board."""

    venue = Venue.PAPER

    def __init__(self) -> None:
        self.board = PriceBoard()
        self.told: list[tuple[AccountName, OrderRow]] = []
        self.said: list[str] = []
        self.clock = StillClock()
        exchange = demo_exchange(lambda: NOW, random.Random(3), followers=1)
        self.instruments = parse_dump(exchange.instruments.csv()).book
        self.gateway = self.paper = PaperVenue(
            FATHER,
            clock=self.clock,
            market=PaperMarket(
                prices=self.board,
                find=self.find,
                is_open=lambda exchange, at: self.open,
                trades=lambda exchange, symbol, at: self.open and self.continuous,
            ),
            funds=lambda: self.funds,
            on_row=lambda name, row: self.told.append((name, row)),
            tell=lambda name, text: self.said.append(text),
        )

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        """Return an instrument of the list a test may have replaced."""
        return self.instruments.find(exchange, symbol)

    funds = None
    open = continuous = True

    def price(self, rupees: str) -> None:
        self.tick("NSE", "INFY", Decimal(rupees))

    def tick(self, exchange: str, symbol: str, at: Decimal, *, units: int = 10_000) -> None:
        """Bring a tick with one level a side."""
        level = (Level(at, units),)
        self.board.update(
            [
                Quote(
                    exchange=exchange, symbol=symbol, instrument_token=1, last_price=at,
                    bid=at, ask=at, has_depth=True, bids=level, asks=level,
                )
            ]
        )  # fmt: skip

    async def rows(self) -> dict[str, OrderRow]:
        assert {name for name, _ in self.told} <= {FATHER}
        return {row.tag or "": row for _, row in self.told}

    async def positions(self) -> dict[str, int]:
        return _net(self.paper.positions())


def _net(rows: tuple[PositionRow, ...]) -> dict[str, int]:
    return {row.symbol: row.quantity for row in rows if row.quantity}


@asynccontextmanager
async def a_kite() -> AsyncIterator[Kite]:
    kite = Kite()
    await kite.open()
    try:
        yield kite
    finally:
        await kite.close()


@pytest.fixture(params=["kite", "paper"])
async def venue(request) -> AsyncIterator[VenueUnderTest]:
    """Each test runs once at each venue; INFY stands at 1500."""
    if request.param == "kite":
        async with a_kite() as kite:
            kite.price("1500")
            yield kite
    else:
        paper = Paper()
        paper.price("1500")
        yield paper


@pytest.fixture
async def kite() -> AsyncIterator[Kite]:
    async with a_kite() as opened:
        opened.price("1500")
        yield opened
