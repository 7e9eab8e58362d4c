"""One warm HTTP/1.1 connection: one exchange at a time, never pipelined, never repeated."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

import httptools
from msgspec import Struct
from typing_extensions import override

from engine.brokers.kite.ears import Ears
from engine.brokers.kite.replies import Lost, Reply, Request, Response
from engine.brokers.kite.socket_transport import SocketTransport

#: Room for the head of a response on top of the body limit, bytes. Common servers cap heads at 8-16 KiB.
_HEAD_ROOM = 64 * 1024

#: Seconds of silence before the kernel probes a peer, between probes, and probes before it gives
#: up. A peer that vanished (NAT reset, laptop asleep) is noticed within about half a minute,
#: before an order is entrusted to it.
_KEEPALIVE_IDLE, _KEEPALIVE_INTERVAL, _KEEPALIVE_COUNT = 15, 5, 3


class Exchange(Struct, eq=False):
    """One request under way and the one place its reply goes to.

    Attributes:
        limit: Longest body to accept, bytes.
        connection: The one that carries it, from its first byte on until it is settled.
    """

    request: Request
    _on_reply: Callable[[Reply], None] | None
    limit: int
    connection: "Connection | None" = None

    @property
    def settled(self) -> bool:
        """Whether the reply was already given."""
        return self._on_reply is None

    def settle(self, reply: Reply) -> None:
        """Give the reply, once; a later one is dropped."""
        on_reply, self._on_reply = self._on_reply, None
        self.connection = None
        if on_reply is not None:
            on_reply(reply)


class Owner(Protocol):
    """What a connection tells the pool that owns it."""

    @property
    def ears(self) -> Ears:
        """What hears whether a connection has something to read."""
        ...

    def connection_idle(self, connection: "Connection") -> None:
        """Take note that the connection can carry the next exchange."""
        ...

    def connection_gone(self, connection: "Connection") -> None:
        """Take note that the connection is closed; called exactly once per connection."""
        ...


class Connection(asyncio.Protocol):
    """An open connection. The pool hands it one exchange at a time by :meth:`start`."""

    __slots__ = (
        "_body",
        "_content_type",
        "_date",
        "_dirty",
        "_encoding",
        "_exchange",
        "_number",
        "_owner",
        "_parser",
        "_ready",
        "_received",
        "_retry_after",
        "_transport",
        "idle_since",
        "made_at",
    )  # fmt: skip

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._transport: SocketTransport | None = None
        #: Of its socket's file; None where it has none.
        self._number: int | None = None
        self._exchange: Exchange | None = None
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        #: Loop time at which it was opened, and at which it last became idle.
        self.made_at = self.idle_since = 0.0
        self._dirty = False
        self._reset()

    def _reset(self) -> None:
        self._body: list[bytes] = []
        self._content_type = self._encoding = self._retry_after = ""
        self._date = b""
        self._received = 0
        self._ready: Response | None = None

    # -- what the pool calls

    @property
    def lost(self) -> bool:
        """Whether it is closed, or was never open."""
        return self._transport is None or self._transport.closing

    @property
    def usable(self) -> bool:
        """Whether an exchange may start now.

        An idle connection with something to read is one the server has closed or spoken on out
        of turn, or has sent a session ticket on (TLS 1.3 does after each handshake), which is
        nothing to us. The kernel knows before the loop does, so it is asked at the last moment,
        and what it holds is read at once.
        """
        transport = self._transport
        if transport is None or transport.closing or self._exchange is not None:
            return False
        if self._number is None or not self._owner.ears.heard(self._number):
            return True
        transport.read_now()
        return not transport.closing

    def start(self, exchange: Exchange, data: bytes) -> None:
        """Write the request; from here on the exchange can only end as a response or ``Lost``."""
        assert self._transport is not None  # noqa: S101 - the pool starts only on usable connections
        self._exchange = exchange
        exchange.connection = self
        self._transport.write(data)

    def abort(self, reason: str) -> None:
        """Close at once; an exchange under way ends as ``Lost``."""
        self._drop(Lost(detail=reason))

    def _drop(self, reply: Reply) -> None:
        exchange, self._exchange = self._exchange, None
        if self._transport is not None:
            self._transport.abort()
        if exchange is not None:
            exchange.settle(reply)

    # -- asyncio.Protocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and have the kernel watch the peer."""
        self._transport = cast(SocketTransport, transport)  # which is what is dialled
        self.made_at = asyncio.get_running_loop().time()
        sock = transport.get_extra_info("socket")
        if sock is None:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, value in (
            ("TCP_KEEPIDLE", _KEEPALIVE_IDLE),
            ("TCP_KEEPINTVL", _KEEPALIVE_INTERVAL),
            ("TCP_KEEPCNT", _KEEPALIVE_COUNT),
        ):
            if hasattr(socket, name):  # macOS and Windows name or lack them differently
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._number = sock.fileno()
        self._owner.ears.add(self._number)

    @override
    def data_received(self, data: bytes) -> None:
        """Feed the parser; settle the exchange when its response is whole."""
        exchange, parser = self._exchange, self._parser
        if exchange is None or parser is None:
            # Nobody asked: the connection is out of step and must carry nothing more.
            self._drop(Lost(detail="the server spoke out of turn"))
            return
        self._received += len(data)
        if self._received > exchange.limit + _HEAD_ROOM:
            self._drop(Lost(detail=f"the answer is longer than {exchange.limit} bytes"))
            return
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # The bytes before may hold a whole answer; what follows it is not ours to trust.
            self._dirty = True
            if self._ready is None:
                self._drop(Lost(detail="the answer is not HTTP"))
                return
        response = self._ready
        if response is None:
            return
        self._exchange = None
        # Here and not in ``start``: nothing is done before a write that can be done after an answer.
        self._reset()
        if self._dirty:
            self._drop(Lost(detail="not reusable"))
        else:
            self._owner.connection_idle(self)
        exchange.settle(response)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange under way and leave the pool."""
        self._transport = None
        self._number = None
        self._parser = None  # it knows us: the two would wait for a look at all garbage
        exchange, self._exchange = self._exchange, None
        self._owner.connection_gone(self)
        if exchange is not None:
            why = type(exc).__name__ if exc is not None else "closed by the server"
            exchange.settle(Lost(detail=f"the connection ended before the answer ({why})"))

    # -- httptools callbacks; they only collect, so that nothing is called from inside the parser

    def on_message_begin(self) -> None:
        """Start over after an interim answer; a second final one is a reason to close."""
        if self._ready is not None:
            self._dirty = True
            return
        self._body = []
        self._content_type = self._encoding = self._retry_after = ""
        self._date = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the four headers that matter."""
        match name.lower():
            case b"content-type":
                self._content_type = value.decode("latin-1").lower()
            case b"content-encoding":
                self._encoding = value.decode("latin-1").strip().lower()
            case b"retry-after":
                self._retry_after = value.decode("latin-1").strip()
            case b"date":
                self._date = value
            case _:
                pass

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the body."""
        if self._ready is None:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Assemble the response; 1xx answers announce and do not answer."""
        parser = self._parser
        assert parser is not None  # noqa: S101 - it is who calls
        status = parser.get_status_code()
        if self._ready is not None or (100 <= status < 200 and status != 101):
            return
        if not parser.should_keep_alive() or status == 101:
            self._dirty = True
        self._ready = Response(
            status=status,
            content_type=self._content_type,
            encoding=self._encoding,
            retry_after=self._retry_after,
            date=self._date,
            body=b"".join(self._body),
        )
