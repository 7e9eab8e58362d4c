"""When a cancel must wait for the rate budget, and when it is asked again."""

import pytest

from engine.core.values.commands import Cancel
from engine.core.values.events import Allowance
from engine.core.values.market import Venue
from tests.core.core_world import FATHER, World, an_order, done


def test_a_cancel_waits_for_the_next_seconds_budget_and_goes_before_what_is_planned():
    world = World()
    world.master(an_order(price="99"))
    entry = world.ack()
    world.allowances[FATHER] = Allowance(entries=0, total=0)
    world.master(an_order(price="99", status="CANCELLED"), done("M2", symbol="INFY"))
    assert not world.pending
    world.allowances[FATHER] = Allowance(entries=1, total=1)
    world.wait(1)
    first = world.take()
    assert isinstance(first, Cancel), first
    assert world.cancelled(first) == entry


@pytest.mark.parametrize("waited", [0.5, 1.0])
def test_a_cancel_that_a_crash_took_from_the_paper_venue_is_asked_again_after_a_second(waited):
    """There is no book to be read that would tell what became of it."""
    world = World(venue=Venue.PAPER)
    world.master(an_order(price="99"))
    entry = world.ack()
    cancelled = an_order(price="99", status="CANCELLED")
    world.master(cancelled)
    lost = world.cancel()
    world.restart()
    world.sleep(waited)
    world.master(cancelled)
    world.wait(0.01)
    again = [each for each in world.pending if isinstance(each, Cancel)]
    assert len(again) == (waited >= 1)
    assert {each.order_id for each in again} <= {lost.order_id}
    assert world.state.children[entry.tag].cancel.times == 1 + len(again)
