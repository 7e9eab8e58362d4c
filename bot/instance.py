"""One running instance per ``DATA_DIR``, and that folder kept to its owner."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from engine.errors import CopyTraderError

LOCK_NAME = "lock"
CONTROL_NAME = "control.sock"
KILL_NAME = "kill"
LOGS_NAME = "logs"
USED_CODES_NAME = "totp.used"

# ``running_pid`` holds the lock for a moment when it looks; a start waits this out.
_TRIES = 10
_TRY_EVERY_S = 0.03


class AlreadyRunningError(CopyTraderError):
    """Another instance holds the lock. Leave it alone and end."""


class DataDirError(CopyTraderError):
    """``DATA_DIR`` cannot be used. Do not start; the text says why and the mend."""


def prepare_data_dir(data_dir: Path) -> None:
    """Make ``DATA_DIR`` where it is missing, mode 0700, and refuse one that others can change.

    Raises:
        DataDirError: Not a folder, not writable, someone else's, or writable by others.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = data_dir.stat()
    except OSError as error:
        raise DataDirError(
            f"DATA_DIR: {data_dir} cannot be made: {error.strerror} - move what is in its way, or"
            " set DATA_DIR to another folder"
        ) from error
    if found.st_uid != os.geteuid():
        raise DataDirError(f"DATA_DIR: {data_dir} belongs to someone else - use your own folder")
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise DataDirError(
            f"DATA_DIR: {data_dir} can be changed by others - run: chmod 700 {data_dir}"
        )
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise DataDirError(f"DATA_DIR: {data_dir} is not writable - run: chmod 700 {data_dir}")


@contextmanager
def instance_lock(data_dir: Path) -> Iterator[None]:
    """Hold ``DATA_DIR/lock`` while the block runs; the kernel frees it even after ``kill -9``.

    Raises:
        AlreadyRunningError: Another process holds it.
    """
    handle = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _acquire(handle):
            raise AlreadyRunningError(
                f"another instance{_holder(handle)} runs in {data_dir} - stop it first,"
                " or set another DATA_DIR"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # frees the lock; the file stays, since removing it would race


def running_pid(data_dir: Path) -> int | None:
    """Return the process id of the running instance (0 where it is not told), or None."""
    try:
        handle = os.open(data_dir / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        return _pid(handle)
    finally:
        os.close(handle)


def _acquire(handle: int) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            Event().wait(_TRY_EVERY_S)
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _pid(handle: int) -> int:
    text = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdecimal() else 0


def _holder(handle: int) -> str:
    pid = _pid(handle)
    return f" (process {pid})" if pid else ""
