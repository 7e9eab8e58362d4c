"""Reads a backup: nothing of it is believed before it is proven, and nothing is written outside of one folder."""

import hashlib
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from storage.backup_manifest import FORM, MANIFEST_NAME, SETTINGS_NAME, Manifest, Part, part_of
from storage.recovery_key import RecoveryKey
from storage.sealed_file import SealedReader
from storage.store_copy import BackupError
from storage.store_name import STORE_NAME

_CHUNK = 2**20


def settings_in(path: Path, key: RecoveryKey) -> bytes | None:
    """Return the env file that a backup holds; None where it has none.

    Raises:
        BackupError: It is no backup, or newer than this program can read.
    """
    with _opened(path, key) as tar:
        members = iter(tar)
        manifest = _manifest(path, tar, next(members, None))
        for member in members:
            content = tar.extractfile(member)
            if member.name == SETTINGS_NAME and content is not None:
                settings = content.read()
                if part_of(settings) != manifest.files.get(SETTINGS_NAME):
                    raise BackupError(f"{path}: the settings are damaged - give another backup")
                return settings
            if member.name == STORE_NAME:
                break
    return None


def unpack(path: Path, key: RecoveryKey, folder: Path) -> Manifest:
    """Write the files of a backup into an empty folder, each as its checksum says.

    Args:
        path: The backup.
        key: Opens it.
        folder: Theirs alone; what is in it after an error is worth nothing.

    Raises:
        BackupError: It is no whole backup, or newer than this program can read.
    """
    with _opened(path, key) as tar:
        members = iter(tar)
        manifest = _manifest(path, tar, next(members, None))
        for member in members:
            told = manifest.files.get(member.name)
            content = tar.extractfile(member)
            if told is None or content is None:
                raise BackupError(f"{path} holds {member.name!r} unlisted - give another backup")
            if _extract(content, folder / member.name) != told:
                raise BackupError(f"{path}: {member.name} is damaged - give another backup")
    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing or STORE_NAME not in manifest.files:
        raise BackupError(f"{path} lacks {', '.join(missing) or STORE_NAME} - give another backup")
    return manifest


@contextmanager
def _opened(path: Path, key: RecoveryKey) -> Iterator[tarfile.TarFile]:
    try:
        reader = cast("IO[bytes]", SealedReader(path, key))
        with tarfile.open(fileobj=reader, mode="r|gz") as tar:
            yield tar
    except FileNotFoundError:
        raise BackupError(
            f"{path} does not exist - give the file that copytrader backup made"
        ) from None
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read: {error.strerror or error} - mend that"
        ) from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError(f"{path} is damaged ({error}) - give another backup") from error


def _manifest(path: Path, tar: tarfile.TarFile, first: tarfile.TarInfo | None) -> Manifest:
    content = tar.extractfile(first) if first is not None and first.name == MANIFEST_NAME else None
    if content is None:
        raise BackupError(f"{path} does not say what it holds - give another backup")
    text = content.read(_CHUNK)
    try:
        form = msgspec.json.decode(text).get("form")
        if isinstance(form, int) and form > FORM:
            raise BackupError(f"{path} was made by a newer program - install that version")
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, AttributeError) as error:
        raise BackupError(
            f"{path} says what it holds in an unknown form - install the newest version"
        ) from error
    if any(Path(name).name != name for name in manifest.files):
        raise BackupError(f"{path} names files outside of it - give another backup")
    return manifest


def _extract(content: IO[bytes], target: Path) -> Part:
    digest, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Part(size=size, sha256=digest.hexdigest())
