"""One file that holds store and settings: made beside the running program, never half there."""

import io
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

import msgspec

from storage.backup_manifest import FORM, MANIFEST_NAME, SETTINGS_NAME, Manifest, part_of
from storage.durable import sync_folder
from storage.journal import LEAST_FREE_BYTES
from storage.recovery_key import RECOVERY_NAME, RecoveryLock
from storage.sealed_file import SealingWriter
from storage.store_copy import BackupError, copy_store
from storage.store_name import STORE_NAME

#: How a file that holds a backup ends.
SUFFIX = ".backup"
#: What begins the name of a folder in DATA_DIR in which a backup is put together.
WORK_PREFIX = ".backup-"

# As it is, and without sessions.
_COPIES = 2
# A copy that a killed backup left is older than any backup takes.
_LEFT_OVER_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSource:
    """What goes into a backup.

    Attributes:
        data_dir: Absolute folder of the store.
        settings: Bytes of the env file, without plain secrets; None where there is none.
        program: Version of the program.
        key_id: Which key seals the secrets of the settings.
    """

    data_dir: Path
    settings: bytes | None
    program: str
    key_id: str


def make_backup(source: BackupSource, target: Path, lock: RecoveryLock, *, at: datetime) -> Path:
    """Make a backup and return it.

    Args:
        source: What is kept.
        target: A new file; its folder is there.
        lock: Whom it is for.
        at: Now.

    Raises:
        BackupError: It cannot be made; nothing is left behind.
    """
    for _ in backup_steps(source, target, lock, at=at):
        pass
    return target


def backup_steps(
    source: BackupSource, target: Path, lock: RecoveryLock, *, at: datetime
) -> Iterator[str]:
    """Make a backup, pausing after each step that leaves something on the disk.

    Raises:
        BackupError: As :func:`make_backup`.
    """
    if target.exists():
        raise BackupError(f"{target} exists already - give another name, or a folder")
    store = source.data_dir / STORE_NAME
    if not store.exists():
        raise BackupError(
            f"there is no store in {source.data_dir} yet - start it first with: copytrader run"
        )
    _sweep(source.data_dir, at)
    _refuse_a_full_disk(store)
    work = source.data_dir / f"{WORK_PREFIX}{secrets.token_hex(4)}"
    part = target.with_name(f".{target.name}.part")
    try:
        work.mkdir(mode=0o700)
        yield "a folder to work in"
        facts = copy_store(store, work / STORE_NAME)
        yield "a copy of the store"
        # The store last: who only looks what a backup is need not read it.
        kept: dict[str, Path | bytes] = {RECOVERY_NAME: lock.text().encode()}
        if source.settings is not None:
            kept[SETTINGS_NAME] = source.settings
        kept[STORE_NAME] = work / STORE_NAME
        manifest = Manifest(
            form=FORM,
            program=source.program,
            made_at=at,
            store=facts,
            key_id=source.key_id,
            files={name: part_of(content) for name, content in kept.items()},
        )
        _write_durably(part, lock, manifest, kept)
        yield "the whole file, under another name"
        _name(part, target)
        sync_folder(target.parent)
        yield "the backup"
    except FileExistsError as error:
        raise BackupError(f"{target} exists already - give another name, or a folder") from error
    except OSError as error:
        raise BackupError(
            f"the backup cannot be written to {target.parent}: {error.strerror or error} - mend that"
        ) from error
    finally:
        part.unlink(missing_ok=True)
        shutil.rmtree(work, ignore_errors=True)


def _name(part: Path, target: Path) -> None:
    """Give the file its name; unlike a rename a link fails where somebody else made one of that name."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        part.rename(target)  # a USB stick in FAT has no links


def _write_durably(
    part: Path, lock: RecoveryLock, manifest: Manifest, kept: dict[str, Path | bytes]
) -> None:
    part.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        _write(file, lock, manifest, kept)
        file.flush()
        os.fsync(file.fileno())


def _write(
    file: BinaryIO, lock: RecoveryLock, manifest: Manifest, kept: dict[str, Path | bytes]
) -> None:
    writer = SealingWriter(file, lock)
    with tarfile.open(fileobj=cast("IO[bytes]", writer), mode="w|gz") as tar:
        content = {MANIFEST_NAME: msgspec.json.format(msgspec.json.encode(manifest)), **kept}
        for name, each in content.items():
            member = tarfile.TarInfo(name)
            member.mode = 0o600
            if isinstance(each, Path):
                member.size = each.stat().st_size
                with each.open("rb") as source:
                    tar.addfile(member, source)
            else:
                member.size = len(each)
                tar.addfile(member, io.BytesIO(each))
    writer.end()


def _refuse_a_full_disk(store: Path) -> None:
    """Refuse where the copies might take the room that copying and exits need."""
    needed = _COPIES * store.stat().st_size + LEAST_FREE_BYTES
    free = shutil.disk_usage(store.parent).free
    if free < needed:
        raise BackupError(
            f"a backup needs {needed // 2**20} MB for a while where the store is, and {free // 2**20} MB are "
            "free - make room"
        )


def _sweep(data_dir: Path, at: datetime) -> None:
    """Remove what killed backups left: copies of the store that nobody will use."""
    for one in data_dir.glob(f"{WORK_PREFIX}*"):
        with suppress(OSError):
            if at.timestamp() - one.stat().st_mtime > _LEFT_OVER_S:
                shutil.rmtree(one, ignore_errors=True)
