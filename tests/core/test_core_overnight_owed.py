"""What is owed of a position is the same in the evening and the next morning."""

import pytest

from tests.core.core_world import World, an_order, done
from tests.core.test_core_overnight_unknown import CARRIED, ledger, next_morning


@pytest.mark.parametrize("night", [False, True])
def test_what_an_exit_sold_ahead_of_one_that_he_cancels_is_made_up_by_his_next_entry(night):
    """Ours sold 300 of 750 before his did, and he took his back: he has 750 still and goes to 900."""
    world = World()
    entered = done("M1", quantity=750, **CARRIED)
    world.master(entered)
    world.ack_and_fill()
    target = an_order("T1", "SELL", quantity=300, price=110, **CARRIED)
    world.master(entered, target)
    world.fill(world.ack())
    assert ledger(world).held == 450
    ended = an_order("T1", "SELL", quantity=300, price=110, status="CANCELLED", **CARRIED)
    world.master(entered, ended)
    world.wait(3)
    if night:
        next_morning(world, 750)
    world.pending.clear()
    world.master(done("M2", quantity=150, **CARRIED))
    assert world.ack_and_fill().quantity == 450
    assert ledger(world).held == 900
    world.check_journal()
