"""Open orders of the master at a start: what of them is copied, and why others are not."""

from engine.core.values import control as c
from engine.core.values.market import Exchange
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER, World, a_follower, an_order


def started(world: World) -> str:
    """Start with the open orders; return what is said."""
    return world.ask(c.StartCopy(copy_open_orders=True)).text


def test_an_open_order_of_a_segment_that_is_off_shows_that_as_its_reason():
    world = World(a_follower(segments=frozenset({Exchange.NFO})), copying=False)
    world.master(an_order("M1", price=99))
    assert "are copied too" not in started(world)
    assert world.skip_of("M1") is SkipReason.SEGMENT
    assert not world.places()
    world.check_journal()


def test_an_open_order_of_a_paused_follower_is_copied_by_the_start_after_he_is_resumed():
    world = World(copying=False)
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(an_order("M1", price=99))
    assert "are copied too" not in started(world)
    assert world.ask(c.ResumeFollower(follower=FATHER)).accepted
    assert "1 open order of the master is copied too." in started(world)
    world.wait(1)
    world.read()
    world.positions()
    assert world.place().price == 99
