"""What was told once is told again when it happens again: later on the day, or on another one."""

import pytest

from engine.core.values.events import Faulted
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import World, a_follower, an_order
from tests.core.fence_world import by_another_copy
from tests.core.overnight_world import next_day


def _left_over(world: World, order_id: str) -> None:
    """The master's order ends unfilled while the copy has filled."""
    world.master(an_order(order_id, price="99.5"))
    world.ack_and_fill()
    world.master(an_order(order_id, price="99.5", status="CANCELLED"))
    world.wait(3)


def test_the_same_is_left_again_after_it_was_closed_and_people_are_asked_again():
    world = World(a_follower(orphan="ask"))
    _left_over(world, "M1")
    press(world, the_offer(world, OfferKind.ORPHAN), "Close it")
    world.ack_and_fill()
    assert world.held() == 0
    _left_over(world, "M2")
    assert world.held() == 10
    assert len(world.alerts("left while the master is flat")) == 2
    assert the_offer(world, OfferKind.ORPHAN).settled is None
    world.check_journal()


@pytest.mark.parametrize("days", [0, 1])
def test_a_fault_is_told_once_a_day(days):
    world = World()
    for day in range(days + 1):
        if day:
            next_day(world)
        for _ in range(2):
            world.offer(Faulted(topic="engine", text="A fault.", at=world.now))
    assert len(world.alerts("A fault.")) == days + 1


@pytest.mark.parametrize("days", [0, 1])
def test_another_copier_on_an_account_is_named_once_a_day(days):
    """It doubles every order: a month later that is as much news as on the first day."""
    world = World()
    for day in range(days + 1):
        if day:
            next_day(world)
        for number in range(2):
            by_another_copy(world, f"KCZ9AAAAAAAAAAAAAA{day}{number}")
            world.read()
    assert len(world.alerts("another installation of this program")) == days + 1


@pytest.mark.parametrize("days", [0, 1])
def test_a_key_that_cannot_be_planned_is_named_once_a_day(days, monkeypatch):
    world = World()
    monkeypatch.setattr("engine.core.decide.plan_key", lambda *_: 1 // 0)
    for day in range(days + 1):
        if day:
            next_day(world)
        world.master(an_order(f"M{day}1"))
        world.master(an_order(f"M{day}2"))
    assert len(world.alerts("while planning SBIN")) == days + 1
