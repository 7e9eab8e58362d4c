"""Another copy of us on the same account, or a store of the past: entries freeze until a person adopts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.chat.reading import status_view
from engine.core.observe.adoption import strangers_view
from engine.core.risk.preflight import preflight
from engine.core.values import control as c
from engine.core.values.keys import ChildId, Leg, make_tag
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Tag, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import OrderRow, PositionRow
from engine.core.values.views import CheckLevel
from tests.core.core_world import FATHER, MOTHER, PLENTY, World, a_follower, done


def tag_of(world: World, order_id: str, leg: Leg = Leg.ENTRY, *, generation: int = 0) -> Tag:
    """Return the tag another copy of this installation gives its first order for a master order."""
    assert world.state.trading_day is not None
    return make_tag(
        "K7",
        ChildId(
            trading_day=world.state.trading_day,
            venue=Venue.LIVE,
            follower=FATHER,
            master_order_id=OrderId(order_id),
            leg=leg,
            generation=generation,
        ),
    )


def by_another_copy(
    world: World, tag: str, side: str = "BUY", quantity: int = 10, **changed
) -> OrderRow:
    """Put an order that another copy sent into the father's book; nobody is told yet."""
    status = OrderStatus(changed.pop("status", "COMPLETE"))
    row = OrderRow(
        order_id=OrderId(f"X{len(world.rows[FATHER])}"), status=status, status_text=status.value,
        exchange="NSE", symbol=changed.pop("symbol", "SBIN"), side=Side(side),
        order_type=OrderType.MARKET, product=Product.MIS, quantity=quantity, tag=tag,
        filled_quantity=changed.pop("filled", quantity if status is OrderStatus.COMPLETE else 0),
        placed_at=world.now, updated_at=world.now, **changed,
    )  # fmt: skip
    world.rows[FATHER][row.order_id] = row
    return row


def adopt(world: World) -> c.Reply:
    shown = tuple(each.order_id for each in strangers_view(world.state))
    return world.ask(c.AdoptStrangers(orders=shown))


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
    assert "1 order(s) count as copied" in reply.text
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
    assert "0 order(s) count as copied" in reply.text
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
    assert "1 stay with their owners" in adopt(world).text
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
    assert f"{len(slices)} order(s) count as copied" in adopt(world).text
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
    assert "2 order(s) count as copied" in adopt(world).text
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
