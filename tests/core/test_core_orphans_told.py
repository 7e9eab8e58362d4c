"""A copied excess that no order of today can carry out any more: told, with the mend."""

import pytest

from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import World, a_follower, an_order


def late_excess(**rules) -> World:
    """The close of what was left was refused, and then more of the same entry shows up as filled."""
    world = World(a_follower(**rules))
    world.master(an_order("M1", price="99.5"))
    child = world.ack()
    world.fill(child, 5)
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.cancelled()
    if rules:
        world.wait(3)
        press(world, the_offer(world, OfferKind.ORPHAN), "Close it")
    else:
        world.wait(3)
    world.refuse(world.place())
    world.change(child, filled_quantity=8)
    world.wait(5)
    return world


@pytest.mark.parametrize("rules", [{}, {"orphan": "ask"}])
def test_what_is_left_after_a_refused_close_is_told_once_with_the_mend(rules):
    world = late_excess(**rules)
    assert world.held() == 8
    (alert,) = world.alerts("3 copied SBIN are left while the master is flat")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert alert.text.endswith("Close them in Kite.")
    world.wait(30)
    assert len(world.alerts("3 copied SBIN")) == 1
    assert not world.pending
    world.check_journal()
