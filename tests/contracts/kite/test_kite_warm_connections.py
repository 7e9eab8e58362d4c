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


def test_an_idle_connection_is_let_go_before_any_front_end_closes_it():
    """Found idle at the latest one calm look after its time, it is gone within sixty seconds."""
    calm_look = 1.2 * 1.0 * pool_module._CALM
    assert calm_look < pool_module._WAITS_S, "a successor is dialled before it must go"
    assert pool_module.MAX_IDLE_S + pool_module._WAITS_S + 1.2 < 60.0
