"""What a set-up lacks although it may start: said by the doctor, and at every start."""

from collections.abc import Iterable

from bot.settings import Settings
from storage.recovery_key import RECOVERY_NAME


def setup_doubts(settings: Settings) -> Iterable[str]:
    """Yield one line for each thing without which nothing will be copied, with the mend."""
    if not settings.followers:
        yield "no follower is configured - add FOLLOWERS__<NAME>__USER_ID and its keys"
    if not settings.telegram.admins:
        yield "TELEGRAM__ADMINS is empty: the bot answers only who was paired - add your numeric id, or: copytrader pair owner"
    yield from _backup_doubts(settings)
    security = settings.security
    if not security.require_totp:
        yield "SECURITY__REQUIRE_TOTP is false: the chat alone can go live"
    elif security.totp_secret is None:
        yield "SECURITY__TOTP_SECRET is not set: /live is refused - set it"


def _backup_doubts(settings: Settings) -> Iterable[str]:
    if settings.backup_dir is None:
        return
    if not settings.backup_dir.is_dir():
        yield f"BACKUP__DIR: {settings.backup_dir} is not a folder: no nightly backup - make it, or mount its disk"
    if not (settings.data_dir / RECOVERY_NAME).exists():
        yield "BACKUP__DIR: there is no recovery key yet: no nightly backup - run in a terminal: copytrader backup ."
