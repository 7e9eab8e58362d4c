"""What the program is measured against; each in a process of its own (``baseline_process.py``).

A further one is a class with these four methods, a word in :class:`~bench.accounts.Client` and a
line in :data:`BASELINES`. All connections are open and warm before the first round, all sessions
are there, and none keeps a journal.
"""

import json
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import urlencode

from kiteconnect import KiteConnect
from typing_extensions import override
from websockets.sync.client import connect

from bench.accounts import Account, Client
from bench.messages import BaselinePlan
from bench.order import EXCHANGE, PRODUCT, QUANTITY, SYMBOL, fields_of

_HOST = "127.0.0.1"
_CHUNK = 64 * 1024
#: How a text frame of a server begins, RFC 6455 section 5.2: FIN with opcode 1.
_TEXT_FRAME = 0x81


class Baseline(Protocol):
    """A way of sending N orders after a frame."""

    def open(self) -> None:
        """Open every connection and warm it."""
        ...

    def next_side(self) -> str:
        """Wait for the next order frame of the master and return its side."""
        ...

    def place(self, side: str) -> None:
        """Send every follower's order and wait for the answers."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


class KiteLoop:
    """The official SDK, one follower after the other: what most copiers do.

    One ``KiteConnect`` per follower. The stream is heard by a blocking ``websockets`` client, which
    is quicker than the SDK's own ticker with its reactor thread.
    """

    def __init__(self, plan: BaselinePlan) -> None:
        self._plan = plan
        self._accounts = [self._client(account) for account in plan.group.followers]
        self._stream = connect(
            f"wss://{_HOST}:{plan.port}/{_query(plan.group.master)}",
            ssl=_context(plan),
            ping_interval=None,
            compression=None,
        )

    def _client(self, account: Account) -> KiteConnect:
        return KiteConnect(
            account.api_key,
            access_token=account.access_token,
            root=f"https://{_HOST}:{self._plan.port}",
        )

    def open(self) -> None:
        """Have every client's session connect; requests keeps the connection."""
        for kite in self._accounts:
            kite.profile()

    def next_side(self) -> str:
        """Parse frames until one tells of an order."""
        while True:
            frame = self._stream.recv()
            if isinstance(frame, str):
                message = json.loads(frame)
                if message["type"] == "order":
                    return str(message["data"]["transaction_type"])

    def place(self, side: str) -> None:
        """Place one after the other."""
        for kite in self._accounts:
            _place(kite, side)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class KiteThreads(KiteLoop):
    """The official SDK in a pool of threads, as ``asyncio.to_thread`` has it."""

    def __init__(self, plan: BaselinePlan, *, workers: int | None) -> None:
        """Take how many threads at most; None is the pool's own default, as in asyncio."""
        super().__init__(plan)
        self._pool = ThreadPoolExecutor(max_workers=workers)

    @override
    def place(self, side: str) -> None:
        """Hand all to the pool."""
        for answered in [self._pool.submit(_place, kite, side) for kite in self._accounts]:
            answered.result()

    @override
    def close(self) -> None:
        """Close the stream and end the threads."""
        super().close()
        self._pool.shutdown()


class Floor:
    """The least Python can do: blocking TLS sockets and requests made beforehand, nothing parsed.

    No WebSocket library, no JSON, no decision, no journal, no limits: a text frame with a side in it
    arrives, the bytes leave.
    """

    def __init__(self, plan: BaselinePlan) -> None:
        self._plan = plan
        self._tls = _context(plan)
        self._orders: list[tuple[ssl.SSLSocket, Mapping[str, bytes]]] = []
        self._stream = self._connected()

    def open(self) -> None:
        """Connect everything and make every request."""
        self._stream.sendall(
            f"GET /{_query(self._plan.group.master)} HTTP/1.1\r\nHost: {_HOST}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            # Any 16 bytes will do: nobody checks the answer. RFC 6455 section 4.1.
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        if not self._stream.recv(_CHUNK).startswith(b"HTTP/1.1 101"):
            raise ConnectionError("the broker does not let the floor listen")
        for account in self._plan.group.followers:
            requests = {side: _request(account, side) for side in ("BUY", "SELL")}
            self._orders.append((self._connected(), requests))

    def next_side(self) -> str:
        """Wait for a text frame; everything else is a heartbeat."""
        while True:
            frame = self._stream.recv(_CHUNK)
            if not frame:
                raise ConnectionError("the broker closed the stream")
            if frame[0] == _TEXT_FRAME:
                return "BUY" if b'"BUY"' in frame else "SELL"

    def place(self, side: str) -> None:
        """Write all, then read all answers."""
        for sock, requests in self._orders:
            sock.sendall(requests[side])
        for sock, _ in self._orders:
            sock.recv(_CHUNK)

    def close(self) -> None:
        """Close every socket."""
        for sock in (self._stream, *(sock for sock, _ in self._orders)):
            sock.close()

    def _connected(self) -> ssl.SSLSocket:
        sock = socket.create_connection((_HOST, self._plan.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(sock, server_hostname=_HOST)


#: How each is made.
BASELINES: Mapping[Client, Callable[[BaselinePlan], Baseline]] = {
    Client.FLOOR: Floor,
    Client.THREADS: lambda plan: KiteThreads(plan, workers=None),
    Client.THREAD_EACH: lambda plan: KiteThreads(plan, workers=len(plan.group.followers)),
    Client.LOOP: KiteLoop,
}


def _place(kite: KiteConnect, side: str) -> None:
    kite.place_order(
        variety=kite.VARIETY_REGULAR,
        exchange=EXCHANGE,
        tradingsymbol=SYMBOL,
        transaction_type=side,
        quantity=QUANTITY,
        product=PRODUCT,
        order_type=kite.ORDER_TYPE_MARKET,
        validity=kite.VALIDITY_DAY,
        market_protection=-1,
    )


def _request(account: Account, side: str) -> bytes:
    body = urlencode(fields_of(side))
    return (
        f"POST /orders/regular HTTP/1.1\r\nHost: {_HOST}\r\nX-Kite-Version: 3\r\n"
        f"Authorization: {account.authorization}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _query(account: Account) -> str:
    return "?" + urlencode({"api_key": account.api_key, "access_token": account.access_token})


def _context(plan: BaselinePlan) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=plan.authority)
