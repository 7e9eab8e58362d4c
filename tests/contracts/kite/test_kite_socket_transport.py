"""The socket under every order: bytes leave at once, and what does not fit follows in order."""

import asyncio
import select
import socket
import ssl
import threading
from collections.abc import Callable

import pytest

from engine.brokers.kite import dial
from engine.brokers.kite.dial import tls_context
from engine.brokers.kite.socket_transport import SocketTransport
from engine.core.values.commands import Acked
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    a_wire,
    acked,
    answering,
    envelope,
    http,
    outcome_of,
    serving,
)

LOOPS = ("asyncio", "uvloop")


class Heard(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.data = b""
        self.ends: list[Exception | None] = []
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.ends.append(exc)
        self.ended.set()


def on(loop: str, test: Callable[[], object]) -> None:
    """Run on one of the event loops."""
    factory = None if loop == "asyncio" else pytest.importorskip(loop).new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(test())


def a_pair() -> tuple[SocketTransport, Heard, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    heard = Heard()
    return SocketTransport(ours, heard), heard, theirs


@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_written_is_with_the_kernel_when_the_call_returns(loop):
    async def write() -> None:
        transport, heard, theirs = a_pair()
        theirs.setblocking(False)
        transport.write(b"an order")
        assert theirs.recv(100) == b"an order", "no turn of the loop in between"
        transport.abort()
        assert transport.is_closing()
        assert heard.ends == [], "never from inside a call"
        await heard.ended.wait()
        assert heard.ends == [None]
        assert theirs.recv(100) == b""
        theirs.close()

    on(loop, write)


@pytest.mark.parametrize("loop", LOOPS)
def test_what_the_kernel_has_no_room_for_follows_whole_and_in_order(loop):
    async def write() -> None:
        transport, heard, theirs = a_pair()
        theirs.setblocking(False)
        sent = [bytes([number]) * 100_000 for number in range(20)]
        for piece in sent:
            transport.write(piece)
        received = b""
        async with asyncio.timeout(5):
            while len(received) < 2_000_000:
                received += await asyncio.get_running_loop().sock_recv(theirs, 65536)
        assert received == b"".join(sent)
        transport.abort()
        await heard.ended.wait()
        theirs.close()

    on(loop, write)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_peer_that_is_gone_is_told_later_and_once(loop):
    async def write() -> None:
        transport, heard, theirs = a_pair()
        theirs.close()
        transport.write(b"an order")
        transport.write(b"another")
        assert heard.ends == [], "never from inside a call"
        async with asyncio.timeout(5):
            await heard.ended.wait()
        transport.abort()
        await asyncio.sleep(0)
        (end,) = heard.ends
        assert end is None or isinstance(end, OSError)

    on(loop, write)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_fault_in_reading_is_told_to_the_loop_and_ends_the_connection(loop):
    class Faulty(Heard):
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError("a bug")

    async def read() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: told.append(type(context["exception"]))
        )
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        heard = Faulty()
        SocketTransport(ours, heard)
        theirs.send(b"an answer")
        async with asyncio.timeout(5):
            await heard.ended.wait()
        assert told == [ZeroDivisionError]
        theirs.close()

    on(loop, read)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_order_book_of_many_records_is_read_whole_over_tls(loop, authority):
    async def read() -> None:
        tls = tls_context(authority.ca_file)
        rows = [{"order_id": str(number)} for number in range(60_000)]
        answer = http(200, envelope(rows))
        assert len(answer) > 1_000_000
        async with serving(answering(answer), tls=authority.server) as server:
            wire = a_wire(server.port, tls=tls)
            response = await wire.get("/orders")
            assert response.body == envelope(rows)
            await wire.close()

    on(loop, read)


async def test_tls_12_and_13_are_both_spoken_and_nothing_older(authority):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        tls = tls_context(authority.ca_file)
        tls.maximum_version = version
        seen: list[bytes] = []
        async with (
            serving(answering(acked(), seen=seen), tls=authority.server) as server,
            a_gateway(server.port, tls=tls) as gateway,
        ):
            for _ in range(3):
                await outcome_of(gateway, a_place())
        assert len(seen) == 3, version


class TicketServer:
    """A TLS server in a thread of its own, so that it speaks while our loop is busy."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        accepted, _ = self._socket.accept()
        with self._context.wrap_socket(accepted, server_side=True) as line:
            while line.recv(65536):
                line.sendall(acked("77"))

    def close(self) -> None:
        self._socket.close()
        self._thread.join(5)


@pytest.mark.parametrize("loop", LOOPS)
def test_session_tickets_on_a_new_connection_do_not_keep_an_order_waiting(
    loop, authority, monkeypatch
):
    """TLS 1.3 servers send them behind the handshake: by the first order they are with the kernel."""
    honest = dial._shake_hands

    async def slow(*arguments):
        sock = await honest(*arguments)
        assert select.select([sock], [], [], 5)[0], "the tickets came"
        return sock

    monkeypatch.setattr(dial, "_shake_hands", slow)

    async def order() -> None:
        server = TicketServer(authority.server)
        async with a_gateway(server.port, tls=tls_context(authority.ca_file)) as gateway:
            assert await outcome_of(gateway, a_place(), timeout_s=2) == Acked(order_id="77")
        server.close()

    on(loop, order)
