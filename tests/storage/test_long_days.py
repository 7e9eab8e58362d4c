"""A read that tells a whole book again is followed as ever, and is not written down again."""

import pytest
from msgspec.structs import replace

from engine.core.values.events import BookRead
from engine.core.values.market import OrderStatus, Venue
from engine.core.values.orders import OrderRow
from storage.codec import decode_event
from storage.journal import Journal
from tests.core.core_world import FATHER, World, done
from tests.core.test_core_unknown import unknown_entry


def told_again(world: World, *rows: OrderRow) -> BookRead:
    return BookRead(
        venue=Venue.LIVE, account=FATHER, rows=(), again=rows, total=len(world.rows[FATHER]),
        asked_at=world.now, at=world.now,
    )  # fmt: skip


@pytest.fixture
def world() -> World:
    """A copy that has filled."""
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    return world


def test_a_row_that_is_no_news_is_found_to_be_ours_once_its_order_id_is_known():
    world, entry = unknown_entry()
    world.ack(entry)
    bare = replace(
        world.row(entry), tag=None, status=OrderStatus.COMPLETE, filled_quantity=10,
        average_price=100,
    )  # fmt: skip
    world.offer(told_again(world, bare))
    assert world.held() == 10
    world.check_journal()


def test_what_is_told_again_with_another_end_is_looked_at(world):
    (row,) = world.rows[FATHER].values()
    more = replace(row, filled_quantity=row.filled_quantity + 5, quantity=15)
    world.offer(told_again(world, more))
    assert world.held() == 15


def test_the_journal_keeps_of_a_read_only_its_news(world, tmp_path):
    (row,) = world.rows[FATHER].values()
    event = replace(told_again(world, row), rows=(done("H1", tag=None),))
    records = world.offer(event).records
    journal = Journal.open(tmp_path)
    journal.commit([(event, records)])
    ((kind, body),) = journal._db.execute("SELECT kind, body FROM events").fetchall()
    journal.close()
    assert decode_event(kind, body) == replace(event, again=())
