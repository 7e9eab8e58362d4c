"""Stores of earlier versions: brought up to date once, with a copy of what they were, or left alone."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from engine.core.values.market import AccountName
from engine.errors import StoreDamaged
from storage import schema, update_copy
from storage.chain import verify
from storage.journal import Journal
from storage.schema import SCHEMA_VERSION
from tests.storage.store_world import store_of

GOLDEN = Path(__file__).parent / "golden"
FATHER, MOTHER = AccountName("father"), AccountName("mother")


def laid_down(folder: Path, version: int) -> Path:
    """Make the store that the program of that version left behind, as it was written."""
    path = store_of(folder)
    with closing(sqlite3.connect(path)) as db:
        db.executescript((GOLDEN / f"version_{version}.sql").read_text(encoding="utf-8"))
    return path


def rows(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("journal-v*.db"))


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_a_store_of_every_released_form_is_read_as_it_was_meant(tmp_path, version):
    path = laid_down(tmp_path, version)
    before = rows(path, "SELECT seq, kind, body FROM records ORDER BY seq")
    journal = Journal.open(tmp_path)
    state = journal.load()
    journal.close()
    held = {
        (name, key.symbol): book.held
        for key, books in state.books.items()
        for (_, name), book in books.items()
        if book.held
    }
    assert held == {(FATHER, "SBIN"): 6, (MOTHER, "SBIN"): 3}
    assert len(state.children) == 9
    assert state.copying
    assert rows(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert rows(path, "SELECT seq, kind, body FROM records ORDER BY seq") == before
    assert verify(path) == ""
    assert len(rows(path, "SELECT tag FROM intents")) == 9
    unused = "SELECT name FROM sqlite_master WHERE name = 'intents_by_master_order'"
    assert rows(path, unused) == []


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_before_an_update_a_copy_is_kept_that_can_be_put_back(tmp_path, version):
    path = laid_down(tmp_path, version)
    before = rows(path, "SELECT seq, at, kind, body FROM events ORDER BY seq")
    Journal.open(tmp_path).close()
    (kept,) = copies(tmp_path)
    assert rows(kept, "PRAGMA user_version") == [(version,)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert rows(kept, "PRAGMA integrity_check") == [("ok",)]
    assert rows(kept, "SELECT seq, at, kind, body FROM events ORDER BY seq") == before
    assert not list(tmp_path.glob("*.part"))
    # Put back, it is the store again.
    path.unlink()
    kept.rename(path)
    journal = Journal.open(tmp_path)
    assert len(journal.load().children) == 9
    journal.close()


def test_a_new_store_and_one_that_is_up_to_date_are_not_copied(tmp_path):
    for _ in range(2):
        Journal.open(tmp_path).close()
    assert copies(tmp_path) == []


def test_only_the_newest_copies_stay(tmp_path):
    for minute in range(5):
        old = tmp_path / f"journal-v1-2026010{minute}-090000.db"
        old.write_bytes(b"old")
    laid_down(tmp_path, 2)
    Journal.open(tmp_path).close()
    left = copies(tmp_path)
    assert len(left) == update_copy.KEPT_COPIES
    assert any(one.name.startswith("journal-v2-") for one in left), "the newest is among them"


def test_a_step_that_fails_half_way_leaves_the_store_usable_and_says_what_to_do(
    tmp_path, monkeypatch
):
    path = laid_down(tmp_path, 2)

    def fails(db: sqlite3.Connection) -> None:
        db.execute("UPDATE events SET chain = x'00'")
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "_WORK", {3: fails})
        with pytest.raises(StoreDamaged, match=r"start the version .* that you had") as told:
            Journal.open(tmp_path)
    (copy,) = copies(tmp_path)
    assert copy.name in str(told.value)
    assert "\n" not in str(told.value)
    assert rows(path, "PRAGMA user_version") == [(2,)]
    columns = {row[0] for row in rows(path, "SELECT name FROM pragma_table_info('events')")}
    assert "chain" not in columns
    Journal.open(tmp_path).close()  # and the next start takes the step


def test_without_a_copy_nothing_is_changed(tmp_path, monkeypatch):
    path = laid_down(tmp_path, 2)
    before = path.read_bytes()

    def no_room(*_args: object, **_kwargs: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(schema, "keep_copy", no_room)
    with pytest.raises(StoreDamaged, match=r"no copy of it can be kept .* make room"):
        Journal.open(tmp_path)
    assert rows(path, "PRAGMA user_version") == [(2,)]
    assert path.read_bytes()[100:] == before[100:]
