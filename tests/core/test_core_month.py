"""A month of days: what was copied long ago is neither kept in memory nor counted as of today."""

from engine.core.chat.reading import status_view
from engine.core.values.market import Venue
from tests.core.core_world import FATHER, World, a_follower, done
from tests.core.overnight_world import next_day


def _lag(world: World) -> int | None:
    view = status_view(world.state, now=world.now)
    return next(each.lag_p95_ms for each in view.accounts if each.name == FATHER)


def _copied() -> World:
    world = World(a_follower(), venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    return world


def test_orders_of_long_ago_are_forgotten_and_those_that_a_book_may_still_show_are_not():
    world = _copied()
    (tag,) = world.state.children
    for _ in range(10):
        next_day(world)
        assert tag in world.state.children, "over any row of holidays a broker may show it"
    next_day(world)
    assert not world.state.children
    world.restart()
    assert not world.state.children


def test_the_lag_in_status_is_of_today():
    world = _copied()
    assert _lag(world) is not None
    next_day(world)
    assert _lag(world) is None
