"""/panic in the worst order of things: under way in another mode, and with many followers."""

from typing_extensions import override

from engine.core.observe.panic import panic_lines
from engine.core.values.market import Side, Venue
from tests.core.core_world import World, a_follower, done
from tests.core.fence_world import adopt, by_another_copy, tag_of
from tests.core.test_core_panic import holding, line, panic


def test_a_panic_that_goes_on_on_paper_does_not_keep_one_in_live_from_closing():
    """No price comes on paper, so its exit rests; meanwhile real copies were found and counted."""
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    assert panic(world, Venue.PAPER).accepted
    assert world.ack().venue is Venue.PAPER
    world.go_live()
    by_another_copy(world, tag_of(world, "M1"))
    world.read()
    assert adopt(world).accepted
    world.wait(5)
    assert (world.held(), len(world.pending)) == (10, 0)

    reply = panic(world, Venue.LIVE)
    assert reply.accepted
    assert "1 copied holding is being closed" in reply.text
    exit_ = world.place()
    assert (exit_.venue, exit_.side, exit_.quantity) == (Venue.LIVE, Side.SELL, 10)
    assert world.state.panic.venue is Venue.LIVE
    (told,) = world.alerts("PAPER")
    assert "NOT all is verified flat" in told.text, "what was left of the first is said"
    world.check_journal()


class _Walked(dict):
    """Counts how often all ledgers are gone through."""

    times = 0

    @override
    def values(self):
        self.times += 1
        return super().values()


def test_how_far_it_is_costs_one_walk_through_the_ledgers_however_many_followers():
    names = ["father", "mother", "aunt", "uncle", "cousin"]
    world = holding(*(a_follower(name) for name in names))
    panic(world)
    walked = world.state.books = _Walked(world.state.books)
    lines = panic_lines(world.state, at=world.now)
    assert [each.text.split(";")[0] for each in lines] == ["+10 SBIN"] * len(names)
    assert walked.times == 1


def test_a_close_that_was_refused_for_good_is_named_and_a_second_word_does_not_hide_it():
    """Nothing goes on by itself then: whoever reads "it goes on" would wait for nothing."""
    world = holding()
    panic(world)
    assert "refused" not in line(world)
    for _ in range(4):
        world.refuse(world.place())
        world.wait(15.5)
    assert line(world) == '+10 SBIN; 10 refused for good "no funds": close in Kite'
    assert world.state.panic.ended_at is not None
    assert not world.pending, "what was refused for good is not sent again by itself"
    panic(world)
    assert line(world) == "+10 SBIN; 1 order works", "by a new word it is"
    world.check_journal()
