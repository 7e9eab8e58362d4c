"""A backup takes the place of what is there: whole, kept aside, and at any kill refused or right."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.values.strangers import FrozenBy
from storage.backup_file import BackupSource, make_backup
from storage.journal import STORE_NAME, Journal
from storage.mark import StoreMark, refuse_the_past
from storage.recovery_key import RECOVERY_NAME, RecoveryKey
from storage.restore import discard, look_at, restore_steps
from storage.schema import SCHEMA_VERSION
from storage.store_copy import BackupError
from tests.storage.store_world import a_filled_store
from tests.storage.test_backup_files import AT, OWNER, log_in

KEY = RecoveryKey.new()
OLD, NEW = b"LOG_LEVEL=INFO\n", b"LOG_LEVEL=DEBUG\n"
LATER = AT + timedelta(hours=1)


class Machine:
    """A data folder, its key's folder and its settings."""

    def __init__(self, folder: Path) -> None:
        self.data_dir, self.env_file = folder / "var", folder / ".env"
        self.backup = folder / "one.backup"
        self.data_dir.mkdir(parents=True)

    @property
    def mark(self) -> StoreMark:
        return StoreMark.beside(self.env_file.parent / "keys" / "key", self.data_dir)

    def back_up(self) -> Path:
        source = BackupSource(data_dir=self.data_dir, settings=OLD, program="0.1.0", key_id="")
        return make_backup(source, self.backup, KEY.lock, at=AT)

    def look(self, backup=None):
        return look_at(backup or self.backup, KEY, self.data_dir, self.mark, by=OWNER, at=LATER)

    def steps(self, found):
        return restore_steps(found, self.data_dir, self.env_file, self.mark)

    def restore(self, backup=None) -> list[str]:
        return list(self.steps(self.look(backup)))

    def start(self):
        """Open the store as a start does, and return its state."""
        with closing(Journal.open(self.data_dir)) as journal:
            refuse_the_past(journal, self.mark)
            return journal.load()


@pytest.fixture
def machine(memory_folder):
    one = Machine(memory_folder)
    a_filled_store(one.data_dir)
    one.back_up()
    one.env_file.write_bytes(NEW)
    with closing(Journal.open(one.data_dir)) as journal:
        log_in(journal)
        one.mark.note(journal)
    return one


def kept(machine, name=STORE_NAME) -> Path:
    """Return where a file that was replaced is: what is kept first is never written over."""
    return min(machine.data_dir.glob(f"before-restore-*/{name}"))


def test_it_is_in_place_with_entries_frozen_and_what_was_there_is_kept(machine):
    before = (machine.data_dir / STORE_NAME).read_bytes()
    found = machine.look()
    assert "lacks 1 event" in found.wrong
    list(machine.steps(found))
    assert machine.env_file.read_bytes() == OLD
    assert machine.env_file.stat().st_mode & 0o777 == 0o600
    assert machine.start().fence.frozen is FrozenBy.RESTORED
    assert kept(machine).read_bytes() == before
    assert kept(machine, "settings.env").read_bytes() == NEW
    assert (machine.data_dir / RECOVERY_NAME).read_text() == KEY.lock.text()
    assert not (machine.data_dir / ".restoring").exists()


def test_a_backup_of_the_newest_moment_freezes_nothing(machine):
    machine.backup.unlink()
    machine.back_up()
    assert machine.look().wrong == ""
    machine.restore()
    assert machine.start().fence.frozen is None


def test_on_a_new_machine_nobody_knows_what_was_sent_since_so_entries_are_frozen(
    machine, memory_folder
):
    other = Machine(memory_folder / "other")
    assert "not known here" in other.look(machine.backup).wrong
    other.restore(machine.backup)
    assert other.env_file.read_bytes() == OLD
    assert other.start().fence.frozen is FrozenBy.RESTORED
    assert not list(other.data_dir.glob("before-restore-*")), "there was nothing to keep"


@pytest.mark.parametrize("steps", range(1, 6))
def test_killed_at_any_step_a_start_is_refused_or_frozen_and_a_second_restore_ends_it(
    machine, steps
):
    # As after a power cut: a file of SQLite's lies beside the store.
    shutil.copy(machine.env_file, machine.data_dir / f"{STORE_NAME}-shm")
    before = (machine.data_dir / STORE_NAME).read_bytes()
    killed = machine.steps(machine.look())
    told = [next(killed) for _ in range(steps)]
    if (machine.data_dir / STORE_NAME).exists():
        assert told[3] == "the store is in place"
        assert machine.start().fence.frozen is FrozenBy.RESTORED
    else:
        assert steps < 4
    if steps == 5:
        assert next(killed, None) is None, "there is no further step"
    machine.restore()
    assert machine.start().fence.frozen is FrozenBy.RESTORED
    assert machine.env_file.read_bytes() == OLD
    assert kept(machine).read_bytes() == before
    assert kept(machine, "settings.env").read_bytes() == NEW


@pytest.mark.parametrize("steps", range(1, 4))
@pytest.mark.parametrize("has_settings", [False, True])
def test_killed_on_a_new_machine_no_start_begins_an_empty_store_with_the_restored_settings(
    machine, memory_folder, steps, has_settings
):
    other = Machine(memory_folder / "other")
    if has_settings:
        other.env_file.write_bytes(NEW)
    killed = other.steps(other.look(machine.backup))
    told = [next(killed) for _ in range(steps)]
    assert other.start().fence.frozen is FrozenBy.RESTORED
    assert other.env_file.exists() == (has_settings or steps > 1)
    if steps == 3:
        assert "noted" in told[-1]
    other.restore(machine.backup)
    assert other.env_file.read_bytes() == OLD
    assert other.start().fence.frozen is FrozenBy.RESTORED


def test_until_it_begins_nothing_is_touched(machine):
    before = {one: one.read_bytes() for one in machine.data_dir.iterdir() if one.is_file()}
    discard(machine.look())
    assert {one: one.read_bytes() for one in machine.data_dir.iterdir()} == before
    assert machine.env_file.read_bytes() == NEW


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (f"PRAGMA user_version = {SCHEMA_VERSION + 1}", "newer program .* install that version"),
        ("DELETE FROM records WHERE seq = 3", "changed by another hand"),
        ("UPDATE meta SET value = 'ZZ' WHERE name = 'install_id'", "not the one it lists"),
    ],
)
def test_a_store_that_cannot_be_relied_on_is_not_put_in_place(machine, monkeypatch, spoil, told):
    unpack = look_at.__globals__["unpack"]

    def spoiled(path, key, folder):
        manifest = unpack(path, key, folder)
        with closing(sqlite3.connect(folder / STORE_NAME, isolation_level=None)) as db:
            db.execute(spoil)
        return manifest

    monkeypatch.setattr("storage.restore.unpack", spoiled)
    with pytest.raises(BackupError, match=told):
        machine.look()
    machine.start()
