"""Files and their names made to survive a power cut."""

import contextlib
import os
import re
import secrets
from pathlib import Path

# What a draft is called: a dot, the name it is to have, and so many hexadecimal digits.
_DRAFT_DIGITS = 8


class Disk:
    """The calls that make, name and drop files; tests put one in its place that dies at any of them."""

    def write(self, path: Path, text: str) -> None:
        """Write a new file that only its owner may read, and have the disk keep its content."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def link(self, path: Path, other: Path) -> None:
        """Give a file a second name; unlike a rename it fails where that name is taken."""
        os.link(path, other)

    def rename(self, path: Path, other: Path) -> None:
        """Give a file another name, in one step in place of what had that name."""
        path.replace(other)

    def remove(self, path: Path) -> None:
        """Drop a name."""
        path.unlink()

    def sync(self, folder: Path) -> None:
        """Have the disk keep which files a folder has."""
        sync_folder(folder)


#: The real one.
DISK = Disk()


def make_file(path: Path, text: str, *, disk: Disk = DISK) -> None:
    """Make a new file, mode 0600, that appears whole or not at all.

    Raises:
        FileExistsError: It exists; it was not touched.
        OSError: It cannot be written.
    """
    draft = _draft_of(path)
    try:
        disk.write(draft, text)
        disk.link(draft, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            disk.remove(draft)
    disk.sync(path.parent)


def replace_file(path: Path, text: str, *, disk: Disk = DISK) -> None:
    """Write a file anew, mode 0600: at every moment its name leads to the whole old or new text.

    Raises:
        OSError: It cannot be written; the old text is still there.
    """
    draft = _draft_of(path)
    try:
        disk.write(draft, text)
        disk.rename(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            disk.remove(draft)
        raise
    disk.sync(path.parent)


def sweep_drafts(path: Path, *, disk: Disk = DISK) -> None:
    """Remove the drafts that a killed :func:`make_file` or :func:`replace_file` has left of a file.

    Call it only where nobody else may be writing that file.

    Raises:
        OSError: One cannot be removed.
    """
    drafts = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{{_DRAFT_DIGITS}}}")
    for one in sorted(path.parent.iterdir()):
        if drafts.fullmatch(one.name):
            disk.remove(one)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(_DRAFT_DIGITS // 2)}")


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
