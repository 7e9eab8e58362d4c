"""The file that holds the key: made once, readable by its owner only."""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from engine.errors import CopyTraderError
from storage.durable import DISK, Disk, make_file
from storage.trusted_path import fault_of_path

#: Length of an AES-256 key.
KEY_BYTES = 32
# First word of the file, so that a wrong file is noticed and the form can change.
_FORM = "kitecopytrader-key-1"


# What stands behind the name of the key file: the next key while a change of keys is under way,
# and, before its id, a key that was in use.
_NEXT, _FORMER = ".new", ".old-"


def next_key_path(path: Path) -> Path:
    """Return where the next key waits until everything is sealed with it."""
    return path.with_name(f"{path.name}{_NEXT}")


def former_key_path(path: Path, key_id: str) -> Path:
    """Return where a key is kept that was in use: backups of its time need it."""
    return path.with_name(f"{path.name}{_FORMER}{key_id}")


def former_key_paths(path: Path) -> list[Path]:
    """Return the keys that were in use before, as far as they are still kept beside the key file."""
    beginning = f"{path.name}{_FORMER}"
    try:
        return sorted(one for one in path.parent.iterdir() if one.name.startswith(beginning))
    except OSError:
        return []


def noted_keys(key_mark: Path) -> list[str]:
    """Return the ids that the note in the data folder names; more than one: a change was begun."""
    try:
        return key_mark.read_text(encoding="ascii", errors="replace").split()
    except FileNotFoundError:
        return []


class KeyFileError(CopyTraderError):
    """The key file cannot be used. Do not go on; the text says why and the mend."""


def create_key_file(path: Path, *, disk: Disk = DISK) -> bytes:
    """Make a new random key in a file of mode 0600, its folder 0700 where it is new.

    The file appears whole or not at all, and one that exists is never overwritten: whatever
    that key sealed would be lost.

    Args:
        path: Absolute path.
        disk: Where it is written.

    Returns:
        The key, :data:`KEY_BYTES` long.

    Raises:
        KeyFileError: It exists already or cannot be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    text = f"{_FORM} {base64.urlsafe_b64encode(key).decode()}\n"
    new_folders = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_open_folder(path)
        make_file(path, text, disk=disk)
        for folder in new_folders:  # or a power cut takes the folder, and the key with it
            disk.sync(folder.parent)
    except FileExistsError:
        raise KeyFileError(f"{path} exists already - it is not overwritten") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror} - mend that") from error
    return key


def read_key_file(path: Path) -> bytes:
    """Return the key, after making sure that nobody else can read or replace it.

    Raises:
        KeyFileError: Missing, a symbolic link, someone else's, open to others, or damaged.
    """
    try:
        _refuse_open_folder(path)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, encoding="ascii", errors="replace") as file:
            _refuse_open_file(path, os.fstat(file.fileno()))
            text = file.read(1000)
    except FileNotFoundError:
        raise KeyFileError(
            f"{path} does not exist - put the key file back, or be the user who ran copytrader setup"
        ) from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror} - mend that") from error
    return _decode(path, text)


def _decode(path: Path, text: str) -> bytes:
    form, _, encoded = text.strip().partition(" ")
    try:
        key = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if form != _FORM or len(key) != KEY_BYTES:
        raise KeyFileError(f"{path} is not a key file or is damaged - put the right one back")
    return key


def _refuse_open_folder(path: Path) -> None:
    """Refuse a folder in which others could swap the file."""
    found = path.parent.stat()
    sticky = bool(found.st_mode & stat.S_ISVTX)
    if stat.S_IMODE(found.st_mode) & 0o022 and not sticky:
        raise KeyFileError(f"{path.parent} can be changed by others - run: chmod 700 {path.parent}")
    if fault := fault_of_path(path):
        raise KeyFileError(fault)


def _refuse_open_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileError(f"{path} is not a file - give the key file's path")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyFileError(f"{path} can be read by others - run: chmod 600 {path}")
