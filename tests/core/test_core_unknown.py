"""A placement without an answer: never sent again, found by its tag, or put to a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values.commands import Acked
from engine.core.values.events import ClockCompared, RowHinted
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from tests.core.core_readers import state_of
from tests.core.core_world import FATHER, World, a_follower, an_order, done


def unknown_entry() -> tuple[World, object]:
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    return world, entry


def read_every_second(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.wait(1)
        world.read()


def test_an_order_without_an_answer_is_never_sent_again():
    world, _entry = unknown_entry()
    assert FATHER in world.reads
    read_every_second(world, 200)
    world.master(done("M1"))
    assert not world.pending
    assert len(world.places()) == 1


def test_it_is_found_by_its_tag_and_followed():
    world, entry = unknown_entry()
    world.book_row(entry)
    world.wait(8)
    world.read()
    assert state_of(world, entry) is IntentState.ACKED
    world.fill(entry)
    assert world.held() == 10
    world.check_journal()


def test_it_is_found_by_a_single_fingerprint_where_the_broker_lost_the_tag():
    world, entry = unknown_entry()
    world.book_row(entry)
    world.change(entry, told=False, tag=None)
    world.wait(8)
    world.read()
    assert state_of(world, entry) is IntentState.ACKED


def test_two_fingerprints_prove_nothing_and_a_person_is_asked():
    world, entry = unknown_entry()
    for _ in range(2):
        world.book_row(entry)
        world.change(entry, told=False, tag=None)
    read_every_second(world, 125)
    assert state_of(world, entry) in {IntentState.NEEDS_HUMAN, IntentState.ABSENT}
    assert len(world.places()) == 1
    assert any(alert.needs_human for alert in world.alerts())


@pytest.mark.parametrize("heard", ["by the socket", "by a read", "after our send"])
def test_an_order_of_his_own_that_was_there_before_ours_left_is_not_taken_for_it(heard):
    """All within one second: the broker's stamps cannot tell which of the two came first."""
    world = World()
    own = OrderRow(
        order_id=OrderId("OWN"), status=OrderStatus.COMPLETE, status_text="COMPLETE",
        exchange="NSE", symbol="SBIN", side=Side.BUY, order_type=OrderType.MARKET,
        product=Product.MIS, quantity=10, filled_quantity=10, average_price=Decimal(100),
        placed_at=world.now, updated_at=world.now,
    )  # fmt: skip
    hint = RowHinted(venue=Venue.LIVE, account=FATHER, row=own, at=world.now, trusted=True)
    world.rows[FATHER][own.order_id] = own
    if heard == "by the socket":
        world.offer(hint)
    elif heard == "by a read":
        world.read()
    world.sleep(0.4)
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    if heard == "after our send":
        world.offer(replace(hint, at=world.now))
    world.wait(8)
    world.read()
    ours = heard == "after our send"
    assert state_of(world, entry) is (IntentState.ACKED if ours else IntentState.UNKNOWN)
    assert world.held() == (10 if ours else 0)


def test_it_is_absent_after_two_minutes_only_by_a_book_that_shows_something_later():
    world, entry = unknown_entry()
    read_every_second(world, 60)
    world.master(done("M2"))
    other = world.commands[-1]
    assert other is entry, "no further entry in a key while one is UNKNOWN"
    # Something later on the account, in another symbol.
    world.master(done("M3", symbol="INFY"))
    world.ack_and_fill()
    read_every_second(world, 50)
    assert state_of(world, entry) is IntentState.UNKNOWN
    read_every_second(world, 12)
    assert state_of(world, entry) is IntentState.ABSENT
    assert world.alerts("never reached the broker")


@pytest.mark.parametrize("behind", [1, 6], ids=["within what counts as right", "told as wrong"])
def test_by_a_clock_that_is_behind_nothing_older_than_our_send_proves_it_absent(behind):
    """The book stands still: its newest order was stamped before ours left, and later by our clock."""
    world = World()
    for _ in range(2):
        world.offer(ClockCompared(ahead=timedelta(seconds=-behind), at=world.now))
    own = OrderRow(
        order_id=OrderId("OWN"), status=OrderStatus.COMPLETE, status_text="COMPLETE",
        exchange="NSE", symbol="INFY", side=Side.BUY, order_type=OrderType.MARKET,
        product=Product.MIS, quantity=3, filled_quantity=3, average_price=Decimal(100),
        placed_at=world.now + timedelta(seconds=behind),
        updated_at=world.now + timedelta(seconds=behind),
    )  # fmt: skip
    world.rows[FATHER][own.order_id] = own
    world.sleep(0.4)
    world.master(done("M1", updated_at=world.now))
    entry = world.place()
    world.lose(entry)
    read_every_second(world, 125)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN


@pytest.mark.parametrize("ahead", [-20, 20])
def test_by_a_wrong_clock_it_is_found_by_its_fingerprint_all_the_same(ahead):
    world = World()
    for _ in range(2):
        world.offer(ClockCompared(ahead=timedelta(seconds=ahead), at=world.now))
    stamp = world.now - timedelta(seconds=ahead)
    world.master(done("M1", updated_at=stamp))
    entry = world.place()
    world.lose(entry)
    world.book_row(entry)
    world.change(entry, told=False, tag=None, placed_at=stamp)
    world.wait(8)
    world.read()
    assert state_of(world, entry) is IntentState.ACKED


def test_on_an_idle_account_a_person_is_asked_instead():
    world, entry = unknown_entry()
    read_every_second(world, 119)
    assert state_of(world, entry) is IntentState.UNKNOWN
    read_every_second(world, 3)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    (alert,) = [each for each in world.alerts() if each.needs_human]
    assert "was not sent again" in alert.text


def test_a_read_that_fails_proves_nothing():
    world, entry = unknown_entry()
    world.wait(500, step=5)
    assert state_of(world, entry) is IntentState.UNKNOWN


def test_an_empty_or_shrunk_book_is_not_believed():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.read()
    world.master(done("M2"))
    entry = world.place()
    world.lose(entry)
    world.wait(130)
    world.read(rows=())
    assert state_of(world, entry) is IntentState.UNKNOWN
    for _ in range(130):
        world.wait(1)
        world.read(rows=())
    assert state_of(world, entry) is not IntentState.ABSENT
    assert world.held() == 10
    assert world.alerts("fewer orders than before")


def test_a_late_arrival_is_adopted_told_loudly_and_counted():
    world, entry = unknown_entry()
    read_every_second(world, 125)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    world.book_row(entry)
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    assert state_of(world, entry) is IntentState.ACKED
    assert world.held() == 10
    assert any(
        "found in the order book" in a.text for a in world.alerts() if a.severity == "critical"
    )
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10
    world.check_journal()


def test_a_late_arrival_after_the_master_is_out_is_sold_at_once():
    world, entry = unknown_entry()
    world.master(done("X1", "SELL"))
    read_every_second(world, 30)
    assert not world.pending
    world.book_row(entry)
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    sold = world.place()
    assert (sold.side, sold.quantity) == (Side.SELL, 10)


def test_an_answer_that_comes_after_all_is_proof():
    world, entry = unknown_entry()
    world.answer(entry, Acked(order_id=world.book_row(entry).order_id))
    assert state_of(world, entry) is IntentState.ACKED


def test_the_socket_may_outrun_the_answer():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.book_row(entry)
    world.fill(entry)
    assert state_of(world, entry) is IntentState.ACKED
    world.answer(entry, Acked(order_id=world.row(entry).order_id))
    assert world.held() == 10


def test_an_unknown_exit_is_not_sent_again_and_says_so_loudly():
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(done("X1", "SELL"))
    exiting = world.place()
    world.lose(exiting)
    read_every_second(world, 20)
    assert not world.pending
    (alert,) = world.alerts("is UNKNOWN")
    assert alert.severity == "critical"


def test_an_order_with_our_tag_that_the_store_does_not_know_is_told():
    world, entry = unknown_entry()
    world.book_row(entry)
    stranger = world.change(entry, told=False, tag="KCZZABCDEFGHIJKLMNOP")
    world.read()
    assert stranger.order_id in world.alerts("another installation")[0].text


def test_a_second_order_with_a_known_tag_is_told_and_never_taken_for_the_first():
    world = World()
    world.master(done("M1"))
    entry = world.ack_and_fill()
    first = world.order_ids[entry.tag]
    world.book_row(entry)
    world.read()
    assert world.held() == 10
    assert world.state.children[entry.tag].order_id == first
    assert world.alerts("a second order under the tag of one of ours")[0].severity == "critical"
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10


def test_a_fill_after_the_master_is_out_is_closed_at_once_and_told_loudly_once():
    world = World()
    world.master(done("M1"))
    entry = world.ack()
    world.master(done("X1", "SELL"))
    world.fill(entry, 4)
    told = "filled after the master had exited all of it: SELL 4 goes out at once"
    (alert,) = world.alerts(told)
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, False)
    world.fill(entry)
    assert len(world.alerts("filled after the master")) == 1
    exits = [each for each in world.places() if each.side is Side.SELL]
    assert sum(each.quantity for each in exits) >= 4
    world.check_journal()


def test_a_resting_copy_that_fills_after_he_took_a_part_off_is_told_without_alarm():
    world = World(a_follower(mirror="orders"))
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(
        an_order("M1", price="99.5", status="COMPLETE", filled_quantity=10, average_price=99.5)
    )
    world.master(done("X1", "SELL", 4))
    world.fill(entry)
    (alert,) = world.alerts("filled after the master had exited a part of it")
    assert alert.severity is Severity.WARNING
    assert world.ledger().virtual == 6


def test_a_fill_while_he_is_in_it_is_no_news():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 4))
    world.ack_and_fill()
    assert not world.alerts("filled after the master")


def test_beside_an_entry_of_unknown_fate_no_other_grows_until_that_is_settled():
    world = World()
    world.master(an_order("M1", price="99.5"))
    resting = world.ack()
    world.master(done("M2"))
    lost = world.place()
    world.lose(lost)
    world.master(an_order("M1", price="99.5", quantity=16))
    world.wait(5)
    assert not world.pending, "more units are a further entry"
    world.master(an_order("M1", price="99.5", quantity=8))
    assert world.modified().quantity == 8, "less is followed at once"
    world.master(an_order("M1", price="99.5", quantity=16))
    world.book_row(lost)
    world.read()
    world.wait(1.5)
    change = world.modified()
    assert (change.order_id, change.quantity) == (world.order_ids[resting.tag], 16)
