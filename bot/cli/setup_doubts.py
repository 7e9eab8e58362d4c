"""What a set-up lacks although it may start: said by the doctor, and at every start."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from bot.settings.addresses import is_loopback
from bot.settings.key import SettingKey
from bot.settings.settings import Settings
from bot.settings.table import KITE_API_URL, KITE_LOGIN_URL, KITE_WS_URL, TELEGRAM_API_URL
from engine.errors import ConfigError
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


def servers_named(values: Mapping[str, str]) -> tuple[str, ...]:
    """Name each server of an env file that is not the real one, before anything is typed that is sent there.

    Raises:
        ConfigError: One is no address that a secret may be sent to.
    """
    urls, faults = [], []
    for key in (KITE_API_URL, KITE_WS_URL, KITE_LOGIN_URL, TELEGRAM_API_URL):
        try:
            urls.append((key, key.parse(values.get(key.name, "").strip() or key.default)))
        except ValueError as error:
            faults.append(f"{key.name}: {error}")
    if faults:
        raise ConfigError(tuple(faults))
    return tuple(_not_the_real_ones(urls))


def _other_servers(settings: Settings) -> Iterable[str]:
    kite = settings.kite
    return _not_the_real_ones(
        (
            (KITE_API_URL, kite.api_url),
            (KITE_WS_URL, kite.ws_url),
            (KITE_LOGIN_URL, kite.login_url),
            (TELEGRAM_API_URL, settings.telegram.api_url),
        )
    )


def _not_the_real_ones(urls: Iterable[tuple[SettingKey[str], str]]) -> Iterable[str]:
    """Name each server that is not the real one: whoever put it there reads what is sent to it."""
    for key, url in urls:
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
