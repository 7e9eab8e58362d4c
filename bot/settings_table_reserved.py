"""Settings whose parts are not in this version: checked, carried and said to have no effect."""

from bot import settings_addresses as address
from bot import settings_parsers as p
from bot.settings_key import SettingKey

RESERVED_KEYS: tuple[SettingKey[object], ...] = (
    SettingKey(
        name="METRICS__BIND",
        parse=p.optional(address.loopback_port),
        default="off",
        unit="host:port on this machine",
        used=False,
        help="Where metrics can be read.",
    ),
    SettingKey(
        name="BACKUP__DIR",
        parse=p.optional(p.path),
        default="off",
        unit="folder",
        used=False,
        help="Where nightly backups go.",
    ),
)
