"""Files and their names made to survive a power cut."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Have the disk keep a file's content.

    Raises:
        OSError: It could not; do not rely on the file.
    """
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Have the disk keep which files a folder has: a new file is lost without it (fsync(2), notes).

    Raises:
        OSError: It could not.
    """
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
