"""The history cannot be changed unseen: edited, removed, put in, moved or cut off."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.check_files import stores
from engine.core.values.views import CheckLevel
from engine.errors import JournalError, StoreDamaged
from storage import chain
from storage.chain import GENESIS, Head, link, verify
from storage.journal import Journal
from tests.storage.store_world import KeptWorld, a_filled_store, a_morning, store_of

EDITS = {
    "an event is edited": "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'SBIN', 'INFY') AS BLOB) WHERE seq = 12",
    "an event is given another time": "UPDATE events SET at = '2026-11-18T09:00:00+05:30' WHERE seq = 9",
    "a record is edited": "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '1', '2') AS BLOB) WHERE seq = 40",
    "a record is given another kind": "UPDATE records SET kind = 'Claimed' WHERE seq = 40",
    "a record is removed": "DELETE FROM records WHERE seq = 40",
    "the last record is removed": "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)",
    "a record is put in": "INSERT INTO records SELECT max(seq) + 1, 7, 'EndJudged', x'7b7d' FROM records",
    "a record of no event is put in": "PRAGMA foreign_keys = OFF; INSERT INTO records SELECT max(seq) + 1, 99999, 'EndJudged', x'7b7d' FROM records",
    "two records change places": "UPDATE records SET seq = -40 WHERE seq = 40; UPDATE records SET seq = 40 WHERE seq = 41; UPDATE records SET seq = 41 WHERE seq = -40",
    "a record moves to another event": "UPDATE records SET event = event - 1 WHERE seq = 40",
    "two events change places": "UPDATE events SET seq = -5 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = -5",
    "an event is removed": "DELETE FROM mentions WHERE event = 20; DELETE FROM records WHERE event = 20; DELETE FROM events WHERE seq = 20",
    "the first event is removed": "DELETE FROM mentions WHERE event = 1; DELETE FROM records WHERE event = 1; DELETE FROM events WHERE seq = 1",
    "the last events are removed": "DELETE FROM mentions WHERE event > 25; DELETE FROM records WHERE event > 25; DELETE FROM events WHERE seq > 25",
    "an event is put in at the end": "INSERT INTO events SELECT max(seq) + 1, at, kind, body, chain FROM events",
    "an event is put in before the first": "INSERT INTO events SELECT -3, at, kind, body, chain FROM events WHERE seq = 1",
    "the end is forgotten": "DELETE FROM meta WHERE name = 'chain_head'",
    "the end is another": "UPDATE meta SET value = '3:00' WHERE name = 'chain_head'",
}  # fmt: skip


def edited(folder: Path, script: str) -> Path:
    path = store_of(folder)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.commit()
    return path


@pytest.mark.parametrize("edit", EDITS)
def test_a_history_that_was_changed_is_found_and_not_started_on(tmp_path, edit):
    a_filled_store(tmp_path)
    assert verify(store_of(tmp_path)) == ""
    path = edited(tmp_path, EDITS[edit])
    before = path.read_bytes()
    assert verify(path) != ""
    with pytest.raises(StoreDamaged, match=r"changed by another hand.*restore a backup") as told:
        Journal.open(tmp_path)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("at_a_time", [1, 7, 2_000])
def test_reading_in_parts_comes_to_the_same(tmp_path, monkeypatch, at_a_time):
    monkeypatch.setattr(chain, "_AT_A_TIME", at_a_time)
    a_filled_store(tmp_path)
    assert verify(store_of(tmp_path)) == ""
    assert verify(edited(tmp_path, EDITS["a record is removed"])) != ""


def test_the_doctor_says_it_in_one_line_with_the_mend(tmp_path):
    a_filled_store(tmp_path)
    assert [line.level for line in stores(tmp_path)] == [CheckLevel.OK]
    edited(tmp_path, EDITS["a record is edited"])
    (line,) = stores(tmp_path)
    assert line.level is CheckLevel.FAIL
    assert "was changed by another hand or a bad disk (event " in line.text
    assert line.text.endswith("keep a copy and restore a backup")


def test_it_can_be_asked_while_the_program_writes(tmp_path):
    world = a_morning()
    journal = Journal.open(tmp_path)
    for each in world.decided:
        journal.commit([each])
        assert verify(store_of(tmp_path)) == ""
    journal._db.execute("BEGIN IMMEDIATE")
    journal._db.execute("DELETE FROM records")
    assert verify(store_of(tmp_path)) == "", "what is not committed is nobody's business"
    journal._db.execute("ROLLBACK")
    journal.close()


def test_a_copy_has_the_same_head_and_a_fork_another(tmp_path):
    world: KeptWorld = a_morning()
    heads = []
    for name in ("here", "copy", "fork"):
        folder = tmp_path / name
        folder.mkdir()
        journal = Journal.open(folder)
        last = 1 if name == "fork" else 2
        journal.commit(world.decided[:-2])
        journal.commit(world.decided[-last:])
        heads.append(journal.head())
        journal.close()
        again = Journal.open(folder)
        assert again.head() == heads[-1]
        again.close()
    here, copy, fork = heads
    assert here == copy != fork
    assert (here.seq, fork.seq) == (len(world.decided), len(world.decided) - 1)


def test_a_batch_that_failed_leaves_no_trace_in_the_chain(tmp_path):
    world = a_morning()
    journal = Journal.open(tmp_path)
    journal.commit(world.decided[:-1])
    head = journal.head()
    with pytest.raises(JournalError, match="cannot be written"):
        journal.commit(world.decided)  # its tags are taken
    assert journal.head() == head
    journal.commit(world.decided[-1:])
    assert journal.head().seq == head.seq + 1
    journal.close()
    assert verify(store_of(tmp_path)) == ""


def test_a_link_is_what_it_was_in_every_earlier_version():
    """Were it computed otherwise some day, every store would look as if it had been changed."""
    event = (1, "2026-11-18T10:00:00+05:30", "Ticked", b"{}")
    records = [(1, "TotpCounted", b'{"failures":1}'), (300, "EndJudged", b"x" * 300)]
    assert hashlib.sha256(b"kitecopytrader journal, chain 1").digest() == GENESIS
    assert link(GENESIS, event, records).hex() == (
        "6ced568ef89bff7a03a9dd846c7322c8309e5162c341b4c135947a0da8bee0f4"
    )
    head = Head(seq=17, link=b"\x01\x02")
    assert Head.parse(str(head)) == head
