"""A question about an entry whose order he ended unfilled is over, whatever else of the symbol he holds."""

import pytest

from engine.core.values.keys import Leg
from engine.core.values.market import Side
from engine.core.values.offers import OfferKind
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import World, an_order, done


def refused_beside_a_holding() -> World:
    """He holds 10 and has another 10 resting, of which the copy was refused."""
    world = World()
    world.master(done("M1", price=100))
    world.ack_and_fill()
    world.master(an_order("M2", price=99))
    world.refuse(world.place())
    return world


@pytest.mark.parametrize("status", ["CANCELLED", "REJECTED"])
def test_a_retry_is_over_once_his_order_has_ended_and_filled_nothing(status):
    world = refused_beside_a_holding()
    offer = the_offer(world, OfferKind.ENTRY)
    world.master(an_order("M2", price=99, status=status))
    assert offer.settled is not None
    assert offer.settled.text == "Settled: his order has ended and entered nothing."
    world.check_journal()


def test_a_retry_stays_for_what_his_order_has_filled():
    world = refused_beside_a_holding()
    world.master(an_order("M2", price=99, status="CANCELLED", filled_quantity=4))
    assert offered(world, OfferKind.ENTRY)


def test_a_retry_waits_for_the_book_where_a_fill_told_by_the_socket_may_have_been_the_second():
    """He is short and his bid fills through zero: how far it is an entry only his book can tell."""
    world = World()
    world.master(an_order("M1", price=99))
    world.refuse(world.place())
    offer = the_offer(world, OfferKind.ENTRY)
    world.master(done("S1", "SELL", 4), an_order("S2", "SELL", 3, price=105))
    for sold in (world.ack_and_fill(), world.ack()):
        assert sold.side is Side.SELL
    world.hint(done("M1", price=99))
    reply = press(world, offer, "Retry")
    assert not reply.accepted
    assert "press again in a few seconds" in reply.text
    assert offer.settled is None
    world.wait(1)
    world.obliging = True
    world.master(done("M1", price=99))
    world.wait(3)
    for child in world.children("M1", Leg.EXIT):
        if not child.has_ended:
            world.fill(child.command)
    assert (world.held(), world.state.master[world.key().master].net) == (0, 6)
    world.obliging = False
    assert press(world, offer, "Retry").text == "Sent: BUY 6 SBIN."
    assert world.ack_and_fill().quantity == 6
