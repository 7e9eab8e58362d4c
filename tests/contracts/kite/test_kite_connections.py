"""The connections to Kite: kept, warmed, shared and bounded; writes overtake what places nothing."""

import asyncio

import pytest

from engine.brokers.kite import pool as pool_module
from engine.brokers.kite.replies import Request
from engine.core.values.commands import Acked
from engine.errors import BrokerUnavailable
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    a_wire,
    acked,
    answering,
    http,
    outcome_of,
    read_request,
    serving,
    some_credentials,
)


async def test_a_read_cancelled_before_it_began_leaves_quietly():
    wire = a_wire(9, credentials=some_credentials(logged_in=False))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await wire.get("/orders")
    await wire.close()


async def test_a_connection_the_server_closed_while_idle_is_never_used():
    seen: list[bytes] = []
    async with serving(answering(acked(), seen=seen)) as server, a_gateway(server.port) as gateway:
        assert isinstance(await outcome_of(gateway, a_place()), Acked)
        server.hang_up()
        # The close is on its way through the kernel; the wire must notice whenever it looks.
        for _ in range(20):
            await asyncio.sleep(0)
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
            server.hang_up()
    assert len(seen) == 21


async def test_many_writes_at_once_share_a_bounded_pool_and_all_are_answered():
    seen: list[bytes] = []
    async with serving(answering(acked(), seen=seen)) as server, a_gateway(server.port) as gateway:
        outcomes = await asyncio.gather(*(outcome_of(gateway, a_place()) for _ in range(60)))
    assert all(isinstance(outcome, Acked) for outcome in outcomes)
    assert len(seen) == 60
    assert server.connections <= pool_module.MAX_CONNECTIONS


@pytest.mark.parametrize(
    "waiting",
    [
        Request(method="GET", target="/orders"),
        Request(method="POST", target="/margins/basket?consider_positions=true", json=True),
    ],
    ids=["reads", "questions about margin"],
)
async def test_writes_overtake_what_places_nothing(waiting):
    seen: list[bytes] = []
    body = http(200, {"status": "success", "data": {"order_id": "1"}})
    async with serving(answering(body, seen=seen)) as server:
        wire = a_wire(server.port)
        async with a_gateway(server.port) as gateway:
            gateway._wire = wire
            reads = [asyncio.ensure_future(wire.ask(waiting)) for _ in range(40)]  # noqa: TID251
            await asyncio.sleep(0)
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
            await asyncio.gather(*reads)
        await wire.close()
    assert any(request.startswith(b"POST /orders/") for request in seen[:20])


async def test_a_write_does_not_wait_for_another_writes_slow_answer():
    arrived = asyncio.Event()
    release = asyncio.Event()

    async def first_is_slow(reader, writer):
        while True:
            await read_request(reader)
            if not arrived.is_set():
                arrived.set()
                await release.wait()
            writer.write(acked())
            await writer.drain()

    async with serving(first_is_slow) as server, a_gateway(server.port) as gateway:
        slow = asyncio.get_running_loop().create_future()
        gateway.submit(a_place(), timeout_s=5, done=slow.set_result)
        async with asyncio.timeout(2):
            await arrived.wait()
        assert isinstance(await outcome_of(gateway, a_place()), Acked)
        assert not slow.done()
        release.set()
        assert isinstance(await slow, Acked)


async def test_warm_opens_connections_before_the_first_order():
    async with serving(answering(acked())) as server, a_gateway(server.port) as gateway:
        await gateway.warm()
        opened = server.connections
        assert opened == pool_module.WARM_CONNECTIONS
        assert isinstance(await outcome_of(gateway, a_place()), Acked)


async def test_warm_does_not_raise_where_nobody_listens():
    async with serving(answering(acked())) as server:
        port = server.port
    async with a_gateway(port) as gateway:
        await gateway.warm()


async def test_lost_warm_connections_come_back(monkeypatch):
    monkeypatch.setattr(pool_module, "_LOOK_EVERY_S", 0.01)
    async with serving(answering(acked())) as server:
        wire = a_wire(server.port)
        await wire.warm()
        server.hang_up()
        async with asyncio.timeout(3):
            while server.connections < 2 * pool_module.WARM_CONNECTIONS:  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)
        await wire.close()
        assert wire.open_connections == 0


async def test_connections_idle_for_long_are_replaced_before_the_server_closes_them(monkeypatch):
    monkeypatch.setattr(pool_module, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(pool_module, "MAX_IDLE_S", 0.05)
    async with serving(answering(acked())) as server:
        wire = a_wire(server.port)
        await wire.warm()
        async with asyncio.timeout(3):
            while server.connections < 3 * pool_module.WARM_CONNECTIONS:
                await asyncio.sleep(0.01)
                assert wire.open_connections >= pool_module.WARM_CONNECTIONS
        await wire.close()


async def test_a_cancelled_read_gives_its_connection_up():
    arrived = asyncio.Event()

    async def never(reader, writer):
        await read_request(reader)
        arrived.set()
        await reader.read()

    async with serving(never) as server:
        wire = a_wire(server.port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await wire.get("/orders")
        assert arrived.is_set()
        with pytest.raises(BrokerUnavailable):
            await wire.get("/orders", timeout_s=0.05)
        await wire.close()
