"""The socket against a real WebSocket server: hints, silence, refusals, endless return."""

import asyncio
import contextlib
import json
import logging
import struct
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from engine.brokers.kite import stream as stream_module
from engine.brokers.kite.stream import KiteStream
from engine.brokers.kite.ticks import ListedName
from engine.ports import MalformedFrame, OrderHint, StreamDown, StreamUp, Ticks
from tests.contracts.kite.kite_servers import (
    API_SECRET,
    ROW,
    TOKEN,
    FrozenClock,
    a_session,
    seeded,
    some_credentials,
    system_tls,
)

ORDER = json.dumps({"type": "order", "data": ROW | {"user_id": "AB1234"}})


class Watcher:
    """Collects events and lets a test wait for one of a kind."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self._news = asyncio.Event()

    def __call__(self, event: object) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    async def wait(self, kind: type, count: int = 1) -> object:
        async with asyncio.timeout(5):
            while len(self.all(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return self.all(kind)[count - 1]


class Running:
    """A stream that runs beside a test."""

    def __init__(self, stream, watcher, credentials, clock) -> None:
        self.stream = stream
        self.watcher = watcher
        self.credentials = credentials
        self.clock = clock


@asynccontextmanager
async def streaming(port: int, credentials=None):
    credentials = credentials or some_credentials()
    clock = FrozenClock()
    stream = KiteStream(
        credentials,
        ws_url=f"ws://127.0.0.1:{port}",
        tls=system_tls(),
        clock=clock,
        rng=seeded(),
        find_name=lambda token: ListedName("NSE", "INFY") if token == 408065 else None,
    )
    watcher = Watcher()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(watcher))
        yield Running(stream, watcher, credentials, clock)
        task.cancel()


@asynccontextmanager
async def ws_server(handler: Callable[[ServerConnection], Awaitable[None]], **options: object):
    async def quiet(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await handler(socket)

    async with serve(quiet, "127.0.0.1", 0, **options) as server:
        yield server.sockets[0].getsockname()[1]


async def hold(socket: ServerConnection) -> None:
    await socket.wait_closed()


async def test_an_order_frame_becomes_a_hint_with_its_stamps():
    paths: list[str] = []

    async def handler(socket):
        paths.append(socket.request.path)
        assert socket.request.headers["X-Kite-Version"] == "3"
        await socket.send(b"\x00")
        await socket.send(ORDER)
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        hint = await running.watcher.wait(OrderHint)
    assert isinstance(running.watcher.events[0], StreamUp)
    assert hint.row.order_id == ROW["order_id"]
    assert hint.received_at.tzinfo is not None
    assert hint.received_s > 0
    assert paths[0] == f"/?api_key=apikey&access_token={TOKEN}"


async def test_malformed_frames_are_told_and_the_socket_lives_on():
    async def handler(socket):
        for bad in ("{", "[]", '{"type":"order","data":{"order_id":"1"}}', b"\x00\x05\x00"):
            await socket.send(bad)
        await socket.send('{"type":"error","data":"token limit"}')
        await socket.send('{"type":"message","data":"hello"}')
        await socket.send('{"type":"brand_new","data":{}}')
        await socket.send(ORDER)
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(OrderHint)
    assert len(running.watcher.all(MalformedFrame)) == 5
    assert running.watcher.all(StreamDown) == []


async def test_ticks_are_named_by_todays_instruments():
    packet = struct.pack(">II", 408065, 150005)
    frame = struct.pack(">HH", 2, 8) + packet + struct.pack(">H", 8) + struct.pack(">II", 1, 1)

    async def handler(socket):
        await socket.send(frame)
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        ticks = await running.watcher.wait(Ticks)
    assert [(quote.symbol, str(quote.last_price)) for quote in ticks.quotes] == [
        ("INFY", "1500.05")
    ]


async def test_a_socket_that_falls_silent_is_left_and_opened_anew(monkeypatch):
    monkeypatch.setattr(stream_module, "SILENCE_S", 0.05)
    async with ws_server(hold) as port, streaming(port) as running:
        down = await running.watcher.wait(StreamDown)
        await running.watcher.wait(StreamUp, 2)
    assert down.reason.startswith("no frame for")


async def test_heartbeats_keep_a_quiet_socket(monkeypatch):
    monkeypatch.setattr(stream_module, "SILENCE_S", 0.2)

    async def handler(socket):
        for _ in range(10):
            await socket.send(b"\x00")
            await asyncio.sleep(0.04)
        await socket.send(ORDER)
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(OrderHint)
    assert len(running.watcher.all(StreamUp)) == 1


async def test_it_returns_after_every_kind_of_end_and_the_pauses_grow():
    attempts = 0

    async def handler(socket):
        nonlocal attempts
        attempts += 1
        match attempts % 3:
            case 0:
                socket.transport.abort()
            case 1:
                await socket.close(1001, "restart")
            case 2:
                await socket.close(1011)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(StreamDown, 14)
    pauses = running.clock.slept
    bounds = [min(20.0, 0.5 * 2**n) for n in range(len(pauses))]
    assert all(0 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))
    assert max(pauses[7:]) > 2.0
    assert running.watcher.all(StreamDown)[0].reason == "closed with 1001 restart"


async def test_nobody_listening_is_tried_for_ever():
    async with ws_server(hold) as port:
        pass
    async with streaming(port) as running:
        await running.watcher.wait(StreamDown, 60)
    assert running.watcher.all(StreamUp) == []
    assert max(running.clock.slept) <= 20.0


async def test_a_refused_session_is_named_and_tried_slowly():
    def refuse(connection, request):
        return connection.respond(403, "Forbidden")

    async with ws_server(hold, process_request=refuse) as port, streaming(port) as running:
        down = await running.watcher.wait(StreamDown)
        await running.watcher.wait(StreamDown, 3)
    assert down.reason == "session refused"
    assert all(10.0 <= pause <= 20.0 for pause in running.clock.slept[:3])


async def test_a_redirect_is_not_followed():
    paths: list[str] = []

    def redirect(connection, request):
        paths.append(request.path)
        response = connection.respond(302, "elsewhere")
        response.headers["Location"] = "/elsewhere"
        return response

    async with ws_server(hold, process_request=redirect) as port, streaming(port) as running:
        down = await running.watcher.wait(StreamDown)
    assert down.reason == "the upgrade was answered with 302"
    assert all(path.startswith("/?") for path in paths)


async def test_what_is_watched_is_said_at_once_changed_and_replayed_on_reconnect():
    said: list[list[object]] = []
    news = asyncio.Event()

    async def handler(socket):
        mine: list[object] = []
        said.append(mine)
        async for text in socket:
            mine.append(json.loads(text))
            news.set()
            if len(mine) == 5:
                await socket.close()

    async def heard(count: int) -> None:
        async with asyncio.timeout(5):
            while sum(len(mine) for mine in said) < count:
                news.clear()
                await news.wait()

    async with ws_server(handler) as port, streaming(port) as running:
        running.stream.watch(frozenset({1, 2}))
        await heard(2)
        running.stream.watch(frozenset({2, 3}))
        await heard(7)
    assert said[0] == [
        {"a": "subscribe", "v": [1, 2]},
        {"a": "mode", "v": ["full", [1, 2]]},
        {"a": "unsubscribe", "v": [1]},
        {"a": "subscribe", "v": [3]},
        {"a": "mode", "v": ["full", [3]]},
    ]
    assert said[1] == [{"a": "subscribe", "v": [2, 3]}, {"a": "mode", "v": ["full", [2, 3]]}]


async def test_a_new_session_is_used_at_once_and_none_means_waiting():
    paths: list[str] = []
    closed = asyncio.Event()

    async def handler(socket):
        paths.append(socket.request.path.rpartition("=")[2])
        await socket.send(b"\x00")
        await socket.wait_closed()
        closed.set()

    async with ws_server(handler) as port:
        credentials = some_credentials(logged_in=False)
        async with streaming(port, credentials) as running:
            await asyncio.sleep(0)
            credentials.use(a_session("first"))
            await running.watcher.wait(StreamUp, 1)
            credentials.use(a_session("second"))
            await running.watcher.wait(StreamUp, 2)
            credentials.use(None)
            down = await running.watcher.wait(StreamDown, 2)
            async with asyncio.timeout(2):
                await closed.wait()
    assert paths == ["first", "second"]
    assert down.reason == "the session was replaced"


def test_more_instruments_than_one_socket_carries_are_refused():
    stream = KiteStream(
        some_credentials(),
        ws_url="wss://ws.kite.trade",
        tls=system_tls(),
        clock=FrozenClock(),
        rng=seeded(),
        find_name=lambda token: None,
    )
    with pytest.raises(ValueError, match="3000"):
        stream.watch(frozenset(range(3001)))


@pytest.mark.parametrize("url", ["http://x", "ws://ws.kite.trade", "wss://"])
def test_an_address_that_cannot_be_used_is_refused(url):
    with pytest.raises(ValueError, match=r"address|machine"):
        KiteStream(
            some_credentials(),
            ws_url=url,
            tls=system_tls(),
            clock=FrozenClock(),
            rng=seeded(),
            find_name=lambda token: None,
        )


async def test_no_secret_reaches_a_log_or_a_reason_at_any_level(caplog, monkeypatch):
    monkeypatch.setattr(stream_module, "SILENCE_S", 0.05)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    refused = 0

    def sometimes(connection, request):
        nonlocal refused
        refused += 1
        return connection.respond(403, TOKEN) if refused == 1 else None

    async def handler(socket):
        await socket.send(json.dumps({"type": "error", "data": f"bad access_token={TOKEN}"}))
        await socket.close(1008, f"token {TOKEN}")

    with caplog.at_level(logging.DEBUG):
        async with (
            ws_server(handler, process_request=sometimes) as port,
            streaming(port) as running,
        ):
            await running.watcher.wait(StreamDown, 4)
            assert running.watcher.all(MalformedFrame)
    mine = [record for record in caplog.records if record.name.startswith("engine")]
    assert mine
    shown = "".join(f"{record.getMessage()}{record.__dict__}" for record in mine)
    shown += repr(running.watcher.events) + repr(running.stream.__dict__)
    for secret in (TOKEN, API_SECRET):
        assert secret not in shown
    assert not [record for record in caplog.records if record.name == "websockets.client"]
