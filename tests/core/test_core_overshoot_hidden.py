"""An exit that fills when nothing is left on the other side, beside an entry on its own: that is too much."""

import pytest

from engine.core.values.commands import Place, RefusalKind
from engine.core.values.keys import Leg
from tests.core.core_world import World, an_order, done

STOP = {"order_id": "T1", "side": "BUY", "quantity": 10, "order_type": "SL", "trigger_price": 102}


def reversed_beside_a_stop_that_cannot_be_cancelled() -> tuple[World, Place]:
    """He is short 10 with a stop and a target, and makes the target 15, which fills: long 5. His stop still works.

    Returns:
        The world, in which the copy of his stop rests and the exchange refuses to cancel it, and that copy.
    """
    world = World()
    world.obliging = True
    world.master(done("M1", "SELL", 10))
    assert world.held() == -10
    world.obliging = False
    world.master(an_order(**STOP, price=102))
    stop = world.ack()
    world.master(done("T2", "BUY", 15))
    world.refuse(world.cancel(), RefusalKind.BUSY, "being processed")
    for _ in range(2):  # the close of the short, and the entry
        world.ack_and_fill()
    assert world.held() == 5
    return world, stop


def test_an_exit_that_fills_beside_the_entry_of_a_reversal_is_covered_at_once():
    world, stop = reversed_beside_a_stop_that_cannot_be_cancelled()
    world.fill(stop)
    world.obliging = True
    world._oblige()
    world.wait(3)
    assert world.held() == 5
    assert world.children("T1", Leg.COVER)
    assert world.alerts("through zero")[0].severity == "critical"
    world.master(done("X1", "SELL", 5))
    world.wait(3)
    assert world.held() == 0
    world.check_journal()


@pytest.mark.parametrize("first", ["his", "ours"])
def test_where_his_own_stop_has_filled_as_an_entry_he_has_what_he_wants(first):
    world, stop = reversed_beside_a_stop_that_cannot_be_cancelled()
    for whose in (first, "ours" if first == "his" else "his"):
        if whose == "ours":
            world.fill(stop)
        else:
            world.master(done(**STOP))
    world.obliging = True
    world._oblige()
    for _ in range(4):
        world.wait(3)
        for child in world.children("T1", Leg.ENTRY):
            if not child.has_ended:
                world.fill(child.command)
    assert world.state.master[world.key().master].net == 15
    assert world.held() == 15
    world.check_journal()
