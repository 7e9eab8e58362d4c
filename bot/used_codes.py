"""Which second-factor code was used last, known to the instance and to the command line alike."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import CopyTraderError


class UsedCodesError(CopyTraderError):
    """It cannot be told whether a code was used. Accept none; the text says the mend."""


class UsedCodes:
    """The newest used time step, in a small file of its own: a code works once, whoever takes it.

    The store knows it too, but only the instance may write that, and the kill switch must be
    releasable while no instance runs.

    Args:
        path: ``DATA_DIR/totp.used``, mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> int | None:
        """Return the newest used step, or None where none was used.

        Raises:
            UsedCodesError: The file is damaged or cannot be read.
        """
        try:
            return _step(self._path, self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsedCodesError(f"{self._path}: {error.strerror} - mend that") from error

    def spend(self, step: int) -> bool:
        """Use a step up, durably; return False where it, or a later one, was used already.

        Raises:
            UsedCodesError: That cannot be told or noted; the code must not count.
        """
        try:
            with self._locked() as handle:
                newest = _step(self._path, os.pread(handle, 64, 0))
                if newest is not None and step <= newest:
                    return False
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{step}\n".encode(), 0)
                os.fsync(handle)
        except OSError as error:
            raise UsedCodesError(f"{self._path}: {error.strerror} - mend that") from error
        return True

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the file for one look and one note; a second holder is told to try again."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield handle
        finally:
            os.close(handle)


def _step(path: Path, content: bytes) -> int | None:
    text = content.strip()
    if not text:
        return None  # made, but never written: no code was accepted
    if not text.isdigit():
        raise UsedCodesError(f"{path} is damaged - remove it and use a new code")
    return int(text)
