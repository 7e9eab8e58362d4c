"""HTTP requests on one connection, and the stream it may become."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httptools
from websockets.http11 import Request as Upgrade
from websockets.server import ServerProtocol

from bench.broker.connection import Connection

#: How the request of a stream begins: its address has a query and no path.
_STREAM = b"GET /?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One whole request.

    Attributes:
        method: As sent.
        target: Path and query.
        authorization: The header, as sent; empty where there is none.
        body: As sent.
        at_ns: When its last byte arrived, nanoseconds of CLOCK_REALTIME.
    """

    method: str
    target: str
    authorization: str
    body: bytes
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered with, after ``delay_s`` seconds."""

    body: bytes
    status: str = "200 OK"
    content_type: str = "application/json"
    location: str = ""
    delay_s: float = 0.0


class Peer:
    """Reads requests off a connection and answers them in turn."""

    def __init__(
        self,
        connection: Connection,
        *,
        answer: Callable[[Request], Answer],
        upgrade: Callable[["Stream"], bool],
    ) -> None:
        """Take over a new connection.

        Args:
            connection: Just accepted.
            answer: Answers a request.
            upgrade: Takes a stream that asks to be let in; False where it may not.
        """
        self._connection = connection
        self._answer = answer
        self._upgrade = upgrade
        self._parser = httptools.HttpRequestParser(self)
        self._at_ns = 0
        self._target = self._authorization = ""
        self._body: list[bytes] = []
        connection.take = self._first

    def _first(self, data: bytes, at_ns: int) -> None:
        if data.startswith(_STREAM):
            Stream(self._connection, data, self._upgrade)
            return
        self._connection.take = self._feed
        self._feed(data, at_ns)

    def _feed(self, data: bytes, at_ns: int) -> None:
        self._at_ns = at_ns
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._connection.close()

    # -- httptools callbacks

    def on_message_begin(self) -> None:
        """Start over."""
        self._target = self._authorization = ""
        self._body = []

    def on_url(self, url: bytes) -> None:
        """Keep the target; it may come in pieces."""
        self._target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the one header that says who asks."""
        if name.lower() == b"authorization":
            self._authorization = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer, at once or after the delay."""
        answer = self._answer(
            Request(
                method=self._parser.get_method().decode("latin-1"),
                target=self._target,
                authorization=self._authorization,
                body=b"".join(self._body),
                at_ns=self._at_ns,
            )
        )
        location = f"Location: {answer.location}\r\n" if answer.location else ""
        head = (
            f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.content_type}\r\n{location}"
            f"Content-Length: {len(answer.body)}\r\n\r\n"
        )
        whole = head.encode("latin-1") + answer.body
        if answer.delay_s > 0:
            asyncio.get_running_loop().call_later(answer.delay_s, self._connection.write, whole)
        else:
            self._connection.write(whole)


class Stream:
    """A WebSocket of an account.

    Attributes:
        target: Path and query it was opened with.
    """

    def __init__(
        self, connection: Connection, data: bytes, upgrade: Callable[["Stream"], bool]
    ) -> None:
        """Shake hands by what has arrived, where ``upgrade`` lets it in."""
        self.target = ""
        self._connection = connection
        self._upgrade = upgrade
        self._protocol = ServerProtocol()
        connection.take = self._feed
        self._feed(data, 0)

    def on_closed(self, action: Callable[[], None]) -> None:
        """Have this called when the connection has ended."""
        self._connection.closed = action

    def send_text(self, data: bytes) -> int:
        """Send a text frame; return the nanosecond just before its bytes were handed over."""
        self._protocol.send_text(data)
        return self._write()

    def beat(self) -> None:
        """Send the one-byte heartbeat. Source: Kite Connect docs, WebSocket streaming."""
        self._protocol.send_binary(b"\x00")
        self._write()

    def _feed(self, data: bytes, _at_ns: int) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Upgrade):
                self.target = event.path
                let_in = self._upgrade(self)
                response = (
                    self._protocol.accept(event)
                    if let_in
                    else self._protocol.reject(403, "Forbidden")
                )
                self._protocol.send_response(response)
        self._write()

    def _write(self) -> int:
        at_ns = 0
        for data in self._protocol.data_to_send():
            if data:
                at_ns = self._connection.write(data)
            else:
                self._connection.close()
        return at_ns
