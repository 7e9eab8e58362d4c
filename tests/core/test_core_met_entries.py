"""What our copies filled ahead of his orders met his exits: it is entered when his own fills are told, and exited once."""

import pytest

from engine.core.values.keys import Leg
from tests.core.core_world import World, an_order, done

OFFER = {"order_id": "M1", "side": "SELL", "quantity": 10, "price": 100}
BID = {"order_id": "M2", "side": "BUY", "quantity": 10, "price": 100}


def drain(world: World) -> None:
    """Take every write, and have whatever rests of ours fill."""
    for _ in range(4):
        world.obliging = True
        world._oblige()
        world.wait(3)
        for child in list(world.state.children.values()):
            if child.order_id is not None and not child.has_ended:
                world.fill(child.command)
    world._oblige()
    world.obliging = False


def both_filled_ahead(world: World) -> None:
    world.master(an_order(**OFFER), an_order(**BID))
    for ours in (world.ack(), world.ack()):
        world.fill(ours)
    assert world.held() == 0


def sides(world: World) -> list[tuple[str, int]]:
    return [(each.side.value, each.quantity) for each in world.places()]


@pytest.mark.parametrize("reads", ["one", "one each", "his next ones in a later one"])
def test_his_next_orders_are_not_bought_back_for_an_exit_that_our_copies_met_before(reads):
    """A sale and the purchase that closed it: ours of both had filled. Then he sold two and two more."""
    world = World()
    both_filled_ahead(world)
    sold = [an_order(name, "SELL", 2, price=100) for name in ("M3", "M4")]
    world.master(*sold)
    told = [done(**OFFER), done(**BID), *(done(row.order_id, "SELL", 2, price=100) for row in sold)]
    groups = {"one": [4], "one each": [1, 1, 1, 1], "his next ones in a later one": [2, 2]}[reads]
    for size in groups:
        world.sleep(0.01)
        stamped = []
        for row in told[:size]:
            world.sleep(0.01)
            stamped.append(world._stamped(row))
        told = told[size:]
        world.master(*stamped)
    drain(world)
    assert world.held() == -4
    assert ("BUY", 2) not in sides(world), "nothing was held that an exit could have closed"
    world.check_journal()


def test_what_the_copy_of_his_exit_sold_ahead_is_not_sold_again_as_the_entry_fills():
    """Our offer of 2 had sold them; then his bid filled in parts and his offer between them."""
    world = World()
    world.master(an_order("M1", "SELL", 2, price=100), an_order(**BID))
    sold = world.ack()
    bid = world.ack()
    world.fill(sold)
    world.master(an_order(**BID, filled_quantity=3))
    world.sleep(0.01)
    offer = world._stamped(done("M1", "SELL", 2, price=100))
    world.sleep(0.01)
    world.master(offer, done(**BID))
    world.obliging = True
    world._oblige()
    world.obliging = False
    world.fill(bid)
    drain(world)
    assert world.held() == 8
    assert ("SELL", 2) not in sides(world)[2:]
    world.check_journal()


@pytest.mark.parametrize("pieces", [[10], [4, 10], [1, 5, 10]])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_met_the_exit_is_entered_though_his_fills_come_in_later_reads(pieces, restarted):
    """One read tells his sale and the purchase that closes it; his other bid fills in reads of their own."""
    world = World()
    world.master(an_order("S1", "SELL", 10, price=99, filled_quantity=1))
    sold = world.ack()
    world.master(an_order("B1", price=98))
    world.master(an_order("B1", price=98, filled_quantity=1))
    world.master(an_order(**(BID | {"price": 101})))
    bought = world.ack()
    world.fill(sold, price=99)
    world.fill(bought, price=101)
    drain(world)
    assert world.held() == 0
    offer = world._stamped(done("S1", "SELL", 10, price=99))
    world.sleep(0.01)
    world.master(offer, done("B1", price=98))
    drain(world)
    assert (world.held(), world.state.master[world.key().master].net) == (0, 0)
    assert world.ledger().parts["M2"].met > 0
    if restarted:
        world.restart()
        world.read()
    for units in pieces:
        world.sleep(1)
        status = "COMPLETE" if units == 10 else "OPEN"
        world.master(an_order(**(BID | {"price": 101}), filled_quantity=units, status=status))
        drain(world)
        assert world.held() >= units
    assert world.held() == 10
    assert len(world.ledger().parts["M2"].of(Leg.ENTRY)) > 1
    world.check_journal()


def test_a_reversal_whose_entry_filled_before_its_exit_comes_to_what_he_has():
    """Our bid filled the part that turned him before the part that closed him, which then had nothing to close."""
    world = World()
    world.master(an_order("M1", "SELL", 5, price=100))
    sold = world.ack()
    world.fill(sold)
    world.master(an_order("M2", "BUY", 10, price=100, filled_quantity=1))
    bought = world.ack()
    world.master(done("M1", "SELL", 5, price=100))
    world.obliging = True
    world._oblige()
    world.obliging = False
    world.master(done(**BID))
    world.obliging = True
    world._oblige()
    world.obliging = False
    world.fill(bought)
    drain(world)
    assert world.held() == 5
    world.check_journal()


@pytest.mark.parametrize("told", [False, True])
def test_a_bid_that_fills_late_is_not_sold_for_an_offer_whose_copy_had_sold_already(told):
    """His bid and his offer both rested. Ours of the offer filled first, and was the exit of his bid's units."""
    world = World()
    world.master(an_order("M1", "BUY", 5, price=100), an_order("T1", "SELL", 2, price=101))
    bid, offer = world.ack(), world.ack()
    world.fill(offer, price=101)
    world.master(done("M1", "BUY", 5, price=100))
    if told:
        world.wait(1)
    world.master(done("T1", "SELL", 2, price=101))
    world.obliging = True
    world._oblige()
    world.fill(bid)
    drain(world)
    assert world.held() == 3
    assert ("SELL", 2) not in sides(world)[2:]
    world.check_journal()
