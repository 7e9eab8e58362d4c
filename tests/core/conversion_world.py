"""Holdings that are converted, and the reads that show it."""

from engine.core.values.keys import MasterKey
from engine.core.values.market import Product, Venue
from engine.core.values.orders import PositionRow
from tests.core.core_world import World, a_follower, done

CNC, MIS, NRML, MTF = Product.CNC, Product.MIS, Product.NRML, Product.MTF


def a_position(quantity: int, product: Product, **changed) -> PositionRow:
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": product, "quantity": quantity}
    return PositionRow(**(plain | changed))


def key(product: Product) -> MasterKey:
    return MasterKey(exchange="NSE", symbol="SBIN", product=product)


def net(world: World, product: Product) -> int:
    position = world.state.master.get(key(product))
    return position.net if position else 0


def read_master(world: World, *, mis: int = 0, cnc: int = 0, seconds: float = 5) -> None:
    world.wait(seconds, step=seconds)
    world.master_positions(a_position(mis, MIS), a_position(cnc, CNC))


def bought(units: int = 50, *, multiplier: object = 1, venue: Venue = Venue.LIVE) -> World:
    """The master bought MIS and the follower holds a copy; his positions were read since."""
    world = World(a_follower(multiplier=multiplier), venue=venue)
    world.master(done("M1", quantity=units))
    world.ack_and_fill()
    read_master(world, mis=units)
    return world


def converted(units: int = 50, **kwargs) -> World:
    """He converted what he held to CNC, and two reads of his positions agree on it."""
    world = bought(**kwargs)
    whole = net(world, MIS)
    for _ in range(2):
        read_master(world, mis=whole - units, cnc=units)
    return world
