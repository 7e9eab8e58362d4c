"""Warm connections after a loss: there again at once, and no storm where the server wants nobody."""

import asyncio

import pytest

from engine.brokers.kite import pool as pool_module
from tests.contracts.kite.kite_servers import a_wire, acked, answering, serving

WARM = pool_module.WARM_CONNECTIONS


@pytest.fixture(autouse=True)
def _no_regular_look(monkeypatch):
    monkeypatch.setattr(pool_module, "_LOOK_EVERY_S", 3600.0)


async def test_a_warm_connection_that_is_lost_is_there_again_without_waiting_for_a_look(
    monkeypatch,
):
    monkeypatch.setattr(pool_module, "_STEADY_S", 0.0)
    async with serving(answering(acked())) as server:
        wire = a_wire(server.port)
        await wire.warm()
        server.hang_up()
        async with asyncio.timeout(3):
            while server.connections < 2 * WARM:  # noqa: ASYNC110 - polls what a server counts
                await asyncio.sleep(0.001)
        await wire.close()


async def test_a_server_that_hangs_up_on_everybody_is_not_stormed():
    async def goodbye(_reader, writer):
        writer.close()

    async with serving(goodbye) as server:
        wire = a_wire(server.port)
        await wire.warm()
        for _ in range(200):
            await asyncio.sleep(0.001)
        assert server.connections <= 2 * WARM
        await wire.close()
