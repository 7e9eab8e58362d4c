"""Puts a backup in the place of what is there, so that a kill at any moment leaves a start refused or right."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.core.values.control import Requester
from storage.backup_manifest import SETTINGS_NAME, Manifest
from storage.backup_reading import unpack
from storage.durable import sync_folder
from storage.journal import Journal
from storage.mark import StoreMark, freeze, of_the_past, reached_by
from storage.recovery_key import RECOVERY_NAME, RecoveryKey
from storage.store_copy import BackupError, facts_of, fault_of
from storage.store_name import REPLACED_PREFIX, STORE_NAME

#: The folder in DATA_DIR in which a backup is looked at before anything is replaced.
STAGING_NAME = ".restoring"
# In this order: without the store no start is possible, whatever else is left of it.
_STORE_FILES = (STORE_NAME, f"{STORE_NAME}-wal", f"{STORE_NAME}-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """A backup that was found good and can be put in place.

    Attributes:
        staging: Folder with its files.
        settings: Its env file; None where it has none.
        wrong: Why the store is not the one that ran here last; empty where it is.
        replaced: Folder that keeps what is replaced; made where something is.
    """

    manifest: Manifest
    staging: Path
    replaced: Path
    wrong: str
    settings: bytes | None


def look_at(
    backup: Path, key: RecoveryKey, data_dir: Path, mark: StoreMark, *, by: Requester, at: datetime
) -> Restoration:
    """Unpack a backup beside the store and prove it; nothing that is in use is touched.

    A store that lacks what has run here since, or of which that cannot be told, is frozen in the same step:
    no entry leaves it until a person has adopted what it lacks. Call it while the instance lock is held.

    Args:
        backup: The file.
        key: Opens it.
        data_dir: Where the store is to be.
        mark: Tells how far the store that ran here last had come.
        by: Who restores.
        at: Now.

    Raises:
        BackupError: It cannot be used.
        JournalError: Its store cannot be opened.
    """
    staging = data_dir / STAGING_NAME
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, staging, ignore_errors=True)
        manifest = unpack(backup, key, staging)
        _prove(backup, staging / STORE_NAME, manifest)
        noted = mark.read()
        with contextlib.closing(Journal.open(staging)) as journal:
            wrong = of_the_past(reached_by(journal), noted)
            if noted is None:
                wrong = "what was sent after the backup is not known here"
            if wrong:
                freeze(journal, by=by, at=at)
        undo.pop_all()
    replaced = _unused(data_dir / f"{REPLACED_PREFIX}{at:%Y%m%d-%H%M%S}")
    kept = staging / SETTINGS_NAME
    return Restoration(
        manifest=manifest,
        staging=staging,
        replaced=replaced,
        wrong=wrong,
        settings=kept.read_bytes() if kept.exists() else None,
    )


def restore_steps(
    found: Restoration, data_dir: Path, env_file: Path, mark: StoreMark
) -> Iterator[str]:
    """Put it in place, pausing after each step; what it replaces is kept in the data folder.

    Killed on the way, a start is refused, since the store is missing, or finds the restored store, frozen where it
    lacks something. Run again it is done whole.

    Raises:
        OSError: A step failed; mend the cause and restore again.
        JournalError: The store that was put in place cannot be read.
    """
    found.replaced.mkdir(mode=0o700)
    moved = False
    for name in _STORE_FILES:
        if (data_dir / name).exists():
            (data_dir / name).replace(found.replaced / name)
            sync_folder(data_dir)
            moved = True
            yield f"{name} is kept"
    # Where a store was, its absence refuses a start; where none was, a start would begin a new one: the store
    # first.
    settings, store = _put_settings(found, env_file), _put_store(found, data_dir)
    for put in (settings, store) if moved else (store, settings):
        yield from put
    with contextlib.closing(Journal.open(data_dir)) as journal:
        mark.note(journal)
    shutil.rmtree(found.staging, ignore_errors=True)
    with contextlib.suppress(OSError):
        found.replaced.rmdir()  # nothing was there to be kept
    yield "it is noted as the one that runs here"


def _put_settings(found: Restoration, env_file: Path) -> Iterator[str]:
    if found.settings is not None:
        _replace_settings(env_file, found.settings, found.replaced)
        yield "the settings are in place"


def _put_store(found: Restoration, data_dir: Path) -> Iterator[str]:
    lock = found.staging / RECOVERY_NAME
    if lock.exists() and not (data_dir / RECOVERY_NAME).exists():
        lock.replace(data_dir / RECOVERY_NAME)
    sync_folder(found.replaced)
    (found.staging / STORE_NAME).replace(data_dir / STORE_NAME)
    sync_folder(data_dir)
    yield "the store is in place"


def discard(found: Restoration) -> None:
    """Remove what was unpacked; nothing else was touched."""
    shutil.rmtree(found.staging, ignore_errors=True)


def _unused(folder: Path) -> Path:
    """Return a folder that does not exist: what an earlier restore kept is never written over."""
    number, found = 1, folder
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found


def _prove(backup: Path, store: Path, manifest: Manifest) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as db:
            if fault := fault_of(db):
                raise BackupError(f"the store in {backup} {fault} - give another backup")
            facts, told = facts_of(db), manifest.store
    except sqlite3.Error as error:
        raise BackupError(
            f"the store in {backup} is damaged ({error}) - give another backup"
        ) from error
    if (facts.install_id, facts.events) != (told.install_id, told.events):
        raise BackupError(f"the store in {backup} is not the one it lists - give another backup")


def _replace_settings(env_file: Path, settings: bytes, replaced: Path) -> None:
    # Through a link to the file itself: people keep their settings elsewhere.
    target = env_file.resolve()
    if target.exists():
        if target.read_bytes() == settings:
            return
        kept = replaced / SETTINGS_NAME
        shutil.copyfile(target, kept)
        kept.chmod(0o600)
    draft = target.with_name(f".{target.name}.restored")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.write(settings)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    sync_folder(target.parent)
