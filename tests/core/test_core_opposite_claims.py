"""An exit was refused, and his next entry closed a part of what it had left: what exits that entry has nothing to take."""

import pytest

from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import World, done


def short_of_six_that_were_to_be_closed() -> World:
    """Ten sold short, their exit refused for good; then he bought four, which closed four of ours."""
    world = World()
    world.obliging = True
    world.master(done("M1", "SELL", 10))
    world.obliging = False
    world.master(done("X1", "BUY", 10))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    world.obliging = True
    world.master(done("M2", "BUY", 4))
    assert world.held() == -6
    return world


def test_an_order_through_zero_then_enters_what_it_is_to_and_exits_nothing():
    world = short_of_six_that_were_to_be_closed()
    world.master(done("R1", "SELL", 7))
    world.wait(5)
    entered, exited = world.children("R1", Leg.ENTRY), world.children("R1", Leg.EXIT)
    assert [(each.side, each.filled) for each in entered] == [("SELL", 3)]
    assert not exited, "it would open again what a person is to close"
    skip = world.part("R1").skips[Leg.EXIT]
    assert skip.reason is SkipReason.NOTHING_HELD
    assert "had closed a part" in skip.detail
    assert world.ledger().parts["X1"].unfilled_claim == 6, "what is left for a person"
    world.check_journal()


@pytest.mark.parametrize("sold", [2, 4])
def test_an_exit_of_what_went_into_the_refused_one_sends_nothing_and_says_why(sold):
    world = short_of_six_that_were_to_be_closed()
    world.master(done("X2", "SELL", sold))
    world.wait(5)
    assert world.held() == -6
    assert world.skip_of("X2", Leg.EXIT) is SkipReason.NOTHING_HELD
    assert world.ledger().parts["X1"].unfilled_claim == 10 - sold


def test_a_retry_then_closes_what_is_left_and_no_more():
    world = short_of_six_that_were_to_be_closed()
    world.master(done("R1", "SELL", 4))
    offer = the_offer(world, OfferKind.EXIT)
    assert press(world, offer, "Send the exit again").accepted
    world.wait(5)
    assert world.held() == 0
