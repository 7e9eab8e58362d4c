"""An exit whose copy filled ahead met the claim of another of his exits: its own is owed in full again."""

import pytest

from engine.core.values.keys import Leg
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done

TARGET = {"order_id": "T1", "side": "SELL", "quantity": 10, "price": 110}


def fill_what_rests(world: World) -> None:
    for child in list(world.ledger().parts["T1"].of(Leg.EXIT)):
        if not child.has_ended:
            world.fill(child.command)


def with_a_target_that_gave(ahead: int) -> World:
    """He sells what he holds past his target, of which so many of our copy had filled; then he buys 30."""
    world = holding()
    world.master(an_order(**TARGET))
    world.fill(world.ack(), ahead)
    world.obliging = True
    world.master(done("X1", "SELL", 10))
    world.wait(10)
    assert world.held() == 0
    world.master(done("M2", "BUY", 30))
    world.wait(10)
    assert world.held() == 30
    return world


@pytest.mark.parametrize("ahead", [4, 7, 10])
def test_what_he_buys_next_is_exited_by_the_whole_of_his_target(ahead):
    world = with_a_target_that_gave(ahead)
    resting = world.ledger().parts["T1"].outstanding(Leg.EXIT)
    assert resting == 10, "his target rests here as large as his"
    world.master(done(**TARGET))
    fill_what_rests(world)
    world.wait(10)
    assert world.held() == 20
    world.check_journal()


def test_a_target_that_he_cancels_then_has_exited_nothing_of_what_he_bought():
    world = with_a_target_that_gave(10)
    world.master(an_order(**TARGET, status="CANCELLED"))
    world.wait(10)
    assert world.held() == 30
    assert not world.ledger().parts["T1"].outstanding(Leg.EXIT)
    world.check_journal()


def test_two_exits_that_filled_ahead_share_the_claim_they_met():
    world = holding(quantity=20)
    for order_id in ("T1", "T2"):
        world.master(an_order(**{**TARGET, "order_id": order_id}))
        world.fill(world.ack())
    world.obliging = True
    world.master(done("X1", "SELL", 20))
    world.wait(10)
    assert world.held() == 0
    world.master(done("M2", "BUY", 40))
    world.wait(10)
    parts = world.ledger().parts
    assert [parts[each].outstanding(Leg.EXIT) for each in ("T1", "T2")] == [10, 10]
    world.check_journal()
