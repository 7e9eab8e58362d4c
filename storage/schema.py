"""The store's tables: made where there is none, brought up to date where it is older."""

import contextlib
import secrets
import sqlite3
import string
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from engine.clock import SystemClock
from engine.errors import StoreDamaged
from storage.chain import chain_all
from storage.update_copy import keep_copy

#: What leads from version 1 (``schema.sql``) to the newest, one file a version, in order.
MIGRATIONS = (
    "0002_mentions.sql",
    "0003_hash_chain.sql",
    "0004_profit_samples.sql",
    "0005_no_index_by_master_order.sql",
    "0006_intents_by_order.sql",
    "0007_tag_looked_for_after.sql",
)
#: What a step does besides its SQL, within the same transaction.
_WORK: Mapping[int, Callable[[sqlite3.Connection], None]] = MappingProxyType({3: chain_all})
#: What this program reads and writes.
SCHEMA_VERSION = 1 + len(MIGRATIONS)
#: For how long another program that holds the store is waited for, milliseconds.
BUSY_MS = 2000


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Set what durability needs, read it back, check the file, make or update the tables.

    Raises:
        StoreDamaged: It is damaged, cannot be made durable, or is newer than this program.
        sqlite3.Error: It is no database, or cannot be written; nothing was changed.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    (mode,) = db.execute("PRAGMA journal_mode").fetchone()
    (sync,) = db.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or sync != 2:
        raise StoreDamaged(f"{path} cannot be made durable (journal {mode}, synchronous {sync})")
    (verdict,) = db.execute("PRAGMA quick_check").fetchone()
    if verdict != "ok":
        found = " ".join(str(verdict).split())  # SQLite gives a line to each fault
        raise StoreDamaged(f"{path} is damaged ({found}): restore a backup")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreDamaged(
            f"{path} was written by a newer program (schema {version}): install that version"
        )
    # A file that may only be read opens well and would fail at the first order instead.
    db.execute("BEGIN IMMEDIATE")
    db.execute("ROLLBACK")
    is_new = version == 0
    if is_new:
        _create(db)
        version = 1
    steps = MIGRATIONS[version - 1 :]
    # As the program that the user had left it, not as it is between two steps: nobody could start on that.
    copy = _copied(db, path, version) if steps and not is_new else None
    for number, name in enumerate(steps, start=version + 1):
        _migrate(db, name, number, whose=(path, copy))


def _create(db: sqlite3.Connection) -> None:
    alphabet = string.ascii_uppercase + string.digits
    install_id = "".join(secrets.choice(alphabet) for _ in range(2))
    db.executescript(f"BEGIN; {_text('schema.sql')} PRAGMA user_version = 1;")
    db.execute("INSERT INTO meta (name, value) VALUES ('install_id', ?)", (install_id,))
    db.execute("COMMIT")


def _copied(db: sqlite3.Connection, path: Path, version: int) -> Path:
    try:
        return keep_copy(db, path, version=version, now=SystemClock().now())
    except (OSError, sqlite3.Error) as error:
        raise StoreDamaged(
            f"{path} must be brought up to date, but no copy of it can be kept first ({error}): "
            "nothing was changed - make room in its folder and start again"
        ) from error


def _migrate(
    db: sqlite3.Connection, name: str, version: int, *, whose: tuple[Path, Path | None]
) -> None:
    """Take one step whole or not at all: the version is part of the same transaction."""
    script, (path, copy) = _text("migrations", name), whose
    try:
        db.executescript(f"BEGIN IMMEDIATE; {script}")
        work = _WORK.get(version)
        if work is not None:
            work(db)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
    except sqlite3.Error as error:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        kept = f"; a copy is {copy.name}" if copy else ""
        raise StoreDamaged(
            f"{path} could not be brought up to date to {version} ({error}): it is as it was - start "
            f"the version of the program that you had, and report this{kept}"
        ) from error


def _text(*names: str) -> str:
    return resources.files("storage").joinpath(*names).read_text(encoding="utf-8")
