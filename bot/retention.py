"""What may be deleted after a while, and why; everything that is not listed here stays for ever.

Never: the journal (the state is its fold, its chain proves it, and who trades must be able to show his books for
six years after the year of assessment: Income-tax Rules 1962, rule 6F(5)), keys, what a restore has replaced, and
backups made by hand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.instance import LOGS_NAME
from bot.logs import LOG_FILE
from bot.nightly_worker import KEPT_NIGHTS, nightly_backups
from storage.backup_file import SUFFIX, WORK_PREFIX
from storage.restore import STAGING_NAME

#: Nothing is ever decided from logs, and what is asked of them is asked within days.
LOGS_KEPT = timedelta(days=30)
#: A copy made before an update is for going back to the program of before; after a month nobody does.
UPDATE_COPIES_KEPT = timedelta(days=30)
#: What a killed command left is nobody's once every command has ended for sure.
LEFT_OVER = timedelta(days=1)
#: Of days longer ago than this the last sample of profit is kept, which is what reports of weeks go by.
SAMPLES_KEPT = timedelta(days=400)

_ROTATED = re.compile(re.escape(LOG_FILE) + r"\.\d+")
_UPDATE_COPY = re.compile(r"journal-v\d+-\d{8}-\d{6}\.db")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletable:
    """A file or folder that may go: what it is, when it was written last, its size in bytes."""

    path: Path
    what: str
    at: datetime
    size: int


def deletable(data_dir: Path, backup_dir: Path | None, *, now: datetime) -> list[Deletable]:
    """Return what may be deleted now, by kind and age.

    Args:
        data_dir: The program's folder.
        backup_dir: Where nightly backups go; None where none are made.
        now: Ages are judged by it.

    Raises:
        OSError: A folder cannot be read.
    """
    found = [
        *_older(_matching(data_dir / LOGS_NAME, _ROTATED), "old log", LOGS_KEPT, now),
        # The newest stays: it may be the only way back.
        *_older(_update_copies(data_dir)[:-1], "copy before an update", UPDATE_COPIES_KEPT, now),
        *_older(_left_over(data_dir, backup_dir), "left by a killed command", LEFT_OVER, now),
    ]
    if backup_dir is not None and backup_dir.is_dir():
        nights = nightly_backups(backup_dir)[:-KEPT_NIGHTS]
        found += _older(nights, "nightly backup beyond the last 14", timedelta(0), now)
    return found


def _update_copies(data_dir: Path) -> list[Path]:
    return sorted(_matching(data_dir, _UPDATE_COPY), key=lambda one: one.stat().st_mtime_ns)


def _left_over(data_dir: Path, backup_dir: Path | None) -> Iterator[Path]:
    yield from data_dir.glob(f"{WORK_PREFIX}*")
    yield from data_dir.glob(STAGING_NAME)
    yield from data_dir.glob("journal-v*.part")
    if backup_dir is not None:
        yield from backup_dir.glob(f".kitecopytrader-*{SUFFIX}.part")


def _matching(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return [one for one in folder.iterdir() if name.fullmatch(one.name) and not one.is_symlink()]


def _older(
    paths: Iterator[Path] | list[Path], what: str, kept: timedelta, now: datetime
) -> Iterator[Deletable]:
    for path in sorted(paths):
        at = datetime.fromtimestamp(path.lstat().st_mtime, now.tzinfo)
        if now - at >= kept:
            yield Deletable(path=path, what=what, at=at, size=_size(path))


def _size(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        return sum(one.lstat().st_size for one in path.rglob("*") if one.is_file())
    return path.lstat().st_size
