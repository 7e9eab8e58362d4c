"""Settings whose parts are not in this version: checked, carried and said to have no effect."""

from enum import StrEnum, unique

from bot import settings_addresses as address
from bot import settings_parsers as p
from bot.settings_key import SettingKey


@unique
class Severity(StrEnum):
    """From which severity on a channel gets an alert."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


def _min_severity(channel: str) -> SettingKey[Severity]:
    return SettingKey(
        name=f"{channel}__MIN_SEVERITY",
        parse=p.choice(Severity),
        default="error",
        unit="info, warning, error or critical",
        used=False,
        help="Alerts below this do not go to this channel.",
    )


RESERVED_KEYS: tuple[SettingKey[object], ...] = (
    SettingKey(
        name="LISTENER__BIND",
        parse=p.optional(address.host_port),
        default="off",
        unit="host:port",
        used=False,
        help="Login callback, open only while a login is pending.",
    ),
    SettingKey(
        name="LISTENER__PUBLIC_URL",
        parse=p.optional(address.https_url),
        default="off",
        unit="https address",
        used=False,
        help="How the login callback is reached from outside.",
    ),
    SettingKey(
        name="EMAIL__SMTP_URL",
        parse=p.optional(address.secret_url("smtp", "smtps")),
        secret=True,
        marked_by="@",
        unit="smtp(s)://user:pass@host:port",
        used=False,
        help="Mail server for alerts.",
    ),
    SettingKey(
        name="EMAIL__FROM",
        parse=p.optional(p.email_address),
        unit="address",
        used=False,
        help="Sender of alerts.",
    ),
    SettingKey(
        name="EMAIL__TO",
        parse=p.comma_list(p.email_address),
        unit="comma-separated addresses",
        used=False,
        help="Who gets alerts.",
    ),
    _min_severity("EMAIL"),
    SettingKey(
        name="DISCORD__WEBHOOK_URL",
        parse=p.optional(address.secret_https_url),
        secret=True,
        unit="https address",
        used=False,
        help="Webhook for alerts.",
    ),
    _min_severity("DISCORD"),
    SettingKey(
        name="WHATSAPP__TWILIO_SID",
        parse=p.optional(p.text),
        used=False,
        help="Twilio account.",
    ),
    SettingKey(
        name="WHATSAPP__TWILIO_TOKEN",
        parse=p.optional(p.secret),
        secret=True,
        used=False,
        help="Twilio auth token.",
    ),
    SettingKey(
        name="WHATSAPP__FROM",
        parse=p.optional(p.text),
        unit="phone number",
        used=False,
        help="Sender of alerts.",
    ),
    SettingKey(
        name="WHATSAPP__TO",
        parse=p.comma_list(p.text),
        unit="comma-separated phone numbers",
        used=False,
        help="Who gets alerts.",
    ),
    SettingKey(
        name="WHATSAPP__API_URL",
        parse=address.https_url,
        default="https://api.twilio.com",
        unit="https address",
        used=False,
        help="Twilio's API; plain http only on this machine.",
    ),
    _min_severity("WHATSAPP"),
    SettingKey(
        name="APPRISE__URLS",
        parse=p.optional(p.secret),
        secret=True,
        unit="comma-separated addresses",
        used=False,
        help="Further channels through Apprise.",
    ),
    _min_severity("APPRISE"),
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
