"""Orders that were over before a follower began: their cards say nothing of him."""

from engine.core.chat.reading_copies import copy_view
from engine.core.values import control as c
from engine.core.values.keys import Leg
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import NoticeKind
from tests.core.core_reread import reread
from tests.core.core_world import FATHER, World, a_follower, done

MOTHER = AccountName("mother")


def round_trip(venue: Venue) -> World:
    """He bought and sold, and the father followed."""
    world = World(a_follower(), venue=venue)
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.wait(5)
    return world


def names_on(world: World, order_id: str) -> list[AccountName]:
    view = copy_view(world.state, world.state.venue, OrderId(order_id))
    assert view is not None
    return [child.follower for child in view.children]


def cards(world: World) -> int:
    return sum(notice.kind is NoticeKind.CARD for notice in world.notices)


def test_a_switch_to_live_says_nothing_on_orders_that_were_copied_on_paper():
    world = round_trip(Venue.PAPER)
    before = cards(world)
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert names_on(world, "M1") == names_on(world, "X1") == []
    assert cards(world) == before
    world.check_journal()


def test_a_follower_who_was_added_since_is_not_on_the_cards_of_before():
    world = round_trip(Venue.PAPER)
    reread(world, a_follower(), a_follower(MOTHER))
    assert MOTHER in world.state.rules
    world.wait(5)
    assert names_on(world, "M1") == names_on(world, "X1") == [FATHER]
    world.check_journal()


def test_an_exit_that_comes_while_he_takes_part_has_its_reason_as_ever():
    world = World()
    world.master(done())
    world.refuse(world.place())
    world.master(done("X1", "SELL"))
    assert world.skip_of("X1", Leg.EXIT) is not None
    assert names_on(world, "X1") == [FATHER]
