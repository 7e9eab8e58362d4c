"""The broker's order id comes after a book has proved the order absent: it is there, and is followed at once."""

from msgspec.structs import replace

from engine.core.values.events import RowHinted
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderStatus, Venue
from engine.core.values.notices import Severity
from tests.core.core_world import FATHER, World, done
from tests.core.test_core_unknown import read_every_second, unknown_entry


def absent() -> tuple[World, object]:
    """An entry without an answer, taken for absent by a book that shows something later."""
    world, entry = unknown_entry()
    world.wait(3)
    world.master(done("M3", symbol="INFY"))
    world.ack_and_fill()
    read_every_second(world, 125)
    assert world.state.children[entry.tag].state is IntentState.ABSENT
    assert world.ledger().exact() == 0
    return world, entry


def test_it_is_followed_by_its_id_and_said_loudly():
    world, entry = absent()
    world.ack(entry)
    child = world.state.children[entry.tag]
    assert (child.state, child.order_id) == (IntentState.ACKED, world.row(entry).order_id)
    assert world.alerts("taken by the broker after all")[-1].severity is Severity.CRITICAL
    # The broker has lost its tag: the id alone tells whose the row is.
    row = replace(
        world.row(entry), tag=None, status=OrderStatus.COMPLETE, filled_quantity=10,
        average_price=100,
    )  # fmt: skip
    world.offer(RowHinted(venue=Venue.LIVE, account=FATHER, row=row, at=world.now, trusted=True))
    assert (world.held(), world.ledger().exact()) == (10, 10)
    world.wait(5)
    assert not world.pending, "it is not sent again"
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10
    world.check_journal()


def test_one_that_the_broker_rejects_then_is_owed_no_more():
    world, entry = absent()
    world.ack(entry)
    assert world.ledger().exact() == 10
    world.change(entry, status=OrderStatus.REJECTED, status_message="RMS: no")
    assert (world.held(), world.ledger().exact()) == (0, 0)
    assert world.alerts("was rejected")
    world.wait(5)
    assert not world.pending
    world.check_journal()


def test_a_refusal_of_it_says_nothing_new():
    world, entry = absent()
    told = len(world.alerts("SBIN"))
    world.refuse(entry)
    assert world.state.children[entry.tag].state is IntentState.ABSENT
    assert len(world.alerts("SBIN")) == told
