"""Which row of the settings table a key belongs to, and what was probably meant by a wrong one."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.settings.key import NAME, SettingKey
from bot.settings.table import COMMON_KEYS
from bot.settings.table_channels import CHANNEL_KEYS
from bot.settings.table_followers import FOLLOWER_KEYS
from bot.settings.table_operation import OPERATION_KEYS

ALL_KEYS: tuple[SettingKey[object], ...] = (
    COMMON_KEYS + FOLLOWER_KEYS + CHANNEL_KEYS + OPERATION_KEYS
)
#: A key that starts with one of these is ours; an unknown one is a fault, not silence.
OUR_PREFIXES = tuple(
    sorted({f"{key.name.split('__')[0]}__" for key in ALL_KEYS if "__" in key.name})
)
#: Where the key comes from the real environment only, because a passphrase beside the values it
#: locks locks nothing.
PASSPHRASE = "PASSPHRASE"  # noqa: S105 - the name of a key, not a secret

_FOLLOWER_PREFIX = "FOLLOWERS__"
_FOLLOWER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_BY_NAME = {key.name: key for key in ALL_KEYS}
#: Words of an account that other programs use as well, alone.
_COMMON_WORDS = frozenset({"USER_ID", "API_KEY", "API_SECRET", "PROXY", "ENABLED"})
_FOLLOWER_FIELDS = {
    field: key
    for key in FOLLOWER_KEYS
    if (field := key.name.rpartition("__")[2]) not in _COMMON_WORDS
}
# How alike two names must be for a "did you mean"; the default of difflib is 0.6.
_ALIKE = 0.7
# A key of some other program in the same file is let pass unless it is this much like ours.
_SURELY_MEANT = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key of the table as it stands in ``.env``; ``follower`` is the name as written there."""

    key: SettingKey[object]
    follower: str | None = None

    @property
    def full_name(self) -> str:
        """The key as in ``.env``."""
        return self.key.full_name(self.follower)


def is_follower_name(written: str) -> bool:
    """Return whether a follower may be called so in the keys of ``.env``."""
    return _FOLLOWER_NAME.fullmatch(written) is not None


def is_ours(name: str) -> bool:
    """Return whether a key is for this program: known, or with one of our prefixes."""
    return name in _BY_NAME or name.startswith(OUR_PREFIXES)


def recognise(name: str) -> KnownKey | None:
    """Return the row a key belongs to, or None for an unknown one."""
    if name.startswith(_FOLLOWER_PREFIX):
        follower, _, field = name.removeprefix(_FOLLOWER_PREFIX).rpartition("__")
        key = _BY_NAME.get(f"{_FOLLOWER_PREFIX}{NAME}__{field}")
        if key is None or not _FOLLOWER_NAME.fullmatch(follower):
            return None
        return KnownKey(key=key, follower=follower)
    key = _BY_NAME.get(name)
    return None if key is None else KnownKey(key=key)


def unknown_key_fault(name: str) -> str | None:
    """Return what to say about a key that no row knows, or None if it is none of our business."""
    if name == PASSPHRASE:
        return f"{name}: may not stand in the env file - set it in the real environment"
    if name.startswith(_FOLLOWER_PREFIX):
        return _unknown_follower_key(name)
    guess = _closest(name, _BY_NAME)
    if name.startswith(OUR_PREFIXES) or (guess and _likeness(name, guess) >= _SURELY_MEANT):
        return f"{name}: unknown key - {_did_you_mean(guess)}"
    field = _closest(name, _FOLLOWER_FIELDS)
    if field and _likeness(name, field) >= _SURELY_MEANT:
        # A limit that somebody wrote for all of them would otherwise bind nobody, without a word.
        return f"{name}: unknown key - it is set for each follower: {_FOLLOWER_FIELDS[field].name}"
    if name.startswith("FOLLOWER") and "__" in name:
        return f"{name}: unknown key - did you mean FOLLOWERS__<NAME>__…?"
    return None


def _unknown_follower_key(name: str) -> str:
    follower, _, field = name.removeprefix(_FOLLOWER_PREFIX).rpartition("__")
    if not _FOLLOWER_NAME.fullmatch(follower):
        mend = "a follower's name is a letter, then at most 19 letters, digits or _"
        return f"{name}: unknown key - write FOLLOWERS__<NAME>__<FIELD>; {mend}"
    fields = {key.name.rpartition("__")[2]: key for key in FOLLOWER_KEYS}
    guess = _closest(field, fields)
    return f"{name}: unknown key - {_did_you_mean(guess and fields[guess].full_name(follower))}"


def _closest(name: str, candidates: Mapping[str, object]) -> str | None:
    found = difflib.get_close_matches(name, candidates, n=1, cutoff=_ALIKE)
    return found[0] if found else None


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, left, right).ratio()


def _did_you_mean(guess: str | None) -> str:
    return f"did you mean {guess}?" if guess else "remove it, or see docs/configuration.md"


def follower_names(known: Iterable[KnownKey]) -> tuple[str, ...]:
    """Return the followers' names as written, in the order they first appear."""
    return tuple(dict.fromkeys(k.follower for k in known if k.follower is not None))
