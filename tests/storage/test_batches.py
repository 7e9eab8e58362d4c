"""How decisions were grouped into commits is nowhere to be seen in the store."""

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.values import records as r
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderId, Tag
from engine.errors import JournalError
from storage.codec import decode_row, encode_record, encode_rows
from storage.journal import Journal
from tests.core.core_world import MORNING, a_follower, done
from tests.storage.store_world import Batch, KeptWorld, a_morning, store_of

TABLES = ("events", "records", "intents", "notices", "mentions")


def kept(folder: Path, batches: list[Batch]) -> dict[str, list[tuple]]:
    """Commit batches to a new store and return every row of it."""
    folder.mkdir()
    journal = Journal.open(folder)
    try:
        for batch in batches:
            journal.commit(batch)
    finally:
        journal.close()
    with contextlib.closing(sqlite3.connect(store_of(folder))) as db:
        found = {
            name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in TABLES
        }
        found["head"] = db.execute("SELECT value FROM meta WHERE name = 'chain_head'").fetchall()
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
    return found


def in_groups(decided: Batch, size: int) -> list[Batch]:
    return [decided[at : at + size] for at in range(0, len(decided), size)]


def test_every_table_is_the_same_however_the_decisions_were_grouped(memory_folder):
    decided = a_morning().decided
    single = kept(memory_folder / "1", in_groups(decided, 1))
    assert len(single["records"]) > 64, "more than one statement takes"
    assert {row[9] for row in single["intents"]} >= {"ACKED", "REFUSED"}
    for size in (3, 17, len(decided)):
        assert kept(memory_folder / f"{size}", in_groups(decided, size)) == single


def test_the_orders_of_a_hundred_followers_are_rows_in_their_order(memory_folder):
    names = [f"f{number:03d}" for number in range(100)]
    world = KeptWorld(*(a_follower(name) for name in names))
    world.decided.clear()
    world.master(done("M1", quantity=10))
    found = kept(memory_folder / "burst", [world.decided])
    records = [record for _, records in world.decided for record in records]
    read = [each for _, _, *row in found["records"] for each in decode_row(*row)]
    assert [encode_record(each) for each in read] == [encode_record(each) for each in records]
    assert [seq for seq, *_ in found["records"]] == list(range(1, len(records) - 98))
    planned = [record for record in records if isinstance(record, r.ChildPlanned)]
    assert len(planned) == 100
    assert sorted((row[0], row[2], row[3], row[9]) for row in found["intents"]) == sorted(
        (each.command.tag, each.command.follower, "M1", "SENDING") for each in planned
    )


def test_a_placement_that_is_planned_answered_and_moved_again_in_one_commit(memory_folder):
    event, planned = next(
        (event, record)
        for event, records in a_morning().decided
        for record in records
        if isinstance(record, r.ChildPlanned)
    )
    tag, at = planned.command.tag, planned.at
    moves = [
        r.IntentMoved(tag=tag, state=IntentState.SENDING, at=at),
        r.IntentMoved(tag=tag, state=IntentState.UNKNOWN, at=at, reason="no answer"),
        r.IntentMoved(tag=tag, state=IntentState.ACKED, at=at, order_id=OrderId("B1")),
        r.IntentMoved(tag=tag, state=IntentState.NEEDS_HUMAN, at=at + timedelta(seconds=1)),
    ]
    for count in range(1, len(moves) + 1):
        decided: Batch = [(event, [each]) for each in (planned, *moves[:count])]
        single = kept(memory_folder / f"single{count}", in_groups(decided, 1))
        assert kept(memory_folder / f"group{count}", [decided]) == single
        assert (
            kept(memory_folder / f"event{count}", [[(event, [planned, *moves[:count]])]])["intents"]
            == single["intents"]
        )
        ((*_, state, order_id, _, _, _, _),) = single["intents"]
        assert (state, order_id) == (moves[count - 1].state, "B1" if count > 2 else None)


def test_a_tag_that_is_planned_twice_in_one_commit_is_refused_whole(memory_folder):
    decided = a_morning().decided
    event, planned = next(
        (event, record)
        for event, records in decided
        for record in records
        if isinstance(record, r.ChildPlanned)
    )
    journal = Journal.open(memory_folder)
    before = journal.head()
    with pytest.raises(JournalError, match="UNIQUE"):
        journal.commit([(event, [planned]), (event, [planned])])
    assert journal.head() == before
    journal.commit(decided)
    journal.close()
    again = Journal.open(memory_folder)  # which checks the chain
    assert again.newest_event == len(decided)
    again.close()


def test_a_text_with_line_ends_stays_one_record():
    texts = [
        r.IntentMoved(tag=Tag("T"), state=IntentState.REFUSED, at=MORNING, reason=reason)
        for reason in ("a\nb", "\r\n", "", "\u2028")
    ]
    assert [bytes(body) for body in encode_rows(texts)] == [
        encode_record(each)[1] for each in texts
    ]
    assert encode_rows([]) == []
