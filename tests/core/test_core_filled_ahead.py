"""Our copy of his resting order has filled before his own did: what his other orders make of that."""

import pytest

from engine.core.values.control import StopCopy
from engine.core.values.keys import Leg
from engine.core.values.market import Product
from engine.core.values.orders import OrderRow
from tests.core.core_world import World, an_order, done

BID = {"order_id": "M1", "side": "BUY", "quantity": 10, "price": 99}


def fill_what_rests(world: World) -> None:
    for child in list(world.ledger().parts["M1"].of(Leg.ENTRY)):
        if not child.has_ended:
            world.fill(child.command)


@pytest.mark.parametrize("ahead", [4, 7, 10])
@pytest.mark.parametrize("pause", [0, 2])
def test_his_bid_that_was_an_exit_meanwhile_is_entered_as_far_as_its_copy_is_gone(ahead, pause):
    """He sells, so that his bid would exit; buys that back; and his bid fills, perhaps before our exit was withdrawn."""
    world = World()
    world.master(an_order(**BID))
    world.fill(world.ack(), ahead)
    world.obliging = True
    world.master(done("M0", "SELL", 10))
    world.wait(1)
    world.obliging = False
    assert world.held() == ahead - 10
    world.hint(done("M2", "BUY", 10))
    if pause:
        world.obliging = True
        world._oblige()
        world.wait(pause)
        world.obliging = False
    world.hint(done(**BID))
    world.obliging = True
    world._oblige()
    for _ in range(3):
        world.wait(3)
        fill_what_rests(world)
    assert world.state.master[world.key().master].net == 10
    assert world.held() == 10
    world.check_journal()


def test_the_same_where_he_has_sold_a_part_of_it_again_in_the_same_read():
    world = World()
    world.master(an_order(**BID))
    world.fill(world.ack())
    world.obliging = True
    world.master(done("M0", "SELL", 10))
    world.wait(1)
    world.master(done("M2", "BUY", 10))
    world.wait(3)
    assert world.held() == 0
    earlier = world.now
    world.sleep(0.4)
    bid = done(**BID, placed_at=earlier, updated_at=earlier)
    world.master(bid, done("X1", "SELL", 2))
    world.wait(5)
    fill_what_rests(world)
    assert world.held() == 8
    world.check_journal()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_delivery_sale_beyond_what_is_known_of_him_is_no_reversal(stopped):
    """Nobody can be short of shares: he held two that were never seen, and his bid still adds to what he has."""
    world = World()
    shares = {"product": Product.CNC}
    world.master(done("M0", quantity=10, **shares))
    world.ack_and_fill()
    world.master(an_order("M1", quantity=5, price=99, **shares))
    world.fill(world.ack())
    if stopped:
        assert world.ask(StopCopy()).accepted
    world.obliging = True
    world.master(done("X1", "SELL", 12, **shares))
    world.wait(12)
    world.master(done("M1", quantity=5, price=99, **shares))
    world.wait(12)
    assert world.ledger(product=Product.CNC).held == 5
    world.check_journal()


def sold_beyond_a_purchase() -> tuple[World, list[OrderRow]]:
    """He sells 20 and 1 and buys 3, of which one has filled first: 19 of the sale wait for the book's order.

    Returns:
        The world, in which all of that was told by the socket, and the rows.
    """
    world = World()
    large, small = {"order_id": "M1", "quantity": 20}, {"order_id": "M2", "quantity": 1}
    buys = {"order_id": "M3", "side": "BUY", "quantity": 3}
    world.master(an_order(**large, side="SELL", price=99))
    first = world.ack()
    world.master(an_order(**small, side="SELL", price=101))
    world.ack()
    world.master(an_order(**buys, price=102))
    bought = world.ack()
    # One of it has filled: his sales would exit that now, and our copies are cut.
    world.hint(an_order(**buys, price=102, filled_quantity=1))
    world.modified()
    world.cancelled()
    world.fill(first)
    world.fill(bought)
    rows = [done(**large, side="SELL"), done(**small, side="SELL"), done(**buys)]
    for row in rows:
        world.hint(row)
    return world, rows


def test_what_filled_ahead_of_a_fill_that_a_read_is_yet_to_order_is_not_closed_with_another():
    """His sale of one is folded, and bought back "whole": of what else is sold that is a small part."""
    world, rows = sold_beyond_a_purchase()
    assert world.held() == world.ledger().virtual == -16, "nothing of that was exited"
    world.obliging = True
    world._oblige()
    world.master(*rows)
    for _ in range(3):
        world.wait(3)
        fill_what_rests(world)
    assert world.state.master[world.key().master].net == world.ledger().exact() == -18
    assert world.held() in (-17, -18)
    world.master(done("M4", "SELL", 10))
    assert world.held() == -28
    world.check_journal()


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_what_filled_ahead_of_a_fill_that_a_read_is_yet_to_order_is_not_owed_to_the_next_order(
    side,
):
    world, _ = sold_beyond_a_purchase()
    world.hint(an_order("M4", side, 40, price=100))
    # One of the sale that was bought back is owed; the 19 are for what the book will show.
    assert world.ledger().parts["M4"].carry == -1
    world.check_journal()
