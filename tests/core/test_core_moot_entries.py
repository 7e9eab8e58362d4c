"""A question about an entry whose order he ended unfilled is over, whatever else of the symbol he holds."""

import pytest

from engine.core.values.offers import OfferKind
from tests.core.core_offers import offered, the_offer
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
