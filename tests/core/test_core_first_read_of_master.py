"""No entry leaves on what was known of the master before his book is read."""

from datetime import timedelta

import pytest

from engine.core.values import control as c
from engine.core.values.events import StreamChanged
from engine.core.values.market import MASTER
from engine.core.values.notices import SkipReason
from tests.core.core_world import World, an_order, done
from tests.core.first_read_world import book_asked


def test_after_a_reconnect_a_hint_opens_nothing_before_his_book_is_read():
    world = World()
    world.offer(StreamChanged(up=False, reason="gone", at=world.now))
    world.sleep(5)
    world.reads.clear()
    world.offer(StreamChanged(up=True, reason="", at=world.now))
    assert MASTER in world.reads
    world.hint(done(), trusted=False)
    assert not world.pending
    world.master(done())
    assert world.place().quantity == 10


def reconnected(world: World) -> None:
    """Lose the master's socket for a moment, in which he buys what nobody hears of."""
    world.offer(StreamChanged(up=False, reason="gone", at=world.now))
    world.wait(1)
    world.offer(StreamChanged(up=True, reason="", at=world.now))


def test_after_a_gap_a_book_that_lost_orders_proves_nothing_and_no_hint_opens_on_it():
    """He bought in the gap: sold by the socket's word alone, his exit would be taken for a short entry."""
    world = World()
    world.master(done("M1", symbol="INFY"))
    world.ack_and_fill()
    reconnected(world)
    known = dict(world.master_rows)
    world.master_rows.clear()
    world.master()
    world.hint(done("X2", "SELL"))
    assert not world.pending
    world.master_rows = known
    world.wait(1)
    world.master(
        done("M2", updated_at=world.now - timedelta(seconds=2)),
        done("X2", "SELL", updated_at=world.now),
    )
    assert not world.pending, "he is flat again"
    world.hint(done("M3"))
    assert world.place().quantity == 10, "a book that counts has ended the gap"


def test_after_a_gap_a_book_that_stands_still_proves_nothing_and_no_hint_opens_on_it():
    """It lacks what the socket had told before: what he did while the socket was down it does not show either."""
    world = World()
    world.master()
    world.hint(done("M1", symbol="INFY"))
    world.ack_and_fill()
    reconnected(world)
    world.master()
    world.hint(done("X2", "SELL"))
    assert not world.pending
    world.hint(done("X1", "SELL", symbol="INFY"))
    assert world.place().symbol == "INFY", "what can only be an exit is followed at once"


def test_without_a_gap_hints_are_followed_though_the_book_stands_still():
    world = World()
    world.master()
    world.offer(StreamChanged(up=True, reason="", at=world.now))
    world.hint(done("M1", symbol="INFY"))
    world.ack_and_fill()
    world.wait(60, step=5)
    world.master()
    world.hint(done("M2"))
    assert world.place().symbol == "SBIN"


def test_after_a_start_a_hint_is_only_a_reason_to_read_his_book():
    """He closed and opened the other way meanwhile: a hint folded alone would be taken wrong."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.restart()
    world.read()
    world.reads.clear()
    world.hint(done("X2", "SELL"))
    assert not world.pending
    assert MASTER in world.reads
    world.master(
        done("X1", "SELL"), done("X2", "SELL", updated_at=world.now + timedelta(seconds=1))
    )
    assert world.place().quantity == 10


def test_a_book_of_the_master_asked_before_his_login_begins_no_copying():
    world = World(copying=False)
    before = world.now
    world.lose_session(MASTER)
    world.sleep(2)
    world.log_in(MASTER)
    book_asked(world, before, MASTER)
    assert not world.ask(c.StartCopy()).accepted
    world.master()
    assert world.ask(c.StartCopy()).accepted


def test_the_read_that_comes_round_finds_what_was_missed_by_the_same_path():
    world = World()
    world.master(done())
    sent = world.ack()
    world.change(sent, status="COMPLETE", filled_quantity=10, told=False)
    world.wait(30)
    assert world.held() == 0
    world.read()
    assert world.held() == 10


def an_entry_that_waits() -> World:
    """His order rests since ours waits for an order of unknown fate in the same share."""
    world = World()
    world.master(done("M1"))
    world.lose(world.place())
    world.master(an_order("M2", price="100"))
    assert not world.pending, "no further entry while one is UNKNOWN"
    return world


def found_in_the_book(world: World) -> None:
    entry = world.places()[0]
    world.book_row(entry)
    world.change(entry, told=False, status="COMPLETE", filled_quantity=10)
    world.read()


def it_starts_again(world: World) -> None:
    world.sleep(20)
    world.restart()


def the_machine_wakes_up(world: World) -> None:
    world.sleep(1200)


@pytest.mark.parametrize("begin", [it_starts_again, the_machine_wakes_up])
def test_no_entry_leaves_on_what_was_known_of_his_orders_before_his_book_is_read(begin):
    """It rested when it was last seen; it has filled since, too long ago to enter on."""
    world = an_entry_that_waits()
    filled_at = world.now
    begin(world)
    found_in_the_book(world)
    world.wait(3)
    assert not world.pending
    assert MASTER in world.reads
    world.master(done("M1"), done("M2", price="100", exchange_at=filled_at, updated_at=filled_at))
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.STALE
    world.check_journal()


@pytest.mark.parametrize("begin", [it_starts_again, the_machine_wakes_up])
def test_an_entry_whose_order_still_rests_leaves_with_the_read_of_his_book(begin):
    world = an_entry_that_waits()
    begin(world)
    found_in_the_book(world)
    assert not world.pending
    world.master()
    assert world.place().quantity == 10
    world.check_journal()
