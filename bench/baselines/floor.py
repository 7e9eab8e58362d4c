"""The least Python can do: bare sockets, and the same with one durable commit before."""

import socket
import sqlite3
import ssl
from collections.abc import Mapping
from pathlib import Path

from typing_extensions import override

from bench.accounts import Account
from bench.baselines.baseline import HOST, order_body, stream_query, trusting
from bench.messages import BaselinePlan

_CHUNK = 64 * 1024
#: How a text frame of a server begins, RFC 6455 section 5.2: FIN with opcode 1.
_TEXT_FRAME = 0x81


class Floor:
    """Blocking TLS sockets and requests made beforehand; nothing is parsed.

    No WebSocket library, no JSON, no decision, no journal, no limits: a text frame with a side in it
    arrives, the bytes leave.
    """

    def __init__(self, plan: BaselinePlan) -> None:
        self._plan = plan
        self._tls = trusting(plan)
        self._orders: list[tuple[ssl.SSLSocket, Mapping[str, bytes]]] = []
        self._stream = self._connected()

    def open(self) -> None:
        """Connect everything and make every request."""
        self._stream.sendall(
            f"GET /{stream_query(self._plan.group.master)} HTTP/1.1\r\nHost: {HOST}\r\n"
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
        sock = socket.create_connection((HOST, self._plan.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(sock, server_hostname=HOST)


class FloorCommit(Floor):
    """The floor, with all orders of a round in one durable transaction before the first leaves."""

    def __init__(self, plan: BaselinePlan) -> None:
        super().__init__(plan)
        self._journal = sqlite3.connect(Path(plan.folder) / "floor.db", isolation_level=None)
        self._journal.execute("PRAGMA journal_mode = WAL")
        self._journal.execute("PRAGMA synchronous = FULL")
        self._journal.execute("CREATE TABLE orders (user_id TEXT, body TEXT)")
        bodies = {side: order_body(side) for side in ("BUY", "SELL")}
        self._rows = {
            side: [(account.user_id, body) for account in plan.group.followers]
            for side, body in bodies.items()
        }

    @override
    def place(self, side: str) -> None:
        """Commit, then do as the floor does."""
        self._journal.execute("BEGIN IMMEDIATE")
        self._journal.executemany("INSERT INTO orders VALUES (?, ?)", self._rows[side])
        self._journal.execute("COMMIT")
        super().place(side)

    @override
    def close(self) -> None:
        """Close every socket and the journal."""
        super().close()
        self._journal.close()


def _request(account: Account, side: str) -> bytes:
    body = order_body(side)
    return (
        f"POST /orders/regular HTTP/1.1\r\nHost: {HOST}\r\nX-Kite-Version: 3\r\n"
        f"Authorization: {account.authorization}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
