"""Frames are handed on as their bytes arrive, each once and in order, whole or in pieces."""

import asyncio
import json

import pytest

from engine.brokers.kite.stream import KiteStream
from engine.ports import OrderHint, StreamUp
from tests.contracts.kite.kite_servers import (
    ROW,
    FrozenClock,
    seeded,
    some_credentials,
    system_tls,
)
from tests.contracts.kite.test_kite_stream import hold, streaming, ws_server


def an_order(number: int) -> str:
    return json.dumps({"type": "order", "data": ROW | {"order_id": str(number)}})


async def test_frames_in_pieces_and_whole_ones_all_come_once():
    async def handler(socket):
        await socket.send(an_order(1))
        text = an_order(2)
        await socket.send([text[:10], text[10:300], text[300:]])
        await socket.send(an_order(3))
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(OrderHint, 3)
        await asyncio.sleep(0)
    found = [hint.row.order_id for hint in running.watcher.all(OrderHint)]
    assert sorted(found) == ["1", "2", "3"]


async def test_what_comes_behind_the_handshake_is_told_after_the_socket_and_in_order():
    async def handler(socket):
        for number in range(50):
            await socket.send(an_order(number))
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(OrderHint, 50)
    assert isinstance(running.watcher.events[0], StreamUp)
    found = [hint.row.order_id for hint in running.watcher.all(OrderHint)]
    assert found == [str(number) for number in range(50)]


async def test_a_text_that_is_no_text_ends_the_socket():
    async def handler(socket):
        await socket.send(b"\xff\xfe", text=True)
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        await running.watcher.wait(StreamUp, 2)
    assert running.watcher.all(OrderHint) == []


async def test_a_fault_in_taking_an_order_is_not_swallowed():
    """The supervisor tells of it and begins anew; silence would be the worst."""
    up = asyncio.Event()

    def sink(event):
        if isinstance(event, StreamUp):
            up.set()
        if isinstance(event, OrderHint):
            raise ZeroDivisionError("a bug")

    async def handler(socket):
        await up.wait()
        for _ in range(10):
            await asyncio.sleep(0)  # by then its frames are handed on as they come
        await socket.send(an_order(1))
        await hold(socket)

    async with ws_server(handler) as port:
        stream = KiteStream(
            some_credentials(),
            ws_url=f"ws://127.0.0.1:{port}",
            tls=system_tls(),
            clock=FrozenClock(),
            rng=seeded(),
            find_name=lambda _: None,
        )
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.timeout(5):
                await stream.run(sink)
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)
