"""The settings of what runs beside copying: metrics and nightly backups."""

from pathlib import Path

from bot.settings import addresses as address
from bot.settings import parsers as p
from bot.settings.key import SettingKey

METRICS_BIND: SettingKey[tuple[str, int] | None] = SettingKey(
    name="METRICS__BIND",
    parse=p.optional(address.loopback_port),
    default="off",
    unit="host:port on this machine",
    help="Where Prometheus can read metrics, at /metrics; 127.0.0.1:9464 for example.",
)
BACKUP_DIR: SettingKey[Path | None] = SettingKey(
    name="BACKUP__DIR",
    parse=p.optional(p.path),
    default="off",
    unit="folder",
    help="Where nightly backups go, at 02:00 IST; the last 14 are kept. Another disk is best.",
)

OPERATION_KEYS: tuple[SettingKey[object], ...] = (METRICS_BIND, BACKUP_DIR)
