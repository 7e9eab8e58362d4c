"""A start from a snapshot comes to the very state of the whole journal, or the whole journal is folded."""

import json
import logging
import os
import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from engine.core.state.state import State
from engine.errors import StoreDamaged
from storage import snapshot as snapshots
from storage.chain import Head
from storage.journal import Journal
from storage.snapshot import SNAPSHOT_NAME, write_snapshot
from storage.snapshot_making import make_snapshot
from storage.state_codec import StateNotWrittenError, encode_state
from tests.storage.store_world import a_filled_store, a_morning, store_of
from tests.storage.test_hash_chain import EDITS, edited

#: What is decided up to here is in the snapshot of `a_snapshot_of_before`.
BEFORE = 20


def everything(state: State) -> dict[str, object]:
    """Return every field of a state; the instruments and the calendar of a start have no equals."""
    names = {each.name for each in structs.fields(State)} - {"instruments", "calendar"}
    return {name: getattr(state, name) for name in sorted(names)}


def load(folder: Path) -> tuple[State, bool]:
    """Start on a store; return the state, and whether it came from the snapshot."""
    passed = []
    handler = logging.Handler()
    handler.emit = passed.append
    snapshots._log.addHandler(handler)
    journal = Journal.open(folder)
    had = journal._snapshot is not None
    try:
        return journal.load(), had and not passed
    finally:
        snapshots._log.removeHandler(handler)
        journal.close()


def folded_whole(folder: Path) -> State:
    kept = folder / SNAPSHOT_NAME
    aside = kept.rename(folder / "aside") if kept.exists() else None
    state, from_snapshot = load(folder)
    assert not from_snapshot
    if aside is not None:
        aside.rename(kept)
    return state


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    world, path = a_morning(), tmp_path_factory.mktemp("made")
    journal = Journal.open(path)
    for each in world.decided[:BEFORE]:
        journal.commit([each])
    assert make_snapshot(path, whole=True) == BEFORE
    for each in world.decided[BEFORE:]:
        journal.commit([each])
    journal.close()
    return path


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A morning in a store, and a snapshot of the first half of it."""
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True)


def test_the_rest_is_folded_upon_it(folder):
    state, from_snapshot = load(folder)
    assert from_snapshot
    assert everything(state) == everything(folded_whole(folder))


def test_only_its_owner_may_read_it(folder):
    assert stat.S_IMODE((folder / SNAPSHOT_NAME).stat().st_mode) == 0o600


def test_what_stands_in_several_places_is_one_thing_still(folder):
    make_snapshot(folder, whole=False)
    state, _ = load(folder)
    assert state.open_children
    for books in state.books.values():
        for book in books.values():
            for part in book.parts.values():
                assert part._book is book
                assert all(state.children[child.tag] is child for child in part.children)
    assert all(state.children[tag] is child for tag, child in state.open_children.items())


def test_it_is_brought_up_to_date_from_the_one_before(folder):
    journal = Journal.open(folder)
    newest = journal.newest_event
    journal.close()
    assert make_snapshot(folder, whole=False) == newest
    head = json.loads((folder / SNAPSHOT_NAME).read_bytes().partition(b"\n")[0])["head"]
    assert Head.parse(head).seq == newest
    state, from_snapshot = load(folder)
    assert from_snapshot
    assert everything(state) == everything(folded_whole(folder))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another_version(path: Path) -> None:
    label, _, body = path.read_bytes().partition(b"\n")
    changed = json.loads(label) | {"code": "0" * 64}
    path.write_bytes(json.dumps(changed).encode() + b"\n" + body)


def one_byte_changed(path: Path) -> None:
    label, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(label + b"\n" + body.replace(b"father", b"mother", 1))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def no_label(path: Path) -> None:
    path.write_bytes(b"{}\n" + path.read_bytes())


SPOILT = (cut, emptied, of_another_version, one_byte_changed, a_folder, no_label)


@pytest.mark.parametrize("spoil", SPOILT)
def test_whatever_speaks_against_it_the_whole_journal_is_folded(folder, spoil):
    whole = folded_whole(folder)
    spoil(folder / SNAPSHOT_NAME)
    state, from_snapshot = load(folder)
    assert not from_snapshot
    assert everything(state) == everything(whole)


def test_bytes_that_are_no_state_with_a_digest_that_fits_are_passed_over(folder):
    whole = folded_whole(folder)
    path = folder / SNAPSHOT_NAME
    label = json.loads(path.read_bytes().partition(b"\n")[0])
    body = b"[]"
    label |= {"size": len(body), "digest": snapshots.hashlib.sha256(body).hexdigest()}
    path.write_bytes(json.dumps(label).encode() + b"\n" + body)
    state, from_snapshot = load(folder)
    assert not from_snapshot
    assert everything(state) == everything(whole)


def test_the_snapshot_of_another_store_is_passed_over(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    a_filled_store(other)
    whole = folded_whole(other)
    shutil.copy(folder / SNAPSHOT_NAME, other)
    state, from_snapshot = load(other)
    assert not from_snapshot
    assert everything(state) == everything(whole)


def test_a_store_that_went_on_otherwise_is_folded_whole(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    world, journal = a_morning(), Journal.open(other)
    for each in world.decided[:10]:
        journal.commit([each])
    journal.close()
    twin = tmp_path_factory.mktemp("twin")
    shutil.copy(store_of(other), twin)
    journal, later = Journal.open(other), Journal.open(twin)
    for each in world.decided[10:25]:
        journal.commit([each])
    make_snapshot(other, whole=False)
    for number, (event, records) in enumerate(world.decided[10:]):
        at = event.at + timedelta(seconds=number == 9)
        later.commit([(structs.replace(event, at=at), records)])
    journal.close()
    later.close()
    shutil.copy(other / SNAPSHOT_NAME, twin)
    whole = folded_whole(twin)
    state, from_snapshot = load(twin)
    assert not from_snapshot
    assert everything(state) == everything(whole)


def test_a_store_of_the_past_is_not_started_from_the_future(folder, tmp_path_factory):
    past = tmp_path_factory.mktemp("past")
    world, journal = a_morning(), Journal.open(past)
    journal.close()
    shutil.copy(store_of(past), folder / "aside.db")
    for name in (store_of(folder), store_of(folder).with_name("journal.db-wal")):
        name.unlink(missing_ok=True)
    shutil.move(folder / "aside.db", store_of(folder))
    state, from_snapshot = load(folder)
    assert not from_snapshot
    assert world.state.children
    assert not state.children


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_history_is_refused_or_leads_to_the_state_of_before(folder, edit):
    whole = folded_whole(folder)
    edited(folder, EDITS[edit])
    try:
        state, _ = load(folder)
    except StoreDamaged:
        return
    assert everything(state) == everything(whole)


def test_an_old_row_that_was_edited_is_found_the_next_night_and_the_next_start_refuses(folder):
    edited(folder, EDITS["an event is given another time"])
    with pytest.raises(StoreDamaged, match="event 9"):
        make_snapshot(folder, whole=True)
    assert not (folder / SNAPSHOT_NAME).exists()
    with pytest.raises(StoreDamaged):
        Journal.open(folder)


def test_a_state_of_a_running_program_is_never_written(folder):
    state, _ = load(folder)
    before = (folder / SNAPSHOT_NAME).read_bytes()
    state.told.add("said")
    with pytest.raises(StateNotWrittenError, match="told"):
        write_snapshot(folder, state, install_id="K7", head=Head(seq=1, link=b""), record=1)
    assert (folder / SNAPSHOT_NAME).read_bytes() == before
    state.told.clear()
    tag = next(iter(state.open_children))
    state.open_children[tag] = structs.replace(state.open_children[tag])
    with pytest.raises(StateNotWrittenError):
        encode_state(state)


def test_a_fault_later_in_the_day_rebuilds_the_state_from_it_too(folder):
    journal = Journal.open(folder)
    first, second = journal.load(), journal.load()
    journal.close()
    assert everything(first) == everything(second)
