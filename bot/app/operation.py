"""What runs beside copying: nightly backups."""

from collections.abc import Callable

from bot.nightly import NightlyBackup
from bot.settings import Settings
from engine.clock import Clock


def nightly_backup(
    settings: Settings, clock: Clock, *, failed: Callable[[str], None]
) -> NightlyBackup | None:
    """Return what makes a backup each night, or None where none is wanted."""
    if settings.backup_dir is None or settings.env_file is None:
        return None
    return NightlyBackup(
        clock,
        data_dir=settings.data_dir,
        env_file=settings.env_file,
        folder=settings.backup_dir,
        failed=failed,
    )
