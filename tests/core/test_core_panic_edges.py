"""/panic at its edges: a follower who is gone, paper beside LIVE, and two words in one moment."""

from engine.core.observe.panic import panic_lines
from engine.core.values.market import Venue
from engine.core.values.panic import is_panic_topic
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order
from tests.core.test_core_panic import holding, line, panic


def test_without_a_panic_there_is_nothing_to_tell():
    world = holding()
    assert panic_lines(world.state, at=world.now) == ()


def test_what_a_follower_holds_who_is_not_configured_any_more_is_left_to_a_person():
    world = holding(a_follower(), a_follower("mother"))
    world.restart(rules=[a_follower("father")])
    for name in (FATHER, MOTHER):
        world.log_in(name)
    panic(world)
    assert line(world, MOTHER) == "+10 SBIN. Not configured any more: close it in Kite"
    assert all(each.follower == FATHER for each in world.pending)


def test_a_second_word_in_the_same_moment_closes_what_has_filled_meanwhile():
    """An entry fills before its cancel: what it bought is closed by an order of its own."""
    world = holding()
    world.master(an_order("M2", price=99))
    entry = world.ack()
    panic(world)
    world.fill(entry, 4)
    panic(world)
    sold = {each.tag: each.quantity for each in world.places() if each.side.value == "SELL"}
    assert sorted(sold.values()) == [4, 10]
    assert world.ledger().virtual == 0
    world.check_journal()


def test_what_is_copied_on_paper_is_none_of_a_panic_in_live():
    world = World(venue=Venue.PAPER)
    world.master(an_order("M1", price=99))
    world.go_live()
    panic(world)
    assert line(world) == "nothing is copied"


def test_the_card_of_a_panic_is_known_by_its_topic():
    world = holding()
    panic(world)
    topics = {notice.topic for notice in world.notices if is_panic_topic(notice.topic)}
    assert len(topics) == 1
    assert not is_panic_topic("engine")
