"""Makes the snapshot of a store that may be in use: a reader folds what the journal tells, the writer is not held up."""

import contextlib
import sqlite3
from pathlib import Path

from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.errors import StoreDamaged
from storage.chain import GENESIS, Head, break_of, link, walk
from storage.codec import decode_row
from storage.schema import SCHEMA_VERSION
from storage.snapshot import SNAPSHOT_NAME, read_snapshot, without_collecting, write_snapshot
from storage.store_name import STORE_NAME


def make_snapshot(data_dir: Path, *, whole: bool) -> int:
    """Bring the snapshot of a folder's store up to date, from the one before where that fits.

    Args:
        data_dir: The folder.
        whole: Whether the history before the snapshot is proved again too.

    Returns:
        The number of the newest event in it.

    Raises:
        StoreDamaged: The history was changed or cannot be read. There is no snapshot any more: the next start
            refuses the store.
        StateNotWrittenError: See there; the snapshot before, if any, stays.
        sqlite3.Error, OSError: It cannot be read or written; likewise.
    """
    try:
        with without_collecting():
            return _make(data_dir, whole=whole)
    except StoreDamaged:
        (data_dir / SNAPSHOT_NAME).unlink(missing_ok=True)
        raise


def _make(data_dir: Path, *, whole: bool) -> int:
    uri = f"{(data_dir / STORE_NAME).absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            raise StoreDamaged(f"its tables are of version {version}, not {SCHEMA_VERSION}")
        if whole and (changed := break_of(db)):
            raise StoreDamaged(changed)
        return _fold_on(data_dir, db)


def _fold_on(data_dir: Path, db: sqlite3.Connection) -> int:
    (install_id,) = db.execute("SELECT value FROM meta WHERE name = 'install_id'").fetchone()
    snapshot = read_snapshot(data_dir, db)
    state = None if snapshot is None else snapshot.state()
    if snapshot is not None and state is not None:
        head, record = snapshot.head, snapshot.record
    else:
        state, head, record = State(install_id=install_id), Head(seq=0, link=GENESIS), 0
    began = head
    for event, told, records in walk(db, after=head.seq):
        head = Head(seq=event[0], link=link(head.link, event, records))
        if head.link != told:
            raise StoreDamaged(f"event {event[0]} of {event[1]} or a row beside it was changed")
        for number, kind, body in records:
            for each in decode_row(kind, bytes(body)):
                apply(state, each)
            record = number
    if head != began:
        write_snapshot(data_dir, state, install_id=install_id, head=head, record=record)
    return head.seq
