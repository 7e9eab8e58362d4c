"""A copy of one exit sold more than that order's share: his others rest for what is left, and no more together."""

import pytest

from engine.core.values.control import PauseFollower
from engine.core.values.keys import Leg
from tests.core.core_world import FATHER, World, an_order, done


def rests(world: World, *names: str) -> list[int]:
    return [sum(each.outstanding for each in world.children(name, Leg.EXIT)) for name in names]


@pytest.mark.parametrize(
    ("target", "others", "rest"),
    [
        (60, (70, 70), [70, 70]),  # what it sold is its own share: 60 of 200
        (59, (70, 70), [69, 69]),  # one beyond it: the others are for 140 of the 141 that are left
        (20, (90, 90), [70, 70]),  # he made it a third: 180 of 180 that are left
        (20, (45, 45), [35, 35]),
        (20, (90, 180), [70, 140]),  # his target and stop lie over each other: so do ours
    ],
)
def test_exits_rest_for_what_is_left_where_one_was_made_smaller_after_its_copy_had_filled(
    target, others, rest
):
    world = World()
    world.master(done("M1", quantity=100))
    world.ack_and_fill()
    world.master(an_order("T1", "SELL", 60, price=110))
    world.fill(world.ack())
    world.master(done("M2", quantity=100))
    world.ack_and_fill(world.children("M2", Leg.ENTRY)[0].command)
    world.pending.clear()
    assert world.held() == 140
    world.master(an_order("T1", "SELL", target, price=110))
    rows = [an_order(f"X{n}", "SELL", units, price=120 + n) for n, units in enumerate(others)]
    world.master(*rows)
    assert rests(world, "X0", "X1") == rest
    world.check_journal()


def test_exits_rest_for_what_is_left_where_he_bought_on_while_the_follower_was_paused():
    world = World()
    world.master(done("M1", quantity=100))
    world.ack_and_fill()
    world.master(an_order("T1", "SELL", 100, price=110))
    ours = world.ack()
    world.ask(PauseFollower(follower=FATHER))
    world.fill(ours, 80)
    world.master(done("M2", quantity=100))
    world.pending.clear()
    assert world.held() == 20
    world.master(*[an_order(name, "SELL", 50, price=120) for name in ("X0", "X1")])
    assert rests(world, "X0", "X1") == [10, 10]
    world.check_journal()
