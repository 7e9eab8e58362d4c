"""An order that a limit has cut, that he fills, exits and fills further: what the next order owes for it."""

from msgspec.structs import replace

from engine.core.values.commands import Cancel, Modify
from engine.core.values.rules import Oversize, Sizing
from tests.core.core_world import FATHER, PLENTY, World, a_follower, an_order, done

CUT = {"max_order_quantity": 6, "oversize": Oversize.CUT}


def bid(filled: int = 0):
    return an_order(
        "M1", price=99, quantity=10, filled_quantity=filled,
        status="COMPLETE" if filled == 10 else "OPEN",
    )  # fmt: skip


def he_fills_exits_and_fills_further(world: World) -> None:
    """Eight of his ten, then out of all of them, then the last two: he is at two."""
    world.master(bid(8))
    world.wait(0.4)
    world.master(bid(8), done("X1", "SELL", 8))
    world.wait(0.4)
    world.master(bid(10))


def serve(world: World) -> list[tuple[str, int]]:
    """Let the broker do all that has left, until nothing more comes; return the orders."""
    sent = []
    while world.pending:
        command = world.take()
        if isinstance(command, Cancel):
            world.cancelled(command)
        elif isinstance(command, Modify):
            world.modified(command)
        else:
            world.ack_and_fill(command)
            sent.append((command.side.value, command.quantity))
    return sent


def the_next(world: World) -> list[tuple[str, int]]:
    world.master(done("M2", quantity=3))
    return serve(world)


def test_what_is_bought_of_a_cut_order_that_was_withdrawn_is_wanted_whole():
    """Of two of ten the six that are let leave one: the next order is not cut by it."""
    world = World(a_follower(**CUT))
    world.allowances = {FATHER: replace(PLENTY, entries=0)}
    world.master(bid())
    he_fills_exits_and_fills_further(world)
    world.wait(3)
    world.allowances = {}
    world.wait(1)
    assert serve(world) == [("BUY", 1)]
    assert (world.held(), world.ledger().exact()) == (1, 1)
    assert the_next(world) == [("BUY", 3)]
    world.check_journal()


def test_what_a_cut_order_fills_late_counts_by_the_share_that_he_has_kept():
    """A fifth of six is 1.2: of the six that fill late four leave, and the next order is less by what is over."""
    world = World(a_follower(**CUT))
    world.master(bid())
    he_fills_exits_and_fills_further(world)
    assert serve(world) == [("BUY", 6), ("SELL", 4)]
    assert world.ledger().exact() * 5 == 6
    assert the_next(world) == [("BUY", 2)]
    world.check_journal()


def test_what_had_filled_up_to_its_limit_is_not_made_up_by_the_next_order():
    """Six were bought and sold; that two of his fill further buys nothing, now nor with the next order."""
    world = World(a_follower(**CUT))
    world.master(bid())
    world.ack_and_fill()
    world.master(bid(8))
    world.master(bid(8), done("X1", "SELL", 8))
    assert serve(world) == [("SELL", 6)]
    world.master(bid(10))
    assert serve(world) == []
    assert (world.held(), world.ledger().exact()) == (0, 0)
    assert the_next(world) == [("BUY", 3)]
    world.check_journal()


def test_fixed_lots_that_fill_late_count_by_the_share_that_he_has_kept():
    """Eight units for the whole order. He was out of two of his first four, and of the other four he has all."""
    world = World(a_follower(sizing=Sizing.FIXED_LOTS, fixed_lots=8))
    row = {"price": 99, "quantity": 8}
    world.master(an_order("M1", filled_quantity=4, **row))
    first = world.ack()
    world.wait(0.4)
    world.master(an_order("M1", filled_quantity=4, **row), done("X1", "SELL", 2))
    world.wait(0.4)
    world.master(an_order("M1", filled_quantity=8, status="COMPLETE", **row))
    world.fill(first)
    assert serve(world) == [("SELL", 2)]
    assert (world.held(), world.ledger().exact()) == (6, 6)
    world.check_journal()
