"""What SQLite's errors mean for whoever runs the program, and the mend."""

import sqlite3
from pathlib import Path

from engine.errors import JournalError, JournalFull, StoreDamaged
from storage.disk_full import is_no_room

# Source: sqlite.org/rescode.html. A full disk is SQLITE_FULL; a quota or a limit on the size of files
# fails the write itself. A sync that fails is not among them: what a disk did not keep once may be told
# as kept the next time, so that is never tried again.
_NO_ROOM = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
)
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FORBIDDEN = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})

_FREE_SPACE = "free disk space and start again"
_UNLOCK = "end the other program that has it open (a database viewer, a copy job) and start again"
_ALLOW = "make it and its folder writable for this user and start again"
_RESTORE = "restore a backup, or move it away to begin anew"


def could_not_write(error: sqlite3.Error) -> JournalError:
    """Return what the writer raises for an error of a commit."""
    if _code(error) in _NO_ROOM:
        return JournalFull(
            f"the journal cannot be written ({error}): free disk space; nothing more is sent"
        )
    mend = "free disk space or mend the disk"
    if is_locked(error):
        mend = "end the other program that has it open"
    elif _plain(error) in _FORBIDDEN:
        mend = "make it and its folder writable"
    return JournalError(f"the journal cannot be written ({error}): {mend}; nothing more is sent")


def could_not_open(path: Path, error: sqlite3.Error | OSError) -> StoreDamaged:
    """Return what a start ends with where the store cannot be opened."""
    if isinstance(error, OSError):
        mend = _FREE_SPACE if is_no_room(error) else _ALLOW
        return StoreDamaged(f"{path} cannot be used ({error.strerror}): {mend}")
    if _code(error) in _NO_ROOM:
        mend = _FREE_SPACE
    elif is_locked(error):
        mend = _UNLOCK
    elif _plain(error) in _FORBIDDEN:
        mend = _ALLOW
    else:
        mend = _RESTORE
    return StoreDamaged(f"{path} cannot be used ({error}): {mend}")


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether another program holds the store; nothing was written, and it may be tried again."""
    return _plain(error) in _LOCKED


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)


def _plain(error: sqlite3.Error) -> int:
    """Return the error without its details, which are in the upper bits."""
    return _code(error) & 0xFF
