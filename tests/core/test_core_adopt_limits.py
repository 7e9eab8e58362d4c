"""What adopting counts as copied, and what it leaves to the owner, at its edges."""

import pytest

from engine.core.observe.adoption import strangers_view
from engine.core.values import control as c
from engine.core.values.keys import Leg
from engine.core.values.market import Tag, Venue
from engine.core.values.orders import OrderRow
from tests.core.core_holdings import a_position
from tests.core.core_world import FATHER, World, a_follower, an_order, done
from tests.core.test_core_fence import adopt, by_another_copy, tag_of


def sent_elsewhere(world: World, tag: str, side: str = "BUY", **changed) -> OrderRow:
    """Put an order for 10 SBIN that another copy of us sent into the father's book, and have it read."""
    row = by_another_copy(world, tag, side, **changed)
    world.read()
    return row


def becomes(world: World) -> str:
    (listed,) = strangers_view(world.state)
    return listed.becomes


def test_with_nothing_frozen_there_is_nothing_to_adopt():
    world = World()
    before = len(world.journal)
    reply = adopt(world)
    assert (reply.accepted, reply.text) == (
        True,
        "Entries are not frozen: there is nothing to adopt.",
    )
    kinds = {kind for kind, _ in world.journal[before:]}
    assert kinds <= {"UpdateAnswered"}


def test_on_paper_adopting_waits_for_no_account_that_cannot_be_sent_to():
    """The same in LIVE asks for the mother's book first, and names the login that is wanting."""
    world = World(a_follower(), a_follower("mother"), venue=Venue.PAPER)
    sent_elsewhere(world, tag_of(world, "M9"))
    world.restart()
    assert adopt(world).accepted
    assert world.state.fence.frozen is None


@pytest.mark.parametrize(("order_id", "copy"), [("M2", True), ("M1", False)])
def test_a_strangers_order_is_traced_among_the_orders_of_its_own_symbol_alone(order_id, copy):
    """M1 is of INFY: whatever a tag on SBIN says, nothing of INFY was bought by it."""
    world = World()
    world.master(done("M1", symbol="INFY"))
    world.ack_and_fill()
    world.ask(c.StopCopy())
    world.master(done("M2"))
    sent_elsewhere(world, tag_of(world, order_id, generation=1))
    assert becomes(world) == ("a copy of #2" if copy else "the owner's own")
    assert adopt(world).accepted
    assert (world.held(), world.held("INFY")) == (10 if copy else 0, 10)
    world.check_journal()


def test_what_is_left_to_the_owner_plans_nothing_of_other_symbols():
    world = World()
    for order_id, symbol in (("M1", "INFY"), ("M2", "SBIN")):
        world.master(done(order_id, symbol=symbol))
        world.ack_and_fill()
    sent_elsewhere(world, "KCK7ABCDEFGHIJKLMNOP")
    assert becomes(world) == "the owner's own"
    assert "1 stays with its owner" in adopt(world).text
    assert (world.held(), world.held("INFY")) == (10, 10)
    assert not world.pending
    assert not world.alerts("fault inside")


def test_an_order_of_a_lost_life_that_filled_nothing_is_left_and_told_as_that():
    """Its tag says which order of his it copied; of nothing filled there is nothing to follow."""
    world = World()
    world.ask(c.StopCopy())
    world.master(done("M1"))
    sent_elsewhere(world, tag_of(world, "M1"), status="CANCELLED")
    assert becomes(world) == "nothing filled"
    assert "as copied" not in adopt(world).text
    assert world.ledger().held == 0
    world.master(done("X1", "SELL"))
    assert not world.pending


def test_an_exit_of_a_lost_life_is_left_to_the_owner_where_nothing_was_copied():
    world = World(copying=False)
    world.master(done("M1"))
    world.master(an_order("X1", "SELL"))
    sent_elsewhere(world, tag_of(world, "X1", Leg.EXIT), "SELL")
    assert becomes(world).startswith("the owner's own")
    assert "1 stays with its owner" in adopt(world).text
    assert not world.pending
    book = world.state.book(world.key())
    assert book is None or book.held == 0


def test_an_exit_of_a_lost_life_beside_one_of_ours_that_works_is_left_to_the_owner():
    """Counted, both would take the same ten, and ours that works would sell what nobody holds."""
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(an_order("X1", "SELL", price="110"))
    ours = world.ack()
    double = sent_elsewhere(world, ours.tag, "SELL")
    assert becomes(world) == "the owner's own (was of #2)"
    assert "1 stays with its owner" in adopt(world).text
    assert world.held() == 10
    assert world.state.fence.has_own(FATHER, Tag(double.tag or ""))


def test_positions_older_than_an_adopted_fill_do_not_tell_what_is_the_owners():
    """He is short of five himself; measured by them nothing would be his, and the exit be cut to five."""
    world = World()
    world.positions(a_position(-5))
    world.ask(c.StopCopy())
    world.master(done("M1"))
    world.wait(2)
    sent_elsewhere(world, tag_of(world, "M1"))
    assert adopt(world).accepted
    world.wait(5)
    world.positions(a_position(5))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0
    assert not world.alerts("the exit is cut")
