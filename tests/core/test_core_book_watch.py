"""A book that answers but stands still: told, nothing concluded from it, no entry on top of it."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.outcome.book_watch import SHOWS_WITHIN
from engine.core.values.commands import Acked
from engine.core.values.intents import IntentState
from engine.core.values.market import MASTER, OrderId
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER, World, a_follower, an_order, done

STALE = "broker data is stale"


def read_for(world: World, seconds: float, rows=()) -> None:
    """Let time pass while the follower's book answers every two seconds with these rows."""
    for _ in range(int(seconds / 2)):
        world.wait(2)
        world.read(rows=rows)


def accepted_unseen(world: World):
    """An order that Kite has accepted and no book shows."""
    world.read()
    world.master(done("M1"))
    command = world.place()
    world.answer(command, Acked(order_id=OrderId("B77")))
    return command


def test_row_14_an_accepted_order_that_no_book_shows_is_told_within_a_minute_and_once():
    world = World()
    accepted_unseen(world)
    read_for(world, SHOWS_WITHIN.total_seconds() - 2)
    assert not world.alerts(STALE)
    read_for(world, 60)
    (told,) = world.alerts(STALE)
    assert told.text.startswith("father's broker data is stale")


def test_row_14_no_entry_goes_on_top_of_a_stale_book_but_exits_do():
    world = World()
    world.read()
    world.master(done("M1"))
    world.ack_and_fill()
    before = tuple(world.rows[FATHER].values())
    world.read()
    world.master(done("M1"), done("M2", symbol="INFY"))
    world.answer(world.place(), Acked(order_id=OrderId("B77")))
    read_for(world, 60, before)
    assert world.alerts(STALE)
    world.master(done("M1"), done("M2", symbol="INFY"), done("M3", quantity=5))
    read_for(world, 60, before)
    assert not [each for each in world.places() if each.side.value == "BUY" and each.quantity == 5]
    assert world.skip_of("M3") is SkipReason.STALE
    world.master(*world.master_rows.values(), done("M4", "SELL", quantity=15))
    assert world.places()[-1].side.value == "SELL"


def test_row_14_a_book_that_moves_again_is_told_and_takes_entries():
    world = World()
    command = accepted_unseen(world)
    read_for(world, 40)
    row = world.book_row(command)
    world.rows[FATHER].clear()
    world.read(rows=[*world.rows[FATHER].values(), _numbered(row, "B77")])
    assert len(world.alerts("order book is current again")) == 1
    world.master(*world.master_rows.values(), done("M2", symbol="INFY"))
    assert world.places()[-1].symbol == "INFY"


def _numbered(row, order_id):
    return replace(row, order_id=OrderId(order_id))


def test_row_14_a_book_that_lacks_one_order_but_shows_newer_ones_is_not_old():
    world = World()
    accepted_unseen(world)
    world.wait(5)
    newer = world._stamped(an_order("H1", user_id="UFATHER"))
    read_for(world, 60, [newer])
    assert not world.alerts(STALE)


def test_row_14_the_masters_book_that_does_not_show_what_his_socket_said_is_told():
    world = World()
    world.master()
    world.hint(done("M1"))
    for _ in range(30):
        world.wait(2)
        world.master_rows.clear()
        world.master()
    assert [each.text[:33] for each in world.alerts(STALE)] == ["The master's broker data is stale"]
    world.master(done("M1"))
    assert len(world.alerts("The master's order book is current again")) == 1


def test_row_15_a_partial_book_never_proves_an_order_absent_however_often_it_comes():
    world = World(a_follower("father"))
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("M1"), done("M2", symbol="INFY"))
    world.ack_and_fill()
    world.read()
    world.master(done("M1"), done("M2", symbol="INFY"), done("M3", quantity=7))
    lost = world.place()
    world.lose(lost)
    world.wait(130)
    # Half of the book, and in it something newer than the order that is looked for.
    (half, *_) = world.rows[FATHER].values()
    half = replace(half, updated_at=world.now)
    for _ in range(6):
        world.wait(2)
        world.read(rows=[half])
    child = world.state.children[lost.tag]
    assert child.state is not IntentState.ABSENT
    assert not world.alerts("never reached the broker")


def test_the_newest_thing_said_of_an_order_is_what_the_book_must_show():
    world = World()
    world.master()
    world.hint(an_order("M1", filled_quantity=4))
    world.hint(an_order("M1", filled_quantity=6))
    ahead = world.state.account(MASTER).ahead[OrderId("M1")]
    assert (ahead.filled, ahead.ended) == (6, False)
    world.now += timedelta(seconds=1)
    world.master(an_order("M1", filled_quantity=6))
    assert not world.state.account(MASTER).ahead
