"""What the settings of the older copy-trading script are called here, and what has no place here.

The script is the one whose ``.env`` has ``MASTER_API_KEY`` and ``FOLLOWER_COUNT``. Source: its
public ``.env.sample``, ``config.py`` and notification guide, read 2026-11-27.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.settings.names import recognise
from bot.setup.old_channels import CHANNEL_ALIASES, email_url, incomplete
from bot.setup.old_followers import follower_keys, old_followers
from bot.setup.questions import sentence

#: How every value begins that the script's Fernet key has sealed (version byte, then a time).
FERNET_PREFIX = "gAAAAA"

_DIRECT = {
    "MASTER_USER_ID": "MASTER__USER_ID",
    "MASTER_API_KEY": "MASTER__API_KEY",
    "MASTER_API_SECRET": "MASTER__API_SECRET",
    "TELEGRAM_BOT_TOKEN": "TELEGRAM__BOT_TOKEN",
    "TELEGRAM_CHAT_ID": "TELEGRAM__ADMINS",
    "LOG_LEVEL": "LOG_LEVEL",
    "DISCORD_WEBHOOK_URL": "DISCORD__WEBHOOK_URL",
}
_SESSION = "a session ends every morning: log in with copytrader login"
_NEVER = {
    "MASTER_ACCESS_TOKEN": _SESSION,
    "PAPER_TRADING": "it begins in PAPER in any case; /live in the chat changes that",
    "CHECK_INTERVAL": "the account is watched all the time",
    "MAX_RETRIES": "an order is never sent twice; what became of it is looked up",
    "RISK_MANAGEMENT": "limits are always on",
    "ENCRYPTION_KEY": "the secrets get a new key; the old one is of no use any more",
    "TELEGRAM_ENABLED": "the chat is always on",
    "EMAIL_ENABLED": "a channel is on when it is set up",
    "WHATSAPP_ENABLED": "a channel is on when it is set up",
    "DISCORD_ENABLED": "a channel is on when it is set up",
}
_GROUP = "a group: this bot obeys people only, so pair yourself"
_EMPTY = "not filled in"
_MARKS = ("MASTER_API_KEY", "MASTER_API_SECRET", "FOLLOWER_COUNT", "FOLLOWER_1_API_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What becomes of the old settings.

    Attributes:
        values: Key of this program → plain text.
        names: Old key → the keys it went to.
        left: Old key → why it has no place here.
    """

    values: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def take(self, old: Iterable[str], new: str, text: str) -> None:
        """Note a value that was made of some old keys, or why it is refused."""
        known = recognise(new)
        try:
            if known is not None:
                known.key.parse(text)
        except ValueError as error:
            for name in old:
                self.left[name] = sentence(str(error)).rstrip(".")
            return
        self.values[new] = text
        for name in old:
            self.names[name] = ", ".join(filter(None, (self.names.get(name), new)))


def is_old(values: Mapping[str, str]) -> bool:
    """Return whether an env file is the older script's."""
    return any(name in values for name in _MARKS)


def sealed_names(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys whose values need the script's Fernet key."""
    return tuple(name for name, text in values.items() if text.strip().startswith(FERNET_PREFIX))


def take_over(values: Mapping[str, str], opened: Callable[[str], str | None]) -> Taken:
    """Say of every key of the old file what becomes of it.

    Args:
        values: The old file.
        opened: Opens a Fernet text; None where there is no key for it.
    """
    taken = Taken()
    texts = _texts(values, opened, taken)
    _direct(texts, taken)
    for alias, new in CHANNEL_ALIASES.items():
        if alias in texts:
            taken.take([alias], new, texts[alias])
    email_url(texts, taken.take)
    incomplete(texts, taken.values, taken.names, taken.left)
    old_followers(texts, taken.values, taken.take, taken.left)
    for name in texts:
        if name in _NEVER:
            taken.left[name] = _NEVER[name]
        elif _is_session(name):
            taken.left[name] = _SESSION
        elif name not in taken.names and name not in taken.left and recognise(name) is None:
            taken.left[name] = "not a setting of the older script that is known here"
    return taken


def _texts(
    values: Mapping[str, str], opened: Callable[[str], str | None], taken: Taken
) -> dict[str, str]:
    """Return what is filled in, opened; the rest is left with its reason."""
    texts: dict[str, str] = {}
    for name, raw in values.items():
        text = raw.strip()
        if text.startswith(FERNET_PREFIX):
            found = opened(text)
            if found is None:
                taken.left[name] = "encrypted, and its key was not given"
                continue
            text = found.strip()
        if not text or text.lower().startswith("your_"):
            taken.left[name] = _EMPTY
        else:
            texts[name] = text
    return texts


def belongs_to_old(name: str) -> bool:
    """Return whether a key is the older script's own, so that it goes when its file is ours."""
    known = {*_DIRECT, *_NEVER, *CHANNEL_ALIASES, "MAX_DAILY_TRADES"} - {"LOG_LEVEL"}
    return name in known or bool(
        re.match(r"(MASTER|FOLLOWER|TWILIO|SMTP)_[A-Z0-9]|EMAIL_[A-Z]|FOLLOWER_COUNT", name)
    )


def _is_session(name: str) -> bool:
    found = follower_keys(name)
    return found is not None and found[1] == "ACCESS_TOKEN"


def _direct(texts: Mapping[str, str], taken: Taken) -> None:
    for old, new in _DIRECT.items():
        if old not in texts:
            continue
        text = texts[old]
        if old == "TELEGRAM_CHAT_ID" and text.startswith("-"):
            taken.left[old] = _GROUP
        elif old == "DISCORD_WEBHOOK_URL" and is_off(texts, "DISCORD_ENABLED"):
            taken.left[old] = "DISCORD_ENABLED was off"
        else:
            taken.take([old], new, text.upper() if old == "LOG_LEVEL" else text)


def is_off(texts: Mapping[str, str], name: str) -> bool:
    """Return whether a switch of the old file stands at anything but true."""
    return texts.get(name, "true").lower() != "true"
