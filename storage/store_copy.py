"""A consistent copy of a store that may be in use, without the sessions that it keeps."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.errors import CopyTraderError
from storage.chain import break_of, read_head, relink
from storage.durable import sync_file
from storage.schema import SCHEMA_VERSION
from storage.vault import SEALED_PREFIX

#: The hash chain came with this version of the tables (storage/migrations/0003_hash_chain.sql).
_CHAINED = 3
# How a text of JSON begins that the vault has sealed.
_SEALED = f'"{SEALED_PREFIX}'.encode()


class BackupError(CopyTraderError):
    """A backup cannot be made or used; the text says why and the mend. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """What a store holds.

    Attributes:
        schema: Version of its tables.
        install_id: Of the installation whose orders it knows.
        events: Number of its newest event.
        history: End of its hash chain.
    """

    schema: int
    install_id: str
    events: int
    history: str


def copy_store(source: Path, target: Path) -> StoreFacts:
    """Copy a store as it is at one moment; the program that writes it is not held up.

    It takes twice the store's size beside the target.

    Args:
        source: The store; opened to be read only.
        target: A new file, for its owner only, durable at return.

    Returns:
        What the original holds. In the copy access tokens are gone, so its chain is linked anew.

    Raises:
        BackupError: It cannot be read, or is damaged.
        OSError: The copy cannot be written.
    """
    try:
        with contextlib.ExitStack() as closing:
            live = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=10)
            closing.callback(live.close)
            raw = target.with_suffix(".raw")
            for path in (raw, target):
                path.touch(mode=0o600, exist_ok=False)
            closing.callback(raw.unlink)
            copy = sqlite3.connect(raw, isolation_level=None)
            closing.callback(copy.close)
            # One step: the copy is of one moment, and a reader in WAL mode holds no writer up.
            live.backup(copy)
            # Neither a log nor a rollback file may keep what is taken out below.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA temp_store = MEMORY")
            if fault := fault_of(copy):
                raise BackupError(f"{source} {fault} - see: copytrader check")
            found = facts_of(copy)
            _take_sessions_out(copy)
            # Into a file of our own choice: VACUUM alone needs as much room where temporary files are, which
            # may be a small one in memory.
            copy.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied ({error}) - see: copytrader check") from error
    except msgspec.MsgspecError as error:
        raise BackupError(
            f"{source} has a row that cannot be read ({error}) - report this"
        ) from error
    sync_file(target)
    return found


def facts_of(db: sqlite3.Connection) -> StoreFacts:
    """Return what an open store holds.

    Raises:
        sqlite3.Error: It is no store of this program.
    """
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    (install_id,) = db.execute("SELECT value FROM meta WHERE name = 'install_id'").fetchone()
    (events,) = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    history = str(read_head(db)) if schema >= _CHAINED else ""
    return StoreFacts(schema=schema, install_id=install_id, events=events, history=history)


def fault_of(db: sqlite3.Connection) -> str:
    """Return why a store cannot be relied on, to be read on after its name; empty where it can.

    Everything is looked at: SQLite's own full check, the version, the chain over the history.

    Raises:
        sqlite3.Error: It cannot be read at all.
    """
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        return f"is damaged ({' '.join(str(verdict).split())})"
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA_VERSION:
        return f"was written by a newer program (schema {schema}): install that version"
    changed = break_of(db) if schema >= _CHAINED else ""
    return f"was changed by another hand or a bad disk ({changed})" if changed else ""


def _take_sessions_out(db: sqlite3.Connection) -> None:
    """Blank every session of the copy, whatever row it is in, and link the chain over what is left.

    What the exits of each follower need stays, as it is now, whether he is in the file or leaves: it is no session,
    and sealed by the key that is not in a backup, as the secrets of the settings are. Of whoever has gone
    nothing is kept.
    """
    db.execute("BEGIN")
    kept = _newest_of_followers(db)
    for table in ("records", "events"):
        query = f"SELECT seq, body FROM {table} WHERE instr(body, ?) > 0"  # noqa: S608 - a name of ours
        for seq, body in db.execute(query, (_SEALED,)).fetchall():
            if table == "records" and seq in kept:
                continue
            blanked = msgspec.json.encode(_without_sealed(msgspec.json.decode(body)))
            db.execute(f"UPDATE {table} SET body = ? WHERE seq = ?", (blanked, seq))  # noqa: S608 - likewise
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if schema >= _CHAINED:
        relink(db)
    db.execute("COMMIT")


def _newest_of_followers(db: sqlite3.Connection) -> frozenset[int]:
    """Return which records tell last of each follower what is kept of him; they alone are gone by."""
    rows = db.execute(
        "SELECT seq, body FROM records WHERE kind IN ('FollowerKept', 'FollowerLeaving') ORDER BY seq"
    )
    return frozenset({msgspec.json.decode(body)["follower"]: seq for seq, body in rows}.values())


def _without_sealed(value: object) -> object:
    """Return a value of JSON with an empty text in the place of each session."""
    match value:
        case str():
            return "" if value.startswith(SEALED_PREFIX) else value
        case list():
            return [_without_sealed(each) for each in value]
        case dict():
            return {name: _without_sealed(each) for name, each in value.items()}
        case _:
            return value
