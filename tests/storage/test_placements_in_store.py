"""How placements stand in the store: no tag twice, and few pages for a burst however many there are."""

import sqlite3
from contextlib import closing
from itertools import product

import pytest
from msgspec.structs import replace

from engine.core.values import records as r
from engine.core.values.intents import IntentState
from engine.core.values.keys import TAG_PREFIX, ChildId, make_tag
from engine.core.values.market import OrderId
from engine.errors import JournalError
from storage.journal import Journal
from tests.core.core_world import a_follower, done
from tests.storage.store_world import Batch, KeptWorld, store_of

#: One more of the log for each page that is written.
FRAME_BYTES = 4_096 + 24
PAST = """
INSERT INTO intents (tag, venue, follower, master_order_id, leg, exchange, symbol, side, quantity, planned_at, state,
                     moved_at, order_id)
VALUES (?, 'live', 'f000', ?, 'entry', 'NSE', 'SBIN', 'BUY', 10, '', 'ACKED', '', ?)
"""
PLACED = """
INSERT INTO intents (tag, venue, follower, master_order_id, leg, exchange, symbol, side, quantity, planned_at, state,
                     moved_at)
VALUES (?, 'live', 'f000', ?, 'entry', 'NSE', 'SBIN', 'BUY', 10, '', ?, '')
"""


def a_burst(followers: int) -> tuple[Batch, list[r.ChildPlanned]]:
    """Return the decisions for an order of the master, and the children among their records."""
    world = KeptWorld(*(a_follower(f"f{number:03d}") for number in range(followers)))
    world.decided.clear()
    world.master(done("M1", quantity=10))
    records = [each for _, records in world.decided for each in records]
    return world.decided, [each for each in records if isinstance(each, r.ChildPlanned)]


def test_a_tag_is_refused_again_whatever_became_of_it(memory_folder):
    decided, (child,) = a_burst(1)
    event = decided[0][0]
    elsewhere = replace(child, order_id=OrderId("M2"))
    with closing(Journal.open(memory_folder)) as journal:
        journal.commit(decided)
        for again in (child, elsewhere):
            with pytest.raises(JournalError, match="UNIQUE"):
                journal.commit([(event, [again])])
        moved = r.IntentMoved(
            tag=child.command.tag, state=IntentState.ACKED, at=child.at, order_id=OrderId("B1")
        )
        journal.commit([(event, [moved])])
        for again in (child, elsewhere):
            with pytest.raises(JournalError, match="UNIQUE"):
                journal.commit([(event, [again])])
        assert journal._db.execute("SELECT state, order_id FROM intents").fetchall() == [
            ("ACKED", "B1")
        ]


def test_the_tables_refuse_a_tag_again_whatever_state_it_was_or_would_be_in(memory_folder):
    """Whoever inserts it, and however: the journal is not asked."""
    with closing(Journal.open(memory_folder)) as journal:
        db = journal._db
        for old, new, order in product(IntentState, IntentState, ("M1", "M2")):
            tag = f"{old}-{new}-{order}"
            db.execute("BEGIN")
            db.execute(PLACED, (tag, "M1", old))
            with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
                db.execute(PLACED, (tag, order, new))
            db.execute(PLACED, (f"{tag}2", order, new))
            db.execute("ROLLBACK")


def test_a_burst_writes_few_pages_however_many_placements_there_were(memory_folder):
    """Tags are hashes: each would stand on a page of its own among those of before."""
    decided, children = a_burst(100)
    install_id = children[0].command.tag[len(TAG_PREFIX) :][:2]
    log = store_of(memory_folder).with_name(f"{store_of(memory_folder).name}-wal")
    with closing(Journal.open(memory_folder)) as journal:
        past = [
            (make_tag(install_id, _numbered(children[0], number)), f"L{number // 100:09d}", f"B{number:09d}")
            for number in range(20_000)
        ]  # fmt: skip
        journal._db.execute("BEGIN")
        journal._db.executemany(PAST, past)
        journal._db.execute("COMMIT")
        journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        journal.commit(decided)
        pages = log.stat().st_size // FRAME_BYTES
    assert pages < 60


def _numbered(child: r.ChildPlanned, number: int) -> ChildId:
    """Return the identity of another child, long ago."""
    return ChildId(
        trading_day=child.at.date(),
        venue=child.key.venue,
        follower=child.key.follower,
        master_order_id=OrderId(f"L{number}"),
        leg=child.leg,
        generation=0,
    )
