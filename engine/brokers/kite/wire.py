"""The order-path transport: a small pool of warm connections, one per exchange at a time.

Nothing is ever sent twice and no redirect is followed. A request that found no connection ends
as ``NotSent``; once its first byte was handed to a connection it ends as a response or ``Lost``.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from engine.brokers.kite.connection import Connection, Exchange
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import Dialler, describe_failure
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

#: Most connections of one account. Kite takes 10 order requests a second per account (Kite forum
#: comment 52882, 2026-08), so even answers that take a second never need more.
MAX_CONNECTIONS = 16
#: Idle connections kept open: one for the next write, one for the read beside it.
WARM_CONNECTIONS = 2
#: Seconds after which an idle connection is replaced. Front ends close idle ones after 60 s (AWS
#: load balancer default) or 75 s (nginx ``keepalive_timeout`` default); we let go before them, so
#: that a write never races with the server's close.
MAX_IDLE_S = 50.0
#: Seconds between looks at the pool.
_LOOK_EVERY_S = 1.0
#: Longest pause between attempts to warm up while the broker cannot be reached, seconds.
_MAX_PAUSE_S = 30.0
#: Longest answer, bytes: an order book of 5,000 rows, the most a day allows, is about 5 MB.
MAX_ANSWER = 8 * 1024 * 1024


class Wire:
    """All HTTP of one account. Must be used from one event loop."""

    def __init__(
        self, *, dialler: Dialler, credentials: Credentials, permit: Callable[[], bool]
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            dialler: Opens connections to the API.
            credentials: The account's keys and session, read anew for every request.
            permit: Asked at the moment of writing; without it no write leaves.
        """
        self._dialler = dialler
        self._credentials = credentials
        self._permit = permit
        origin = dialler.origin
        self._prefix = origin.prefix
        self._static = (
            f" HTTP/1.1\r\nHost: {origin.authority}\r\nX-Kite-Version: 3\r\n"
            "User-Agent: kitecopytrader\r\nAccept: */*\r\n"
        ).encode("ascii")
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._writes: deque[Exchange] = deque()
        self._reads: deque[Exchange] = deque()
        self._closed = False
        self._emptied = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._pause_s = 0.0
        self._no_dial_before = 0.0

    # -- requests

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
        loop = asyncio.get_running_loop()
        exchange = Exchange(request, on_reply, limit)
        barred = self._barred(request)
        if barred is not None:
            loop.call_soon(exchange.settle, barred)
            return exchange
        exchange.timer = loop.call_later(timeout_s, self.abandon, exchange)
        connection = self._take_idle()
        if connection is not None:
            self._write(exchange, connection)
            if not self._idle and self._look is not None:
                self._open_where_room()
            return exchange
        (self._reads if request.method == "GET" else self._writes).append(exchange)
        self._open_for_waiting()
        return exchange

    async def get(
        self, target: str, *, timeout_s: float = 7.0, limit: int = MAX_ANSWER, gzip: bool = False
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
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def deliver(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        request = Request(method="GET", target=target, gzip=gzip)
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
                raise BrokerUnavailable("reads need no permit")  # pragma: no cover - GET never does

    def abandon(self, exchange: Exchange) -> None:
        """End an exchange whose time is up: unsent if it still waits, else unknown for ever.

        The connection is closed, so that a late answer cannot be taken for another's.
        """
        if exchange.settled:
            return
        if exchange.connection is not None:
            exchange.connection.abort("no answer in time")
            return
        (self._reads if exchange.request.method == "GET" else self._writes).remove(exchange)
        exchange.settle(NotSent(detail="no connection to the broker in time"))

    # -- life

    async def warm(self) -> None:
        """Open idle connections and keep them from now on; returns when they are there, never raises."""
        if self._closed:
            return
        self._no_dial_before = self._pause_s = 0.0
        self._keep_warm()
        if self._opening:
            await asyncio.wait(set(self._opening))

    async def close(self) -> None:
        """Close everything; what is under way ends as ``Lost``, what waits as ``NotSent``."""
        self._closed = True
        if self._look is not None:
            self._look.cancel()
            self._look = None
        for task in self._opening:
            task.cancel()
        for queue in (self._writes, self._reads):
            while queue:
                queue.popleft().settle(NotSent(detail="shutting down"))
        for connection in tuple(self._all):
            connection.abort("shutting down")
        if self._opening:
            await asyncio.wait(set(self._opening))
        if self._all:
            await self._emptied.wait()

    @property
    def open_connections(self) -> int:
        """How many connections are open, idle or not."""
        return len(self._all)

    # -- what connections report

    def connection_idle(self, connection: Connection) -> None:
        """Give the connection its next exchange, or keep it warm."""
        connection.idle_since = asyncio.get_running_loop().time()
        while self._waiting and connection.usable:
            exchange = (self._writes or self._reads).popleft()
            if self._write(exchange, connection):
                return
        self._idle.append(connection)

    def connection_gone(self, connection: Connection) -> None:
        """Forget the connection; whoever waits gets another."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._closed:
            self._open_for_waiting()
        elif not self._all:
            self._emptied.set()

    # -- inside

    @property
    def _waiting(self) -> int:
        return len(self._writes) + len(self._reads)

    def _barred(self, request: Request) -> Reply | None:
        if self._closed:
            return NotSent(detail="shutting down")
        if request.needs_permit and not self._permit():
            return Forbidden()
        if self._credentials.authorization is None:
            return NoSession()
        return None

    def _write(self, exchange: Exchange, connection: Connection) -> bool:
        """Write to a usable connection; the one place where bytes of a request leave."""
        request = exchange.request
        barred = self._barred(request)
        authorization = self._credentials.authorization
        if barred is not None or authorization is None:
            exchange.settle(barred or NoSession())
            return False
        parts = [f"{request.method} {self._prefix}{request.target}".encode("ascii"), self._static]
        parts.append(authorization)
        if request.gzip:
            parts.append(b"Accept-Encoding: gzip\r\n")
        if request.method in ("POST", "PUT"):
            parts.append(
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
                % len(request.body)
            )
        parts.append(b"\r\n")
        parts.append(request.body)
        connection.start(exchange, b"".join(parts))
        return True

    def _take_idle(self) -> Connection | None:
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index].usable:
                return self._idle.pop(index)
        return None

    def _open_where_room(self) -> None:
        if len(self._all) + len(self._opening) >= MAX_CONNECTIONS:
            return
        # The pool holds, bounds and ends these tasks itself, and they raise nothing: a write must
        # not wait for a spawner, and no supervisor could do more than they do.
        task = asyncio.get_running_loop().create_task(self._dial())
        self._opening.add(task)

    def _open_for_waiting(self) -> None:
        """Have as many connections under way or busy as exchanges wait, where there is room."""
        busy = len(self._all) - len(self._idle)
        missing = self._waiting - len(self._opening) - busy
        for _ in range(missing):
            self._open_where_room()

    async def _dial(self) -> None:
        task = asyncio.current_task()
        failure: str | None = None
        connection: Connection | None = None
        try:
            connection = await self._dialler.dial(lambda: Connection(self))
        except OSError as error:
            failure = describe_failure(error)
        except ValueError:
            failure = "the broker's address cannot be used"
        finally:
            if task is not None:
                self._opening.discard(task)
        if connection is not None and not connection.lost:
            self._pause_s = 0.0
            self._all.add(connection)
            if self._closed:
                connection.abort("shutting down")
            else:
                self.connection_idle(connection)
            return
        self._pause_s = min(_MAX_PAUSE_S, max(1.0, self._pause_s * 2))
        self._no_dial_before = asyncio.get_running_loop().time() + self._pause_s
        self._fail_unserved(failure or "the broker closed the connection at once")

    def _fail_unserved(self, why: str) -> None:
        """End, oldest first, those for whom no connection is coming any more."""
        while self._waiting > len(self._opening) + len(self._all) - len(self._idle):
            (self._writes or self._reads).popleft().settle(NotSent(detail=why))

    def _keep_warm(self) -> None:
        """Open what is missing, let go of connections that were idle for long, look again soon."""
        if self._look is not None:
            self._look.cancel()
        loop = asyncio.get_running_loop()
        now = loop.time()
        old = [idle for idle in self._idle if now - idle.idle_since > MAX_IDLE_S]
        fresh = len(self._idle) - len(old)
        if now >= self._no_dial_before:
            for _ in range(WARM_CONNECTIONS - fresh - len(self._opening)):
                self._open_where_room()
        for connection in old:
            # A successor first, so that a write finds a warm connection at any moment.
            if fresh >= WARM_CONNECTIONS or now - connection.idle_since > MAX_IDLE_S + 5:
                self._idle.remove(connection)
                connection.abort("idle for long")
        self._look = loop.call_later(_LOOK_EVERY_S, self._keep_warm)
