"""A server that cuts the connection after each byte of a write and of its answer, over real sockets.

It counts what reaches it: one request a write, whatever is cut, for POST, PUT and DELETE alike. An
HTTP client that sends PUT and DELETE again on a dead kept connection would double a change.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import Acked, Outcome, RefusalKind, Refused, Unknown
from tests.contracts.kite.kite_servers import (
    a_wire,
    acked,
    outcome_of,
    read_request,
    some_credentials,
)
from tests.contracts.kite.outcome_rule import OPERATIONS, ORDER_ID

#: Closing with this option resets the connection instead of ending it in good order.
RESET = struct.pack("ii", 1, 0)


@dataclass
class Cutter:
    """Reads up to a byte of a request, or answers up to a byte, and is gone.

    Attributes:
        request_bytes: Bytes to read before the cut; None: the whole request, then the answer.
        answer_bytes: Bytes of the answer before the cut; None: all of it, and the line stays.
        reset: Cut with RST and not with FIN.
        began: Requests whose first byte arrived.
        whole: Requests that arrived whole.
    """

    request_bytes: int | None = None
    answer_bytes: int | None = None
    reset: bool = False
    began: int = 0
    whole: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.request_bytes is not None:
                if self.request_bytes:
                    await reader.readexactly(self.request_bytes)
                    self.began += 1
                return
            while True:
                request = await read_request(reader)
                self.began += 1
                self.whole.append(request)
                answer = acked(ORDER_ID)
                writer.write(answer[: self.answer_bytes])
                await writer.drain()
                if self.answer_bytes is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            sock = writer.get_extra_info("socket")
            if self.reset and sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            # Without the goodbye of TLS: nobody says one when a line is cut.
            writer.transport.abort()


@asynccontextmanager
async def cutting(tls: ssl.SSLContext | None = None) -> AsyncIterator[Cutter]:
    cutter = Cutter()
    server = await asyncio.start_server(cutter.handle, "127.0.0.1", 0, ssl=tls)
    cutter.port = server.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        server.close()


@asynccontextmanager
async def one_gateway(port: int, tls: ssl.SSLContext | None) -> AsyncIterator[KiteGateway]:
    credentials = some_credentials()
    wire: Wire = a_wire(port, credentials=credentials, tls=tls)
    try:
        yield KiteGateway(wire, credentials)
    finally:
        await wire.close()


async def cut(cutter: Cutter, operation: str, tls: ssl.SSLContext | None) -> Outcome:
    """Send one write into the cut; whatever would send it again gets the time to do so."""
    cutter.began = cutter.connections = 0
    cutter.whole.clear()
    async with one_gateway(cutter.port, tls) as gateway:
        outcome = await outcome_of(gateway, OPERATIONS[operation])
        for _ in range(3):
            await asyncio.sleep(0)
    return outcome


def check(cutter: Cutter, outcome: Outcome, *where: object) -> None:
    """A cut write is unknown, or never left; never a second one reaches the server."""
    if isinstance(outcome, Refused):
        assert outcome.kind is RefusalKind.NOT_SENT, where
        assert not cutter.began, (where, "it said not sent, and a byte was there")
    else:
        assert isinstance(outcome, Unknown), (where, outcome)
    assert cutter.began <= 1, where
    assert cutter.connections == 1, (where, "the write went to another connection too")


async def request_size(cutter: Cutter, operation: str, tls: ssl.SSLContext | None) -> int:
    cutter.request_bytes = cutter.answer_bytes = None
    assert await cut(cutter, operation, tls) == Acked(order_id=ORDER_ID)
    (request,) = cutter.whole
    return len(request)


async def cut_everywhere(operation: str, tls, server_tls, *, stride: int) -> tuple[int, int]:
    """Return how many cuts were made in the request and in the answer."""
    answer = len(acked(ORDER_ID))
    async with cutting(server_tls) as cutter:
        size = await request_size(cutter, operation, tls)
        requests = range(0, size, stride)
        for offset in requests:
            cutter.request_bytes, cutter.reset = offset, bool(offset // stride % 2)
            outcome = await cut(cutter, operation, tls)
            check(cutter, outcome, operation, "request", offset)
            assert offset == 0 or isinstance(outcome, Unknown), (offset, outcome)
        cutter.request_bytes = None
        for offset in range(0, answer, stride):
            cutter.answer_bytes, cutter.reset = offset, bool(offset // stride % 2)
            outcome = await cut(cutter, operation, tls)
            check(cutter, outcome, operation, "answer", offset)
            assert isinstance(outcome, Unknown), (offset, outcome)
            assert len(cutter.whole) == 1
        # Whole, and only then gone: the answer counts.
        cutter.answer_bytes, cutter.reset = answer, False
        assert await cut(cutter, operation, tls) == Acked(order_id=ORDER_ID)
        assert cutter.began == 1
    return len(requests), len(range(0, answer, stride))


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_cut_at_each_byte_a_write_is_unknown_and_reaches_the_server_once(operation):
    cuts = await cut_everywhere(operation, None, None, stride=1)
    print(f"{operation}: cut at {cuts[0]} bytes of the request, {cuts[1]} of the answer")  # noqa: T201


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_cut_inside_tls_a_write_is_unknown_and_reaches_the_server_once(operation, authority):
    context = ssl.create_default_context(cafile=authority.ca_file)
    await cut_everywhere(operation, context, authority.server, stride=23)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_line_closed_while_idle_carries_no_write_and_none_is_sent_again(operation):
    """The server closes each kept line behind its answer, at all moments around the next write."""
    async with cutting() as cutter:
        writes = 0
        async with one_gateway(cutter.port, None) as gateway:
            cutter.answer_bytes = len(acked(ORDER_ID))
            for turns in range(60):
                outcome = await outcome_of(gateway, OPERATIONS[operation])
                writes += 1
                # Either it went out on a line that lived, or it is unknown, or it never left.
                assert isinstance(outcome, Acked | Unknown) or (
                    outcome.kind is RefusalKind.NOT_SENT
                ), outcome
                for _ in range(turns % 6):
                    await asyncio.sleep(0)
        assert len(cutter.whole) <= writes
        assert cutter.began == len(cutter.whole)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_kept_line_that_dies_under_a_write_is_never_made_up_for(operation):
    """The second write meets a server that reads it and is gone: once on the wire, unknown."""
    seen: list[bytes] = []

    async def once_then_gone(reader, writer):
        seen.append(await read_request(reader))
        writer.write(acked(ORDER_ID))
        await writer.drain()
        seen.append(await read_request(reader))
        writer.transport.abort()

    server = await asyncio.start_server(once_then_gone, "127.0.0.1", 0)
    async with one_gateway(server.sockets[0].getsockname()[1], None) as gateway:
        assert await outcome_of(gateway, OPERATIONS[operation]) == Acked(order_id=ORDER_ID)
        assert isinstance(await outcome_of(gateway, OPERATIONS[operation]), Unknown)
        await asyncio.sleep(0)
        assert len(seen) == 2
    server.close()
