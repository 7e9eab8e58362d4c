"""A process of its own that makes the nightly backup, so that nothing that trades waits for a disk.

``python -P -m bot.nightly_worker DATA_DIR ENV_FILE FOLDER NIGHT`` writes one line of JSON: ``{"made": "a file"}``,
with ``"was_there": true`` where the night has one already, or ``{"error": "one line with the mend"}``.
"""

import os
import sys
from pathlib import Path

import msgspec

from bot.cli.backup import backup_source
from engine.clock import SystemClock
from engine.errors import CopyTraderError
from storage.backup_file import SUFFIX, make_backup
from storage.recovery_key import RecoveryLock
from storage.store_copy import BackupError

#: Two weeks: a fault that nobody saw for a holiday still has a backup from before it, and a store of years
#: stays below what a small disk holds. What must be kept longer is made by ``copytrader backup``.
KEPT_NIGHTS = 14
#: What the name of a nightly backup begins with: others are never removed.
NIGHTLY_PREFIX = "kitecopytrader-nightly-"

# Below everything that trades, pictures and past days too.
_NICENESS = 15


def nightly_backup(data_dir: Path, env_file: Path, folder: Path, night: str) -> dict[str, object]:
    """Make the backup of a night where there is none, then remove the oldest beyond those that are kept.

    Raises:
        CopyTraderError: It cannot be made.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is not a folder - make it, or mount its disk")
    target = folder / f"{NIGHTLY_PREFIX}{night}{SUFFIX}"
    if target.exists():
        return {"made": str(target), "was_there": True}
    lock = RecoveryLock.kept_in(data_dir)
    if lock is None:
        raise BackupError(
            "there is no recovery key yet - make it in a terminal, once: copytrader backup ."
        )
    make_backup(backup_source(data_dir, env_file), target, lock, at=SystemClock().now())
    for old in nightly_backups(folder)[:-KEPT_NIGHTS]:
        old.unlink(missing_ok=True)
    return {"made": str(target)}


def nightly_backups(folder: Path) -> list[Path]:
    """Return the nightly backups of a folder, oldest first."""
    return sorted(folder.glob(f"{NIGHTLY_PREFIX}*{SUFFIX}"))


def main(arguments: list[str]) -> None:
    """Answer and end."""
    os.umask(0o077)
    os.nice(_NICENESS)
    data_dir, env_file, folder, night = arguments
    try:
        answer = nightly_backup(Path(data_dir), Path(env_file), Path(folder), night)
    except CopyTraderError as error:
        answer = {"error": str(error)}
    except OSError as error:
        answer = {"error": f"{error.filename or folder}: {error.strerror or error}"}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
