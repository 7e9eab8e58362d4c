"""What the doctor says of nightly backups: a night that nobody missed is the one that is needed."""

from datetime import datetime, timedelta

from bot.cli.check_lines import doubtful, fine
from bot.nightly_worker import nightly_backups
from bot.settings.settings import Settings
from engine.core.values.counts import counted
from engine.core.values.market import IST
from engine.core.values.views import CheckLine

#: Made every night while the program runs, or minutes after its next start: a long weekend may pass without.
_FRESH = timedelta(days=4)


def backups(settings: Settings, now: datetime) -> CheckLine:
    """Say how old the newest nightly backup is."""
    folder = settings.backup_dir
    if folder is None:
        return fine(
            "backups: none by themselves; one a night: BACKUP__DIR, one now: copytrader backup"
        )
    try:
        made = nightly_backups(folder)
        newest = max(
            (datetime.fromtimestamp(one.stat().st_mtime, IST) for one in made), default=None
        )
    except OSError as error:
        return doubtful(f"backups: {folder} cannot be read: {error.strerror} - mend that")
    if newest is None:
        return fine(
            f"backups: none yet in {folder}; one a night while it runs, one now: copytrader backup"
        )
    told = (
        f"backups: {counted(len(made), 'night')} in {folder}, the newest of {newest:%Y-%m-%d %H:%M}"
    )
    if now - newest <= _FRESH:
        return fine(told)
    return doubtful(f"{told}, {(now - newest).days} days old - one now: copytrader backup {folder}")
