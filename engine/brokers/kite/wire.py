"""All HTTP of one account: the last gate before the network, over a pool of warm connections.

Nothing is ever sent twice and no redirect is followed. A request that found no connection ends
as ``NotSent``; once its first byte was handed to a connection it ends as a response or ``Lost``.
"""

import asyncio
from collections.abc import Callable

from engine.brokers.kite.connection import Connection, Exchange
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.deadlines import Deadlines
from engine.brokers.kite.dial import Dialler
from engine.brokers.kite.ears import Ears
from engine.brokers.kite.pool import Pool
from engine.brokers.kite.replies import (
    Forbidden,
    Lost,
    NoSession,
    NotSent,
    Reply,
    Request,
    Response,
)
from engine.errors import BrokerUnavailable, SessionExpired

#: Longest answer, bytes: an order book of 5,000 rows, the most a day allows, is about 5 MB.
MAX_ANSWER = 8 * 1024 * 1024
#: Seconds a read may take in all; what Kite's own SDK waits.
READ_TIMEOUT_S = 7.0


class Wire:
    """All HTTP of one account. Must be used from one event loop."""

    def __init__(
        self,
        *,
        dialler: Dialler,
        credentials: Credentials,
        permit: Callable[[], bool],
        deadlines: Deadlines | None = None,
        ears: Ears | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            dialler: Opens connections to the API.
            credentials: The account's keys and session, read anew for every request.
            permit: Asked at the moment of writing; without it no write leaves.
            deadlines: Shared by all accounts of a loop, so that a burst sets one timer; None: its own.
            ears: Shared likewise, so that a burst asks the kernel once; None: its own, which asks every time.
        """
        self._credentials = credentials
        self._permit = permit
        self._deadlines = deadlines if deadlines is not None else Deadlines()
        self._pool = Pool(dialler, write=self._write, ears=ears if ears is not None else Ears())
        #: Target and session of the last form that was posted, and all of its request up to the body's length.
        self._headed: tuple[str, bytes] | None = None
        self._head = b""
        origin = dialler.origin
        self._prefix = origin.prefix
        self._static = (
            f" HTTP/1.1\r\nHost: {origin.authority}\r\nX-Kite-Version: 3\r\n"
            "User-Agent: kitecopytrader\r\nAccept: */*\r\n"
        ).encode("ascii")

    def send(
        self,
        request: Request,
        *,
        timeout_s: float,
        on_reply: Callable[[Reply], None],
        limit: int = MAX_ANSWER,
    ) -> Exchange:
        """Put a request on the wire now, or as soon as a connection is there.

        Args:
            request: What to send.
            timeout_s: Seconds until the exchange ends as ``NotSent`` or ``Lost``, > 0.
            on_reply: Called exactly once, from the loop, never before this method returns.
            limit: Longest body to accept, bytes.

        Returns:
            The exchange, for :meth:`abandon`.
        """
        exchange = Exchange(request, on_reply, limit)
        if not self._pool.carry_at_once(exchange):
            barred = self._barred(permitted=self._permitted(request))
            if barred is not None:
                asyncio.get_running_loop().call_soon(exchange.settle, barred)
                return exchange
            self._pool.carry_later(exchange)
        self._deadlines.add(exchange, timeout_s, self.abandon)
        return exchange

    async def get(
        self,
        target: str,
        *,
        timeout_s: float = READ_TIMEOUT_S,
        limit: int = MAX_ANSWER,
        gzip: bool = False,
    ) -> Response:
        """Read something.

        Args:
            target: Path with query, percent-encoded.
            timeout_s: Seconds for everything; 7 is what Kite's own SDK waits.
            limit: Longest body to accept, bytes.
            gzip: Whether a compressed answer is welcome.

        Returns:
            The response, whatever its status.

        Raises:
            SessionExpired: Nobody is logged in.
            BrokerUnavailable: No complete answer; read again later.
        """
        request = Request(method="GET", target=target, gzip=gzip)
        return await self.ask(request, timeout_s=timeout_s, limit=limit)

    async def ask(
        self, request: Request, *, timeout_s: float = READ_TIMEOUT_S, limit: int = MAX_ANSWER
    ) -> Response:
        """Send a request that can touch no order, and wait for its answer; raises as :meth:`get` does."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def deliver(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        exchange = self.send(request, timeout_s=timeout_s, on_reply=deliver, limit=limit)
        try:
            reply = await future
        finally:
            self.abandon(exchange)
        match reply:
            case Response():
                return reply
            case NoSession():
                raise SessionExpired(f"{self._credentials.name} is not logged in to Kite")
            case NotSent(detail=detail) | Lost(detail=detail):
                raise BrokerUnavailable(self._credentials.redact(detail))
            case Forbidden():
                raise BrokerUnavailable(
                    "a write is not asked"
                )  # pragma: no cover - no read needs a permit

    def abandon(self, exchange: Exchange) -> None:
        """End an exchange whose time is up: unsent if it still waits, else unknown for ever.

        The connection is closed, so that a late answer cannot be taken for another's.
        """
        if exchange.settled:
            return
        if exchange.connection is not None:
            exchange.connection.abort("no answer in time")
            return
        self._pool.withdraw(exchange)
        exchange.settle(NotSent(detail="no connection to the broker in time"))

    async def warm(self) -> None:
        """Open idle connections and keep them from now on; returns when they are there, never raises."""
        await self._pool.warm()

    async def close(self) -> None:
        """Close everything; what is under way ends as ``Lost``, what waits as ``NotSent``."""
        await self._pool.close()

    @property
    def open_connections(self) -> int:
        """How many connections are open, idle or not."""
        return self._pool.open_connections

    def _permitted(self, request: Request) -> bool:
        return not request.needs_permit or self._permit()

    def _barred(self, *, permitted: bool) -> Reply | None:
        if self._pool.closed:
            return NotSent(detail="shutting down")
        if not permitted:
            return Forbidden()
        if self._credentials.authorization is None:
            return NoSession()
        return None

    def _write(self, exchange: Exchange, connection: Connection) -> bool:
        """Write to a usable connection; the one place where bytes of a request leave."""
        request = exchange.request
        authorization = self._credentials.authorization
        permitted = not request.needs_permit or self._permit()
        if not permitted or authorization is None or self._pool.closed:
            # Later, so that nobody hears of an outcome from inside ``send``.
            reply = self._barred(permitted=permitted) or NoSession()
            asyncio.get_running_loop().call_soon(exchange.settle, reply)
            return False
        if request.method == "POST" and not request.json:
            # One order after the other differs in its form only.
            headed = request.target, authorization
            if headed != self._headed:
                self._headed, self._head = headed, self._head_of(request, authorization)
            head = self._head
        else:
            head = self._head_of(request, authorization)
        if request.method in ("POST", "PUT"):
            data = b"%b%d\r\n\r\n%b" % (head, len(request.body), request.body)
        else:
            data = b"%b\r\n" % head
        connection.start(exchange, data)
        return True

    def _head_of(self, request: Request, authorization: bytes) -> bytes:
        """Return a request up to the length of its body, or up to its last blank line where it has none."""
        line = f"{request.method} {self._prefix}{request.target}".encode("ascii")
        if request.method in ("POST", "PUT"):
            kind = b"json" if request.json else b"x-www-form-urlencoded"
            last = b"Content-Type: application/%b\r\nContent-Length: " % kind
        else:
            last = b"Accept-Encoding: gzip\r\n" if request.gzip else b""
        return b"%b%b%b%b" % (line, self._static, authorization, last)
