"""Another copy of us on the same account, or a store of the past: entries freeze."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.core.chat.reading import status_view
from engine.core.observe.adoption import strangers_view
from engine.core.risk.preflight import preflight
from engine.core.values import control as c
from engine.core.values.market import OrderStatus, Side, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.views import CheckLevel
from tests.core.core_world import FATHER, MOTHER, PLENTY, World, a_follower, done
from tests.core.fence_world import adopt, by_another_copy, tag_of


def two_followers() -> World:
    return World(a_follower(), a_follower("mother"))


def test_an_order_of_our_tag_that_the_journal_lacks_freezes_entries_of_every_account_at_once():
    world = two_followers()
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    (alert,) = world.alerts("that this program did not send")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert "copytrader adopt" in alert.text
    world.master(done("M1"))
    assert not world.commands
    for name in (FATHER, MOTHER):
        assert world.skip_of("M1", name=name) is SkipReason.FENCED
    view = status_view(world.state, now=world.now)
    assert view.frozen
    assert "copytrader adopt" in view.problems[0]
    fails = [
        x.text
        for x in preflight(world.state, Venue.LIVE, now=world.now)
        if x.level is CheckLevel.FAIL
    ]
    assert any("frozen" in text for text in fails)
    world.check_journal()


def test_a_second_order_under_the_tag_of_one_of_ours_freezes_too():
    """A copy of the same store makes the same tags: this is what two of us look like."""
    world = two_followers()
    world.master(done("M1"))
    entry = world.ack_and_fill()
    world.ack_and_fill()
    by_another_copy(world, entry.tag)
    world.read()
    assert world.alerts("a second order under the tag of one of ours")
    world.master(done("M2", symbol="INFY"))
    assert not world.pending
    assert world.skip_of("M2", symbol="INFY", name=MOTHER) is SkipReason.FENCED


def test_exits_follow_what_is_held_while_entries_are_frozen():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    by_another_copy(world, tag_of(world, "M9"), symbol="INFY")
    world.read()
    world.master(done("X1", "SELL"))
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 10)
    assert world.held() == 0


def test_what_was_planned_before_does_not_leave_either():
    world = World()
    world.allowances = {FATHER: replace(PLENTY, entries=0)}
    world.master(done("M1"))
    assert not world.pending
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    world.allowances = {}
    world.wait(1)
    assert not world.pending


def test_the_freeze_survives_a_restart_and_is_named_again():
    world = World()
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    world.restart()
    assert world.state.fence.frozen is not None
    assert world.alerts("Started, but entries are frozen")
    world.read()
    assert len(world.alerts("that this program did not send")) == 1, "told once, not at every start"
    world.master(done("M1"))
    assert not world.pending


def test_another_installation_is_named_once_and_freezes_nothing():
    world = World()
    by_another_copy(world, "KCZZABCDEFGHIJKLMNOP")
    by_another_copy(world, "KCZZABCDEFGHIJKLMNOQ")
    world.read()
    (alert,) = world.alerts("another installation")
    assert "KCZZ" in alert.text
    world.master(done("M1"))
    assert world.place()


def test_a_store_that_was_taken_from_the_past_enters_nothing_before_every_book_was_looked_at():
    world = two_followers()
    world.ask(c.AcceptStore())
    world.restart()
    world.read(FATHER)
    world.master(done("M1"))
    assert not world.pending
    reply = adopt(world)
    assert not reply.accepted
    assert "mother" in reply.text
    world.read(MOTHER)
    assert adopt(world).accepted
    world.master(done("M2", symbol="INFY"))
    assert len(world.pending) == 2


def test_a_late_row_of_a_stranger_does_not_take_its_fill_back():
    world = World()
    row = by_another_copy(world, tag_of(world, "M9"))
    world.read()
    late = replace(row, status=OrderStatus.OPEN, filled_quantity=0)
    world.read(rows=[late])
    assert strangers_view(world.state)[0].filled == 10


@pytest.mark.parametrize("days", [1, 2])
def test_yesterdays_strangers_stay_a_reason_until_a_person_has_adopted(days):
    world = World()
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    world.wait(timedelta(days=days).total_seconds(), step=3600)
    assert world.state.fence.frozen is not None
    (listed,) = strangers_view(world.state)
    assert listed.becomes == "the owner's own"
