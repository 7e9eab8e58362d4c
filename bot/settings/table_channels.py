"""The settings of the channels that alerts go to besides the chat."""

from bot.settings import addresses as address
from bot.settings import parsers as p
from bot.settings.key import SettingKey
from engine.core.values.notices import Severity
from engine.core.values.secrets import Secret


def _min_severity(channel: str) -> SettingKey[Severity]:
    return SettingKey(
        name=f"{channel}__MIN_SEVERITY",
        parse=p.choice(Severity),
        default="error",
        unit="info, warning, error or critical",
        help="Alerts below this do not go to this channel.",
    )


EMAIL_SMTP_URL: SettingKey[Secret | None] = SettingKey(
    name="EMAIL__SMTP_URL",
    parse=p.optional(address.smtp_url),
    secret=True,
    marked_by="@",
    unit="smtp(s)://user:pass@host:port",
    help="Mail server for alerts.",
)
EMAIL_FROM: SettingKey[str | None] = SettingKey(
    name="EMAIL__FROM",
    parse=p.optional(p.email_address),
    unit="address",
    help="Sender of alerts.",
)
EMAIL_TO: SettingKey[tuple[str, ...]] = SettingKey(
    name="EMAIL__TO",
    parse=p.comma_list(p.email_address),
    unit="comma-separated addresses",
    help="Who gets alerts.",
)
EMAIL_MIN_SEVERITY = _min_severity("EMAIL")
DISCORD_WEBHOOK_URL: SettingKey[Secret | None] = SettingKey(
    name="DISCORD__WEBHOOK_URL",
    parse=p.optional(address.secret_https_url),
    secret=True,
    unit="https address",
    help="Webhook for alerts.",
)
DISCORD_MIN_SEVERITY = _min_severity("DISCORD")
WHATSAPP_TWILIO_SID: SettingKey[str | None] = SettingKey(
    name="WHATSAPP__TWILIO_SID",
    parse=p.optional(p.text),
    help="Twilio account.",
)
WHATSAPP_TWILIO_TOKEN: SettingKey[Secret | None] = SettingKey(
    name="WHATSAPP__TWILIO_TOKEN",
    parse=p.optional(p.secret),
    secret=True,
    help="Twilio auth token.",
)
WHATSAPP_FROM: SettingKey[str | None] = SettingKey(
    name="WHATSAPP__FROM",
    parse=p.optional(p.phone_number),
    unit="phone number",
    help="Sender of alerts.",
)
WHATSAPP_TO: SettingKey[tuple[str, ...]] = SettingKey(
    name="WHATSAPP__TO",
    parse=p.comma_list(p.phone_number),
    unit="comma-separated phone numbers",
    help="Who gets alerts.",
)
WHATSAPP_API_URL: SettingKey[str] = SettingKey(
    name="WHATSAPP__API_URL",
    parse=address.https_url,
    default="https://api.twilio.com",
    unit="https address",
    help="Twilio's API; plain http only on this machine.",
)
WHATSAPP_MIN_SEVERITY = _min_severity("WHATSAPP")
APPRISE_URLS: SettingKey[Secret | None] = SettingKey(
    name="APPRISE__URLS",
    parse=p.optional(p.secret_list),
    secret=True,
    unit="comma-separated addresses",
    help="Further channels through Apprise.",
)
APPRISE_MIN_SEVERITY = _min_severity("APPRISE")

CHANNEL_KEYS: tuple[SettingKey[object], ...] = (
    EMAIL_SMTP_URL,
    EMAIL_FROM,
    EMAIL_TO,
    EMAIL_MIN_SEVERITY,
    DISCORD_WEBHOOK_URL,
    DISCORD_MIN_SEVERITY,
    WHATSAPP_TWILIO_SID,
    WHATSAPP_TWILIO_TOKEN,
    WHATSAPP_FROM,
    WHATSAPP_TO,
    WHATSAPP_API_URL,
    WHATSAPP_MIN_SEVERITY,
    APPRISE_URLS,
    APPRISE_MIN_SEVERITY,
)
