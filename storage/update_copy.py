"""A copy of the store as it was, made before its tables are changed."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from storage.durable import sync_file, sync_folder

#: Copies that stay; each is as large as the store was.
KEPT_COPIES = 3


def keep_copy(db: sqlite3.Connection, path: Path, *, version: int, now: datetime) -> Path:
    """Copy an open store beside itself and return the copy, which is durable and for its owner only.

    Args:
        db: The only connection that writes; the copy is what it sees, whole.
        path: The store.
        version: Of its tables, for the copy's name.
        now: For the copy's name.

    Raises:
        OSError: It could not be kept: do not change the store.
        sqlite3.Error: The same.
    """
    copy = path.with_name(f"{path.stem}-v{version}-{now:%Y%m%d-%H%M%S}{path.suffix}")
    part = copy.with_suffix(".part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            db.backup(target)
            # One file, that needs no log beside it to be read.
            target.execute("PRAGMA journal_mode = DELETE")
        sync_file(part)
        part.replace(copy)
        sync_folder(path.parent)
    except (OSError, sqlite3.Error):
        part.unlink(missing_ok=True)
        raise
    older = path.parent.glob(f"{path.stem}-v*{path.suffix}")
    for one in sorted(older, key=lambda each: each.stat().st_mtime_ns)[:-KEPT_COPIES]:
        one.unlink()
    return copy
