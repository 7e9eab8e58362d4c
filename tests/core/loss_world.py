"""A follower who holds something, and has limits of loss."""

from decimal import Decimal

from engine.core.values.keys import Leg
from tests.core.core_world import World, a_follower, done


def holding(*followers, quantity: int = 100, **limits) -> World:
    """Return a world in which every follower holds so many SBIN, bought at 100."""
    world = World(*(followers or (a_follower(max_daily_loss=Decimal(1000), **limits),)))
    world.obliging = True
    world.master(done("M1", quantity=quantity))
    world.wait(2, SBIN=100)
    return world


def entered(world: World, order_id: str = "M2", symbol: str = "INFY") -> bool:
    world.master(done(order_id, symbol=symbol))
    return bool(world.children(order_id, Leg.ENTRY))
