"""Adoption of what a lost life sent: what is wanted and exited of it, and what is left to its owner."""

import pytest
from msgspec.structs import replace

from engine.core.observe.adoption import strangers_view
from engine.core.values import control as c
from engine.core.values.keys import Leg
from engine.core.values.market import OrderStatus, Product, Side, Venue
from engine.core.values.orders import PositionRow
from tests.core.core_world import FATHER, World, done
from tests.core.fence_world import adopt, by_another_copy, tag_of


def test_an_entry_of_a_lost_life_is_adopted_as_a_copy_and_exited_with_the_master():
    world = World()
    world.ask(c.StopCopy())
    world.master(done("M1"))
    by_another_copy(world, tag_of(world, "M1"))
    world.read()
    (listed,) = strangers_view(world.state)
    assert listed.becomes == "a copy of #1"
    reply = adopt(world)
    assert reply.accepted
    assert "1 order counts as copied" in reply.text
    assert not world.commands, "nothing is sent by adopting"
    assert world.held() == 10
    world.check_journal()
    world.restart()
    world.read()
    assert world.state.fence.frozen is None, "the adopted order is known now"
    world.master(done("X1", "SELL"))
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 10)
    assert world.held() == 0


@pytest.mark.parametrize("owners", [0, 7])
def test_what_is_adopted_is_not_its_owners_own_though_positions_showed_it_before(owners):
    world = World()
    world.ask(c.StopCopy())
    world.master(done("M1"))
    by_another_copy(world, tag_of(world, "M1"))
    world.wait(3)
    shows = PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=10 + owners)
    world.positions(shows)
    world.read()
    world.wait(1)
    assert adopt(world).accepted
    world.wait(1)
    world.positions(shows)
    world.master(done("X1", "SELL"))
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 10)
    world.check_journal()


def test_a_double_is_adopted_too_so_that_the_masters_exit_closes_both():
    world = World()
    world.master(done("M1"))
    entry = world.ack_and_fill()
    by_another_copy(world, entry.tag)
    world.read()
    assert adopt(world).accepted
    assert world.held() == 20
    world.check_journal()
    world.read()
    assert world.state.fence.frozen is None
    world.master(done("M2"))
    assert not world.pending, "the next entry is cut by what is held too much"
    world.master(done("X1", "SELL", quantity=20))
    assert world.ack_and_fill().quantity == 20
    assert world.held() == 0


def test_an_exit_that_the_lost_life_has_sent_is_never_sent_again():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    # The store is put back to this point; its lost life saw him sell, and sold.
    by_another_copy(world, tag_of(world, "X1", Leg.EXIT), "SELL")
    world.sleep(60)
    world.restart()
    world.master(done("X1", "SELL"))
    assert not world.pending, "an exit of a start waits for the first read of the book"
    world.read()
    world.wait(10)
    assert not world.pending
    (alert,) = world.alerts("SELL 10 SBIN is not sent")
    assert alert.needs_human
    assert strangers_view(world.state)[0].becomes == "a copy of #2"
    assert adopt(world).accepted
    world.wait(5)
    assert not world.pending
    assert world.held() == 0
    world.check_journal()


def test_an_exit_of_a_start_whose_book_cannot_be_read_goes_out_all_the_same():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.restart()
    world.master(done("X1", "SELL"))
    assert not world.pending
    assert FATHER in world.reads
    world.wait(9.5)
    assert not world.pending
    world.wait(1)
    assert world.ack_and_fill().side is Side.SELL


def test_what_cannot_be_told_is_left_to_the_owner_and_touched_by_nothing():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    by_another_copy(world, tag_of(world, "M1", generation=9), "SELL", 4)
    by_another_copy(world, "KCK7ABCDEFGHIJKLMNOP", quantity=7)
    world.read()
    assert {each.becomes[:15] for each in strangers_view(world.state)} == {"the owner's own"}
    reply = adopt(world)
    assert "as copied" not in reply.text
    assert "2 stay with their owners" in reply.text
    assert world.held() == 10
    world.read()
    world.restart()
    world.read()
    assert world.state.fence.frozen is None, "left for good, and not met again"
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10


def test_an_entry_is_left_to_the_owner_where_counting_it_would_send_an_exit():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    by_another_copy(world, tag_of(world, "M1", generation=1))
    world.read()
    assert adopt(world).accepted
    world.wait(10)
    assert not world.pending
    assert world.held() == 0


def test_an_entry_of_which_he_has_exited_a_part_is_left_to_the_owner_whole():
    """Counted whole it would stay behind by what he has gone out of; no exit of his is to come for that."""
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("X1", "SELL", quantity=4))
    world.ack_and_fill()
    by_another_copy(world, tag_of(world, "M1", generation=1))
    world.read()
    (listed,) = strangers_view(world.state)
    assert listed.becomes == "the owner's own (was of #1)"
    assert "1 stays with its owner" in adopt(world).text
    assert (world.held(), world.ledger().exact()) == (6, 6)
    world.wait(10)
    assert not world.pending
    world.master(done("X2", "SELL", quantity=6))
    assert world.ack_and_fill().quantity == 6
    world.wait(10)
    assert (world.held(), len(world.pending)) == (0, 0)
    world.check_journal()


@pytest.mark.parametrize("units", [10, 6])
def test_what_an_adopted_entry_filled_is_wanted_once_and_the_next_order_is_bought_whole(units):
    """Owed twice, the next entry would buy it again; not owed at all, it would be cut by it."""
    world = World()
    world.ask(c.StopCopy())
    world.master(done("M1"))
    by_another_copy(world, tag_of(world, "M1"), quantity=10, filled=units, status="CANCELLED")
    world.read()
    assert adopt(world).accepted
    assert (world.held(), world.ledger().exact()) == (units, units)
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert not world.pending
    world.master(done("M2"))
    assert world.ack_and_fill().quantity == 10
    world.master(done("X1", "SELL", quantity=20))
    assert world.ack_and_fill().quantity == 10 + units
    world.wait(5)
    assert (world.held(), len(world.pending)) == (0, 0)
    world.check_journal()


@pytest.mark.parametrize("slices", [(10,), (6, 4)])
def test_what_a_lost_life_bought_of_an_order_that_has_no_part_here_is_wanted_once(slices):
    """The store says PAPER for it, its lost life was LIVE: nothing but the adopted fills tells what is wanted."""
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    world.go_live()
    for generation, units in enumerate(slices):
        by_another_copy(world, tag_of(world, "M1", generation=generation), quantity=units)
    world.read()
    told = "1 order counts as copied" if len(slices) == 1 else "2 orders count as copied"
    assert told in adopt(world).text
    assert (world.held(), world.ledger().exact()) == (10, 10)
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert not world.pending
    world.master(done("M2"))
    assert world.ack_and_fill().quantity == 10
    world.master(done("X1", "SELL", quantity=20))
    sent = [world.ack_and_fill() for _ in range(len(world.pending))]
    assert sum(each.quantity for each in sent if each.venue is Venue.LIVE) == 20
    assert world.held() == 0
    world.check_journal()


def test_a_double_is_never_wanted_whatever_else_of_its_order_is_adopted():
    world = World()
    world.master(done("M1"))
    entry = world.ack_and_fill()
    by_another_copy(world, entry.tag)
    by_another_copy(world, tag_of(world, "M1", generation=1), quantity=4)
    world.read()
    assert adopt(world).accepted
    assert (world.held(), world.ledger().exact()) == (24, 14)
    world.master(done("M2"))
    assert not world.pending, "the next entry is cut by the ten that are too many"
    world.check_journal()


def test_two_slices_of_a_lost_life_are_wanted_by_their_sum():
    world = World()
    world.ask(c.StopCopy())
    world.master(done("M1"))
    by_another_copy(world, tag_of(world, "M1"), quantity=6)
    by_another_copy(world, tag_of(world, "M1", generation=1), quantity=4)
    world.read()
    assert "2 orders count as copied" in adopt(world).text
    assert (world.held(), world.ledger().exact()) == (10, 10)
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2"))
    assert world.place().quantity == 10
    world.check_journal()


def test_what_works_still_has_to_be_cancelled_by_its_owner_first():
    world = World()
    row = by_another_copy(world, tag_of(world, "M9"), status="OPEN")
    world.read()
    reply = adopt(world)
    assert not reply.accepted
    assert row.order_id in reply.text
    assert world.state.fence.frozen is not None
    world.rows[FATHER][row.order_id] = replace(row, status=OrderStatus.CANCELLED)
    world.read()
    assert adopt(world).accepted


def test_what_was_found_after_the_list_was_shown_is_not_adopted_unseen():
    world = World()
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    shown = tuple(each.order_id for each in strangers_view(world.state))
    by_another_copy(world, tag_of(world, "M8"), symbol="INFY")
    world.read()
    reply = world.ask(c.AdoptStrangers(orders=shown))
    assert not reply.accepted
    assert "again" in reply.text
    assert world.state.fence.frozen is not None


def test_a_code_adopts_once():
    world = World()
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    shown = tuple(each.order_id for each in strangers_view(world.state))
    assert world.ask(c.AdoptStrangers(orders=shown, totp_step=7)).accepted
    by_another_copy(world, tag_of(world, "M8"))
    world.read()
    shown = tuple(each.order_id for each in strangers_view(world.state))
    assert not world.ask(c.AdoptStrangers(orders=shown, totp_step=7)).accepted
