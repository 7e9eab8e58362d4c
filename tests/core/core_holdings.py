"""Worlds in which something is held already, and the rows of positions."""

from engine.core.values.market import Product
from engine.core.values.orders import PositionRow
from tests.core.core_world import World, done


def holding(*followers, quantity: int = 10, **changed) -> World:
    """Return a world in which the master and every follower hold SBIN by order M1."""
    world = World(*followers, **changed)
    world.obliging = True
    world.master(done("M1", quantity=quantity))
    world.obliging = False
    world.wait(3)
    assert not world.pending
    return world


def a_position(quantity: int, **changed) -> PositionRow:
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": Product.MIS}
    return PositionRow(quantity=quantity, **(plain | changed))
