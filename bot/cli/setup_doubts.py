"""What a set-up lacks although it may start: said by the doctor, and at every start."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.settings.addresses import is_loopback
from bot.settings.settings import Settings
from bot.settings.table import KITE_API_URL, KITE_LOGIN_URL, KITE_WS_URL, TELEGRAM_API_URL
from storage.recovery_key import RECOVERY_NAME


def setup_doubts(settings: Settings) -> Iterable[str]:
    """Yield one line for each thing without which nothing will be copied, with the mend."""
    if not settings.followers:
        yield "no follower is configured - add one: copytrader setup"
    if not settings.telegram.admins:
        yield "TELEGRAM__ADMINS is empty: the bot answers only who was paired - add your numeric id, or: copytrader pair owner"
    yield from _backup_doubts(settings)
    yield from _other_servers(settings)
    security = settings.security
    if not security.require_totp:
        yield "SECURITY__REQUIRE_TOTP is false: the chat alone can go live"
    elif security.totp_secret is None:
        yield "SECURITY__TOTP_SECRET is not set: /live is refused - set it: copytrader setup"


def _other_servers(settings: Settings) -> Iterable[str]:
    """Name each server that is not the real one: whoever put it there reads what is sent to it."""
    kite = settings.kite
    for key, url in (
        (KITE_API_URL, kite.api_url),
        (KITE_WS_URL, kite.ws_url),
        (KITE_LOGIN_URL, kite.login_url),
        (TELEGRAM_API_URL, settings.telegram.api_url),
    ):
        host, real = urlsplit(url).hostname or "", urlsplit(key.default).hostname
        if host != real and not is_loopback(host):
            yield f"{key.name} leads to {host}, not to {real}: what is secret goes there - remove the key unless you chose it"


def _backup_doubts(settings: Settings) -> Iterable[str]:
    if settings.backup_dir is None:
        return
    if not settings.backup_dir.is_dir():
        yield f"BACKUP__DIR: {settings.backup_dir} is not a folder: no nightly backup - make it, or mount its disk"
    if not (settings.data_dir / RECOVERY_NAME).exists():
        yield "BACKUP__DIR: there is no recovery key yet: no nightly backup - run in a terminal: copytrader backup ."
