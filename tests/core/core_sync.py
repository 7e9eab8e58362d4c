"""A follower who is short of the master or has too much, and what /sync says of it."""

from datetime import timedelta
from decimal import Decimal

from engine.core.observe.sync import sync_proposal
from engine.core.values import control as c
from engine.core.values.market import Product
from engine.core.values.orders import PositionRow
from engine.core.values.position_views import SyncProposal
from tests.core.core_world import FATHER, World, a_follower, an_order, done


def a_position(units: int, symbol: str = "SBIN", **changed) -> PositionRow:
    plain = {"exchange": "NSE", "product": Product.MIS, "last_price": Decimal(100)}
    return PositionRow(symbol=symbol, quantity=units, **(plain | changed))


def proposal(world: World, follower=FATHER) -> SyncProposal:
    return sync_proposal(world.state, follower, at=world.now)


def orders(world: World) -> list[tuple[str, int, bool]]:
    return [(each.side.value, each.quantity, each.entry) for each in proposal(world).orders]


def why_not(world: World) -> str:
    return " / ".join(each.why for each in proposal(world).left)


def sync(world: World, follower=FATHER) -> c.Reply:
    mark = proposal(world, follower).mark
    return world.ask(c.SyncCopies(follower=follower, mark=mark))


def short_of(quantity: int = 10, **rules) -> World:
    """The master holds 10 SBIN that father missed: the fill was too old to enter on."""
    world = World(a_follower(**rules))
    world.positions()
    world.master(done(quantity=quantity, updated_at=world.now - timedelta(seconds=30)))
    assert not world.pending
    return world


def too_much(**rules) -> World:
    """Father holds 10 of which the master has closed 10; his exit was refused, and is settled by hand."""
    world = World(a_follower(orphan="ask", **rules))
    world.master(an_order(quantity=20, price="100", status="OPEN"))
    child = world.ack()
    world.fill(child)
    world.positions(a_position(20))
    world.master(an_order(quantity=20, price="100", status="CANCELLED", filled_quantity=10))
    world.wait(5)
    world.positions(a_position(20))
    assert (world.held(), world.state.master[world.key().master].net) == (20, 10)
    return world
