"""What Prometheus is told is counted behind the orders, not before them."""

import asyncio

from prometheus_client import CollectorRegistry

from bot.metrics.counts import CountedJournal
from engine.clock import SystemClock
from engine.core.values import records as r
from tests.core.core_world import World, done


async def test_orders_are_counted_in_the_turn_after_the_one_that_sends_them():
    class Store:
        def commit(self, batch):
            committed.append(batch)

    committed: list = []
    registry = CollectorRegistry()
    counted = CountedJournal(Store(), registry, SystemClock())
    world = World()
    world.master(done("M1"))
    decision = world.last
    assert decision is not None
    assert any(isinstance(record, r.ChildPlanned) for record in decision.records)
    labels = {"venue": "live", "follower": "father", "state": "planned"}
    counted.commit([(world.events[-1], decision.records)])
    assert len(committed) == 1
    assert registry.get_sample_value("kitecopytrader_orders_total", labels) is None
    await asyncio.sleep(0)
    assert registry.get_sample_value("kitecopytrader_orders_total", labels) == 1
