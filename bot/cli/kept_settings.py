"""The settings as a backup keeps them: the env file as it is, refused while a secret stands in it in plain text."""

import re
from pathlib import Path

from bot.cli.env_file import env_file_from
from bot.settings.names import recognise
from bot.settings.reading import SEALED_PREFIX
from engine.errors import ConfigError

# ``# KEY=value``: what somebody has put out of use is kept in the file all the same.
_COMMENTED = re.compile(r"#+\s*(?:export\s+)?([A-Za-z][A-Za-z0-9_]*)\s*=\s*(\S.*)")
# A key of some other program whose value is likely one: the older scripts kept theirs like this.
_LIKELY = re.compile(
    r"(?i)secret|token|pass|pwd|credential|webhook|fernet|(encryption|private|auth)_?key"
)
# An address with a password in it, under whatever key.
_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)


def settings_to_keep(env_file: Path) -> bytes | None:
    """Return the bytes of an env file for a backup; None where there is no such file.

    Raises:
        ConfigError: A secret stands in it in plain text; each with its mend.
        OSError: It cannot be read.
    """
    try:
        raw = env_file.read_bytes()
    except FileNotFoundError:
        return None
    text = raw.decode("utf-8-sig", errors="replace")
    values = env_file_from(text, env_file, {}).values
    faults = [_plain(name) for name, value in values.items() if _is_plain_secret(name, value)]
    for number, line in enumerate(text.splitlines(), start=1):
        found = _COMMENTED.match(line.strip())
        if found and _is_plain_secret(found[1], found[2]):
            faults.append(
                f"{env_file.name} line {number}: {found[1]} has a secret in a comment - remove it"
            )
    if faults:
        raise ConfigError(tuple(faults))
    return raw


def holds_plain(env_file: Path) -> bool:
    """Return whether an env file has a secret in plain text; one that cannot be read tells none."""
    try:
        settings_to_keep(env_file)
    except ConfigError:
        return True
    except OSError:
        return False
    return False


def _plain(name: str) -> str:
    if recognise(name) is None:
        return (
            f"{name} is no setting of this program and may be a secret: remove it from the env file"
        )
    return (
        f"{name} is in plain text, and no backup is made of that - run copytrader encrypt {name} and put "
        "what it prints into the key"
    )


def _is_plain_secret(name: str, value: str) -> bool:
    value = value.strip()
    if not value or value.startswith(SEALED_PREFIX):
        return False
    known = recognise(name)
    if known is None:
        return bool(_LIKELY.search(name) or _WITH_PASSWORD.search(value))
    return known.key.secret and known.key.marked_by in value
