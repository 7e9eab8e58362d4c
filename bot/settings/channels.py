"""The channels that alerts go to besides the chat, as they were configured."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.settings import table_channels as table
from bot.settings.key import SettingKey
from bot.settings.reading import Reading
from engine.core.values.notices import Severity
from engine.core.values.secrets import Secret

#: Submission without and with TLS from the first byte (RFC 6409 and RFC 8314, section 3).
_PORTS = {"smtp": 587, "smtps": 465}
# What only works together: the first key of each has the others' absence reported.
_GROUPS: tuple[tuple[SettingKey[object], ...], ...] = (
    (table.EMAIL_SMTP_URL, table.EMAIL_FROM, table.EMAIL_TO),
    (
        table.WHATSAPP_TWILIO_SID,
        table.WHATSAPP_TWILIO_TOKEN,
        table.WHATSAPP_FROM,
        table.WHATSAPP_TO,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """A mail server and who writes to whom.

    Attributes:
        tls: Encrypted from the first byte; else STARTTLS where the server offers it.
        user: Empty: the server asks for none.
    """

    host: str
    port: int
    tls: bool
    user: str
    password: Secret
    sender: str
    to: tuple[str, ...]
    least: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSettings:
    """A webhook; its address is the secret."""

    webhook: Secret
    least: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsappSettings:
    """A Twilio account; numbers in E.164 form (``+919812345678``)."""

    sid: str
    token: Secret
    sender: str
    to: tuple[str, ...]
    api_url: str
    least: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseSettings:
    """Addresses of Apprise, comma-separated; they may hold tokens."""

    urls: Secret
    least: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """What is configured; None where it is not."""

    email: EmailSettings | None = None
    discord: DiscordSettings | None = None
    whatsapp: WhatsappSettings | None = None
    apprise: AppriseSettings | None = None

    def least_of(self) -> dict[str, Severity]:
        """Return the configured channels by name, each with the least severity that goes by it."""
        every = {
            "email": self.email,
            "whatsapp": self.whatsapp,
            "discord": self.discord,
            "apprise": self.apprise,
        }
        return {name: one.least for name, one in every.items() if one is not None}

    def secrets(self) -> tuple[Secret, ...]:
        """Return what the log hides."""
        found: list[Secret] = []
        if self.email is not None:
            found.append(self.email.password)
        if self.discord is not None:
            # The last part of the address is the token; libraries may show it without the host.
            found += [self.discord.webhook, _last_part(self.discord.webhook)]
        if self.whatsapp is not None:
            found.append(self.whatsapp.token)
        if self.apprise is not None:
            text = self.apprise.urls.reveal()
            found += [self.apprise.urls, *(Secret(one.strip()) for one in text.split(","))]
        return tuple(found)


def _last_part(address: Secret) -> Secret:
    return Secret(address.reveal().rpartition("/")[2])


def check_channels(reading: Reading) -> None:
    """Refuse a channel of which a part is missing: its alerts would never leave."""
    for group in _GROUPS:
        given = [key for key in group if _is_given(reading, key)]
        if not given or not all(reading.ok(key) for key in group):
            continue
        for key in group:
            if key not in given:
                reading.fault(
                    f"{key.name}: missing, though {given[0].name} is set - set it"
                    f" ({key.help.rstrip('.')}), see docs/NOTIFICATION_SETUP.md"
                )


def _is_given(reading: Reading, key: SettingKey[object]) -> bool:
    return reading.ok(key) and reading.value(key) not in (None, ())


def channel_settings(reading: Reading) -> ChannelSettings:
    """Return the channels; call only where nothing was refused."""
    value = reading.value
    webhook, urls = value(table.DISCORD_WEBHOOK_URL), value(table.APPRISE_URLS)
    return ChannelSettings(
        email=_email(reading),
        discord=None
        if webhook is None
        else DiscordSettings(webhook=webhook, least=value(table.DISCORD_MIN_SEVERITY)),
        whatsapp=_whatsapp(reading),
        apprise=None
        if urls is None
        else AppriseSettings(urls=urls, least=value(table.APPRISE_MIN_SEVERITY)),
    )


def _email(reading: Reading) -> EmailSettings | None:
    value = reading.value
    url, sender = value(table.EMAIL_SMTP_URL), value(table.EMAIL_FROM)
    if url is None or sender is None:
        return None
    parts = urlsplit(url.reveal())
    return EmailSettings(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        sender=sender,
        to=value(table.EMAIL_TO),
        least=value(table.EMAIL_MIN_SEVERITY),
    )


def _whatsapp(reading: Reading) -> WhatsappSettings | None:
    value = reading.value
    sid, token = value(table.WHATSAPP_TWILIO_SID), value(table.WHATSAPP_TWILIO_TOKEN)
    sender = value(table.WHATSAPP_FROM)
    if sid is None or token is None or sender is None:
        return None
    return WhatsappSettings(
        sid=sid,
        token=token,
        sender=sender,
        to=value(table.WHATSAPP_TO),
        api_url=value(table.WHATSAPP_API_URL),
        least=value(table.WHATSAPP_MIN_SEVERITY),
    )
