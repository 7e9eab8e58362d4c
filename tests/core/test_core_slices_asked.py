"""Slices that are asked about as one: what a press says and measures where he is out of the first again."""

from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import World, a_follower, an_order, done


def out_of_the_first(**rules) -> World:
    """Return a world in which two slices were asked about and only the second, at 99, is still his."""
    world = World(a_follower(ask_first=True, **rules))
    world.master(done("M1", price=100, quantity=5), an_order("M2", price=99, quantity=7))
    world.wait(2.5)
    world.master(done("X1", "SELL", quantity=5))
    world.master(done("M2", price=99, quantity=7))
    return world


def test_the_reply_names_the_price_of_what_is_copied():
    world = out_of_the_first()
    reply = press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert reply.text == "Sent: BUY 7 SBIN. Master's price 99."
    assert world.place().quantity == 7


#: What 7 at 99 may cost at their band: 7 x 99.95. At the first slice's 100 they would be over it.
JUST_ENOUGH = 700


def test_a_limit_is_measured_by_the_price_of_what_is_copied():
    world = out_of_the_first(max_order_value=JUST_ENOUGH)
    assert press(world, the_offer(world, OfferKind.APPROVAL), "Copy").accepted
    assert world.place().quantity == 7


def test_what_is_over_a_limit_at_its_band_is_not_said_to_be_sent():
    """At his price it was within it, when it was asked about; what leaves now may cost its band."""
    world = out_of_the_first(max_order_value=694)
    reply = press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert not reply.accepted
    assert "is over MAX_ORDER_VALUE 694" in reply.text
    assert not world.pending
