"""A follower with limits of entries, and what is said of an entry that is over one."""

from engine.core.values.keys import Leg
from engine.core.values.market import Product, Venue
from engine.core.values.rules import Oversize
from tests.core.core_world import FUTURE, World, a_follower

CUT = Oversize.CUT
NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def limited(venue: Venue = Venue.LIVE, **rules) -> World:
    return World(a_follower(**rules), venue=venue)


def entered(world: World) -> list[tuple[str, int]]:
    """Return what has left as entries so far."""
    return [(each.symbol, each.quantity) for each in world.places() if each.priority == "entry"]


def why(world: World, order_id: str = "M1", **key) -> str:
    return world.ledger(**key).parts[order_id].skips[Leg.ENTRY].detail
