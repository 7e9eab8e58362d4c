"""Whatever the master fills and exits of an order while its copy waits for a person, his share of it is copied."""

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core.values.offers import OfferKind
from engine.core.values.rules import Mirror
from tests.core.core_offers import ASKS, GATHERED, press, the_offer
from tests.core.core_world import World, a_follower, an_order, done

WHOLE = 20


@given(
    mirror=st.sampled_from(Mirror),
    ratio=st.sampled_from(("1", "1.5", "2")),
    moves=st.lists(st.integers(-6, 6).filter(bool), max_size=6),
)
@example(mirror=Mirror.SWEEP, ratio="1", moves=[-5])
@settings(max_examples=25, deadline=None)
def test_the_share_of_an_order_that_goes_on_filling_is_copied_but_for_less_than_a_unit(
    mirror, ratio, moves
):
    world = World(a_follower(**ASKS, mirror=mirror, multiplier=ratio))
    world.obliging = True
    filled = net = 10
    world.master(an_order("M1", quantity=WHOLE, price=100, filled_quantity=filled))
    world.wait(GATHERED)
    for number, units in enumerate(moves):
        if units > 0 and filled + units < WHOLE:
            filled += units
            world.master(an_order("M1", quantity=WHOLE, price=100, filled_quantity=filled))
        elif units < 0 < net + units:
            world.master(done(f"X{number}", "SELL", -units))
        else:
            continue
        net += units
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    world.master(done("M1", quantity=WHOLE, price=100))
    world.wait(1)
    for child in list(world.state.open_children.values()):
        world.fill(child.command)
    share = (net + WHOLE - filled) * Fraction(ratio)
    assert world.ledger().exact() == share
    assert 0 <= share - world.held() < 1
    world.check_journal()
