"""A master who held something before the start, and a list of it that is asked for and confirmed."""

from decimal import Decimal

from engine.core.observe.open_positions import positions_proposal
from engine.core.values import control as c
from engine.core.values.commands import Modify, Place
from engine.core.values.market import Product
from engine.core.values.position_views import SyncProposal
from tests.core.core_sync import a_position
from tests.core.core_world import FUTURE, World, a_follower, done

NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def holding(quantity: int = 10, side: str = "BUY", *, followers=(), price=100, **row) -> World:
    """The master is in since before the start, at 90; the price is 100 now; copying has just started."""
    world = World(*(followers or (a_follower(),)), copying=False)
    world.master(done("H1", side, quantity, price="90", **row))
    began(world, quantity if side == "BUY" else -quantity, price, row)
    return world


def began(world: World, net: int, price, row) -> None:
    if price is not None:
        kept = {k: row[k] for k in ("exchange", "product") if k in row}
        at = a_position(net, row.get("symbol", "SBIN"), last_price=Decimal(price), **kept)
        world.master_positions(at)
    for name in world.rules:
        world.positions(name=name)
    world.wait(30)
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert not world.pending, "a start alone enters nothing"


def listed(world: World) -> SyncProposal:
    return positions_proposal(world.state, at=world.now)


def left(world: World) -> str:
    return " / ".join(each.why for each in listed(world).left)


def copy(world: World, mark: str | None = None) -> c.Reply:
    return world.ask(c.CopyPositions(mark=listed(world).mark if mark is None else mark))


def copied(world: World) -> World:
    """Confirm the list, and have all of it filled."""
    assert copy(world).accepted
    while world.pending:
        world.ack_and_fill()
        world.wait(1)
    return world


def answered(world: World, sign: int = 0) -> None:
    """Have the broker carry out whatever is sent; with a sign, it only exits, and no further than zero."""
    for _ in range(6):
        while world.pending:
            command = world.pending[0]
            if isinstance(command, Place):
                assert not sign or command.side.sign == -sign, "nothing is entered a second time"
                world.ack_and_fill()
            elif isinstance(command, Modify):
                world.modified()
            else:
                world.cancelled()
            assert sign * world.ledger(FUTURE, product=Product.NRML).held >= 0
        world.wait(1)
