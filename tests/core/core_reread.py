"""A file of settings that is read again, and what is pressed then."""

from decimal import Decimal

from engine.core.values.control import TakeSettings
from engine.core.values.market import Venue
from engine.core.values.offers import OfferKind
from engine.core.values.rules import FollowerRules
from tests.core.core_holdings import holding
from tests.core.core_world import World, a_follower

SETTINGS = OfferKind.SETTINGS
CONFIRM, CANCEL = "Confirm the changes", "Cancel"


def reread(world: World, *rules: FollowerRules, total: object = None, later=()) -> str:
    """Have a file that names these followers read again, and return what is said of it."""
    names = {each.name for each in rules}
    sealed = tuple((name, f"sealed:{name}") for name in world.state.env_rules if name not in names)
    limit = None if total is None else Decimal(str(total))
    request = TakeSettings(rules=rules, total_loss_limit=limit, sealed=sealed, later=tuple(later))
    for name in names:
        world.rows.setdefault(name, {})
    reply = world.ask(request)
    assert reply.accepted
    return reply.text


def both(**venue: Venue) -> World:
    return World(a_follower(), a_follower("mother"), **venue)


def leaving(quantity: int = 10) -> World:
    world = holding(a_follower(), quantity=quantity)
    text = reread(world)
    assert f"father: is removed when flat, no further entry. Still held: +{quantity} SBIN" in text
    assert "/detach father" in text
    return world
