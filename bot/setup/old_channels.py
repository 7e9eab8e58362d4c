"""The older script's mail and WhatsApp settings: several keys that are one address here."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

Take = Callable[[Iterable[str], str, str], None]

#: Old name → key here. Several names of one thing: versions of the script differ.
CHANNEL_ALIASES = {
    "TWILIO_ACCOUNT_SID": "WHATSAPP__TWILIO_SID",
    "TWILIO_SID": "WHATSAPP__TWILIO_SID",
    "TWILIO_AUTH_TOKEN": "WHATSAPP__TWILIO_TOKEN",
    "TWILIO_TOKEN": "WHATSAPP__TWILIO_TOKEN",
    "TWILIO_WHATSAPP_FROM": "WHATSAPP__FROM",
    "TWILIO_FROM": "WHATSAPP__FROM",
    "TWILIO_FROM_NUMBER": "WHATSAPP__FROM",
    "TWILIO_PHONE_NUMBER": "WHATSAPP__FROM",
    "WHATSAPP_TO": "WHATSAPP__TO",
    "TWILIO_WHATSAPP_TO": "WHATSAPP__TO",
    "TWILIO_TO": "WHATSAPP__TO",
    "TWILIO_TO_NUMBER": "WHATSAPP__TO",
}
_HOST = ("SMTP_SERVER", "SMTP_HOST")
_USER = ("SMTP_USER", "SMTP_USERNAME", "EMAIL_USER")
_PASSWORD = ("SMTP_PASSWORD", "SMTP_PASS", "EMAIL_PASSWORD")
_FROM = ("SMTP_FROM", "EMAIL_FROM")
_TO = ("SMTP_TO", "EMAIL_TO")
_WHATSAPP = ("WHATSAPP__TWILIO_SID", "WHATSAPP__TWILIO_TOKEN", "WHATSAPP__FROM", "WHATSAPP__TO")
_EMAIL = ("EMAIL__SMTP_URL", "EMAIL__FROM", "EMAIL__TO")
#: Submission (RFC 6409); 465 is TLS from the first byte (RFC 8314).
_PORT, _TLS_PORT = "587", "465"


def email_url(texts: Mapping[str, str], take: Take) -> None:
    """Make one address of server, port, user and password."""
    host, user, password = (_first(texts, names) for names in (_HOST, _USER, _PASSWORD))
    port = texts.get("SMTP_PORT", _PORT)
    if host:
        scheme = "smtps" if port == _TLS_PORT else "smtp"
        # An app password is shown in groups of four; the groups are not part of it.
        secret = texts.get(password, "").replace(" ", "")
        login = f"{quote(texts[user], safe='')}:{quote(secret, safe='')}@" if user else ""
        used = [name for name in (host, user, password, "SMTP_PORT") if name in texts]
        take(used, "EMAIL__SMTP_URL", f"{scheme}://{login}{texts[host]}:{port}")
    sender = _first(texts, _FROM) or user
    if sender:
        take([sender], "EMAIL__FROM", texts[sender])
    receiver = _first(texts, _TO) or sender
    if receiver:
        take([receiver], "EMAIL__TO", texts[receiver])


def incomplete(
    texts: Mapping[str, str],
    values: dict[str, str],
    names: dict[str, str],
    left: dict[str, str],
) -> None:
    """Take back a channel that was off, or of which a part is missing: it would be refused."""
    for switch, group in (("EMAIL_ENABLED", _EMAIL), ("WHATSAPP_ENABLED", _WHATSAPP)):
        there = [key for key in group if key in values]
        was_off = texts.get(switch, "true").lower() != "true"
        if not there or (len(there) == len(group) and not was_off):
            continue
        missing = ", ".join(key for key in group if key not in values)
        why = f"{switch} was off" if was_off else f"of no use without {missing}"
        for key in there:
            del values[key]
        for old in [old for old, new in names.items() if set(new.split(", ")) & set(group)]:
            left[old] = why
            del names[old]


def _first(texts: Mapping[str, str], names: Iterable[str]) -> str:
    return next((name for name in names if name in texts), "")
