"""What a closed connection leaves behind: nothing that would wait for a look at all garbage."""

import asyncio
import gc

from engine.brokers.kite.connection import Connection
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    acked,
    answering,
    outcome_of,
    serving,
)


def connections() -> int:
    return sum(isinstance(each, Connection) for each in gc.get_objects())


async def test_a_closed_connection_is_gone_with_its_last_reference():
    gc.collect()
    gc.disable()
    try:
        before = connections()
        async with serving(answering(acked())) as server:
            async with a_gateway(server.port) as gateway:
                await gateway.warm()
                await outcome_of(gateway, a_place())
                assert connections() > before
            await asyncio.sleep(0)
            del gateway
        assert connections() == before
    finally:
        gc.enable()
