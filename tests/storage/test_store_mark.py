"""A store put back from the past is told by the note that is kept outside of it."""

import shutil
from datetime import datetime, timedelta

import pytest

from engine.core.decide import decide
from engine.core.values.control import Requester
from engine.core.values.events import Faulted
from engine.core.values.market import IST
from engine.core.values.strangers import FrozenBy
from engine.errors import StoreDamaged
from storage.journal import STORE_NAME, Journal
from storage.mark import Reached, StoreMark, accept_store, refuse_the_past, what_is_wrong

AT = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
OWNER = Requester(user_id=0, name="command line")


@pytest.fixture
def mark(tmp_path):
    return StoreMark.beside(tmp_path / "keys" / "key", tmp_path / "var")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def live_on(folder, *texts: str) -> Journal:
    """Open the store and let something happen in it, once for each text."""
    journal = Journal.open(folder)
    for number, text in enumerate(texts):
        event = Faulted(topic="engine", text=text, at=AT + timedelta(seconds=number))
        journal.commit([(event, decide(journal.load(), event, {}).records)])
    return journal


def test_a_store_that_goes_on_is_never_refused(folder, mark):
    for text in ("one", "two", "three"):
        journal = live_on(folder, text)
        refuse_the_past(journal, mark)
        mark.note(journal)
        journal.close()
    again = StoreMark.beside(folder.parent / "keys" / "key", folder)
    assert again.read() == Reached(install_id=journal.install_id, event=3)


def test_a_store_restored_from_the_past_is_refused_with_the_mend(folder, mark, tmp_path):
    live_on(folder, "one").close()
    shutil.copy(folder / STORE_NAME, tmp_path / "backup")
    journal = live_on(folder, "two", "three")
    mark.note(journal)
    journal.close()
    for left in folder.iterdir():
        left.unlink()
    shutil.copy(tmp_path / "backup", folder / STORE_NAME)
    journal = Journal.open(folder)
    with pytest.raises(StoreDamaged, match=r"lacks 2 event.*copytrader adopt"):
        refuse_the_past(journal, mark)
    journal.close()


def test_another_store_in_its_place_is_refused_but_one_begun_anew_is_not(folder, mark):
    journal = live_on(folder, "one")
    mark.note(journal)
    journal.close()
    install_id = journal.install_id
    while journal.install_id == install_id:
        for left in folder.iterdir():
            left.unlink()
        journal = Journal.open(folder)
        journal.close()
    assert what_is_wrong(folder, mark) == "", "an empty store has nothing to mistake"
    live_on(folder, "something").close()
    assert "not the one that ran here last" in what_is_wrong(folder, mark)


@pytest.mark.parametrize("content", ["", "kitecopytrader-store-1 K7", "x K7 3", "\x00\xff"])
def test_a_note_that_is_torn_or_lost_refuses_nothing(folder, mark, content):
    live_on(folder, "one").close()
    path = folder.parent / "keys"
    path.mkdir()
    for name in [mark._path]:
        name.write_bytes(content.encode("latin-1"))
    assert what_is_wrong(folder, mark) == ""


def test_a_store_that_a_person_takes_starts_frozen_and_is_the_one_from_then_on(
    folder, mark, tmp_path
):
    live_on(folder, "one").close()
    shutil.copy(folder / STORE_NAME, tmp_path / "backup")
    journal = live_on(folder, "two", "three", "four")
    mark.note(journal)
    journal.close()
    for left in folder.iterdir():
        left.unlink()
    shutil.copy(tmp_path / "backup", folder / STORE_NAME)
    text = accept_store(folder, mark, by=OWNER, at=AT)
    assert "copytrader adopt again" in text
    again = StoreMark.beside(folder.parent / "keys" / "key", folder)
    assert what_is_wrong(folder, again) == "", "fewer events than ran here, and taken all the same"
    journal = Journal.open(folder)
    assert journal.load().fence.frozen is FrozenBy.RESTORED
    journal.close()


def test_two_folders_beside_one_key_keep_notes_of_their_own(tmp_path):
    key = tmp_path / "keys" / "key"
    one, other = (StoreMark.beside(key, tmp_path / name) for name in ("var", "var2"))
    (tmp_path / "var").mkdir()
    journal = live_on(tmp_path / "var", "one")
    one.note(journal)
    journal.close()
    assert other.read() is None
    assert one._path.stat().st_mode & 0o777 == 0o600
