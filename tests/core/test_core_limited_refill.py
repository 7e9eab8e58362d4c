"""An order that a limit has cut, filled ahead by its copy, and an exit of his meanwhile: what it comes to."""

from engine.core.values.commands import Cancel, Place
from engine.core.values.rules import Oversize
from tests.core.core_world import World, a_follower, an_order, done


def served(world: World) -> list[tuple[str, int]]:
    """Let the broker do all that has left, and return the orders."""
    sent = []
    while world.pending:
        command = world.take()
        if isinstance(command, Place):
            world.ack_and_fill(command)
            sent.append((command.side.value, command.quantity))
        elif isinstance(command, Cancel):
            world.cancelled(command)
    return sent


def test_a_cut_bid_that_was_an_exit_meanwhile_is_entered_up_to_its_limit_and_the_excess_comes_off_the_next():
    """He wants 10, six are let. What is held too much of another order is not taken off below the limit twice."""
    world = World(a_follower(max_order_quantity=6, oversize=Oversize.CUT))
    gone, bid = an_order("M0", price=98, quantity=3), an_order("M1", price=99, quantity=10)
    world.master(gone, bid)
    ahead, cut = world.ack(), world.ack()
    assert (ahead.quantity, cut.quantity) == (3, 6)
    world.wait(0.4)
    world.fill(ahead)
    world.fill(cut, 2)
    world.wait(0.4)
    short, cover = done("M2", "SELL", 1), done("M3", "BUY", 1)
    for rows in ((gone, bid, short), (gone, bid, short, cover)):
        world.master(*rows)
        served(world)
        world.wait(0.4)
    assert world.held() == 4
    gone = an_order("M0", price=98, quantity=3, status="CANCELLED")
    world.master(gone, an_order("M1", price=99, quantity=10, filled_quantity=10), short, cover)
    assert served(world) == [("BUY", 4)], "two had filled of the six that are let"
    assert (world.held(), world.ledger().exact()) == (8, 6)
    world.master(done("M4", quantity=3))
    assert served(world) == [("BUY", 1)], "less the two that are held too much"
    assert world.held() == world.ledger().exact() == 9
    world.check_journal()
