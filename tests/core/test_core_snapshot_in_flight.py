"""Positions that were on their way while a fill of ours was told may know of it, or not."""

from datetime import datetime

from engine.core.values.commands import Place
from engine.core.values.events import PositionsRead
from engine.core.values.keys import Leg
from engine.core.values.market import Venue
from tests.core.core_holdings import a_position
from tests.core.core_world import FATHER, World, done


def answered(world: World, units: int, *, asked_at: datetime) -> None:
    world.offer(
        PositionsRead(
            venue=Venue.LIVE, account=FATHER, rows=(a_position(units),), holdings=None,
            asked_at=asked_at, at=world.now,
        )
    )  # fmt: skip


def sells(world: World) -> list[int]:
    return [each.filled or each.outstanding for each in world.children("X1", Leg.EXIT)]


def half_closed_by_others() -> tuple[World, Place]:
    """20 were just copied, other hands have sold 10: his exit is cut to 10 and on its way."""
    world = World()
    world.master(done("M1", "BUY", 20))
    world.ack_and_fill()
    world.wait(1)
    world.positions(a_position(10))
    world.master(done("X1", "SELL", 20))
    return world, world.ack()


def test_what_an_exit_has_sold_is_not_sold_again_by_positions_asked_before_it_filled():
    """The answer shows 10 still: those that were just sold, or others. The next answer tells."""
    world, exit_ = half_closed_by_others()
    asked_at = world.now
    world.wait(0.2, step=0.1)
    world.fill(exit_)
    world.wait(0.2, step=0.1)
    answered(world, 10, asked_at=asked_at)
    world.wait(2)
    assert (sells(world), world.held()) == ([10], 10)
    world.positions(a_position(0))
    world.wait(5)
    world.positions(a_position(0))
    assert sells(world) == [10], "all is gone: nothing is left to sell"
    assert world.held() == 0
    world.check_journal()


def test_what_is_left_is_sold_as_soon_as_the_next_positions_show_it():
    """It was the other way round: 20 were there at the question, and 10 are there now."""
    world, exit_ = half_closed_by_others()
    asked_at = world.now
    world.wait(0.2, step=0.1)
    world.fill(exit_)
    answered(world, 10, asked_at=asked_at)
    assert sells(world) == [10]
    world.wait(0.5, step=0.1)
    answered(world, 10, asked_at=world.now)
    world.wait(2)
    assert sells(world) == [10, 10]
    world.check_journal()


def test_positions_that_may_show_all_that_is_held_hold_no_exit_back():
    """He sells out in two orders; the fill of the first is told while the positions are on their way."""
    world = World()
    world.master(done("M1", "BUY", 20))
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(20))
    world.master(done("X1", "SELL", 10))
    first, asked_at = world.ack(), world.now
    world.wait(0.2, step=0.1)
    world.fill(first)
    answered(world, 10, asked_at=asked_at)
    world.master(done("X2", "SELL", 10))
    assert world.place().quantity == 10
    assert not world.alerts("the exit is cut")
