"""Small servers and builders for the tests of the Kite adapter: raw bytes, so that faults are exact."""

import asyncio
import json
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from functools import cache

from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import Dialler, Origin, tls_context
from engine.brokers.kite.ears import Ears
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.proxy import Proxy
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import Outcome, Place, Priority
from engine.core.values.market import IST, AccountName, OrderType, Product, Side, Tag, Venue
from engine.core.values.secrets import Secret
from engine.ports import BrokerSession

TOKEN = "tokenThatMustNeverShow123"
API_SECRET = "secretThatMustNeverShow456"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=IST)

#: One whole row of an order book, as Kite writes it.
ROW = {
    "placed_by": "AB1234",
    "order_id": "1953341975595868160",
    "exchange_order_id": "1100000000012345",
    "parent_order_id": None,
    "status": "OPEN",
    "status_message": None,
    "status_message_raw": None,
    "order_timestamp": "2026-11-23 10:00:01",
    "exchange_update_timestamp": "2026-11-23 10:00:02",
    "exchange_timestamp": "2026-11-23 10:00:02",
    "variety": "regular",
    "modified": False,
    "exchange": "NFO",
    "tradingsymbol": "NIFTY26NOVFUT",
    "instrument_token": 11536386,
    "order_type": "LIMIT",
    "transaction_type": "BUY",
    "validity": "DAY",
    "product": "NRML",
    "quantity": 130,
    "disclosed_quantity": 0,
    "price": 25000.05,
    "trigger_price": 0,
    "average_price": 24999.9,
    "filled_quantity": 65,
    "pending_quantity": 65,
    "cancelled_quantity": 0,
    "market_protection": 0,
    "meta": {},
    "tag": "KCaa0001",
    "tags": ["KCaa0001", "mktp:2.00"],
    "guid": "01000",
}

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FrozenClock:
    """Stands still in IST; sleeping is free but yields to the loop, and is counted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class RawServer:
    """A TCP server that counts connections and bytes and hangs up when it is told to."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        for writer in tuple(self._writers):
            writer.close()

    def abort(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    raw = RawServer(handler)
    server = await asyncio.start_server(raw.handle, "127.0.0.1", 0, ssl=tls)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        raw.abort()
        for _ in range(5):
            await asyncio.sleep(0)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request: head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + (await reader.readexactly(length) if length else b"")


def envelope(data: object) -> bytes:
    """Return the body of a read that succeeded."""
    return json.dumps({"status": "success", "data": data}).encode()


def http(
    status: int, body: object, *, content_type: str = "application/json", head: str = ""
) -> bytes:
    """Write a response."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n{head}"
        f"Content-Length: {len(raw)}\r\n\r\n"
    ).encode() + raw


def acked(order_id: str = "1953341975595868160") -> bytes:
    return http(200, {"status": "success", "data": {"order_id": order_id}})


def answering(*answers: bytes, seen: list[bytes] | None = None) -> Handler:
    """Answer every request with the next answer, the last one for ever."""
    left = list(answers)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            if seen is not None:
                seen.append(request)
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()

    return handler


@cache
def system_tls() -> ssl.SSLContext:
    """Loading the system's authorities is slow: once is enough."""
    return tls_context(None)


def a_session(token: str = TOKEN, user_id: str = "AB1234") -> BrokerSession:
    return BrokerSession(
        user_id=user_id, user_name="Asha", access_token=Secret(token), login_at=NOW
    )


def some_credentials(*, logged_in: bool = True) -> Credentials:
    credentials = Credentials(
        name="asha", user_id="AB1234", api_key="apikey", api_secret=Secret(API_SECRET)
    )
    if logged_in:
        credentials.use(a_session())
    return credentials


def a_wire(
    port: int,
    *,
    permit: Callable[[], bool] = lambda: True,
    tls: ssl.SSLContext | None = None,
    proxy: str | None = None,
    credentials: Credentials | None = None,
    host: str = "127.0.0.1",
    ears: Ears | None = None,
) -> Wire:
    scheme = "http" if tls is None else "https"
    dialler = Dialler(
        origin=Origin.parse(f"{scheme}://{host}:{port}"),
        tls=tls or system_tls(),
        proxy=Proxy.parse(Secret(proxy)) if proxy else None,
        timeout_s=2.0,
    )
    credentials = credentials or some_credentials()
    return Wire(dialler=dialler, credentials=credentials, permit=permit, ears=ears)


@asynccontextmanager
async def a_gateway(port: int, **options: object) -> AsyncIterator[KiteGateway]:
    wire = a_wire(port, **options)
    try:
        yield KiteGateway(wire, options.get("credentials") or some_credentials())
    finally:
        await wire.close()


async def outcome_of(gateway: KiteGateway, command: object, *, timeout_s: float = 2.0) -> Outcome:
    """Submit and wait; fails where the outcome comes before ``submit`` returned."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    returned = False

    def done(outcome: Outcome) -> None:
        assert returned, "done was called inside submit"
        future.set_result(outcome)

    gateway.submit(command, timeout_s=timeout_s, done=done)
    returned = True
    async with asyncio.timeout(5):
        return await future


def a_place(**changes: object) -> Place:
    fields = {
        "intent_id": "KCaa0001",
        "venue": Venue.LIVE,
        "follower": AccountName("asha"),
        "priority": Priority.ENTRY,
        "mode_epoch": 1,
        "deadline": None,
        "tag": Tag("KCaa0001"),
        "exchange": "NFO",
        "symbol": "NIFTY26NOVFUT",
        "side": Side.BUY,
        "product": Product.NRML,
        "order_type": OrderType.LIMIT,
        "quantity": 65,
        "price": Decimal("25000.05"),
    }
    return Place(**(fields | changes))


def seeded() -> random.Random:
    return random.Random(7)
