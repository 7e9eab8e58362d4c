"""Turns the texts of the settings into values, gathering every fault instead of the first."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar, cast

from bot.settings.key import SettingKey
from bot.settings.names import (
    PASSPHRASE,
    KnownKey,
    follower_names,
    recognise,
    unknown_key_fault,
)
from bot.settings.table import COMMON_KEYS
from bot.settings.table_channels import CHANNEL_KEYS
from bot.settings.table_followers import FOLLOWER_KEYS
from bot.settings.table_operation import OPERATION_KEYS
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.sealed_text import WrongPassphraseError

T = TypeVar("T")

#: How a value begins that ``copytrader encrypt`` made.
SEALED_PREFIX = "enc:"


class Reading:
    """The parsed settings, and everything that was wrong with them.

    Attributes:
        faults: One line each, "KEY: what is wrong - mend".
        followers: Names as written in the keys, in order of appearance.
        plain_secrets: Keys of secrets that were given unencrypted.
        given: Every key that was set to something, as written.
    """

    def __init__(self, values: Mapping[str, str], open_secret: Callable[[str, str], str]) -> None:
        self.faults: list[str] = []
        self.plain_secrets: list[str] = []
        self.given: dict[str, KnownKey] = {}
        self._texts: dict[str, str] = {}
        self._open_secret = open_secret
        self._parsed: dict[str, object] = {}
        self._opened = 0
        self._shut: dict[str, WrongPassphraseError] = {}
        self._sort_keys(values)
        self.followers = follower_names(self.given.values())
        for known in self._every_key():
            self._read(known)
        self._tell_what_did_not_open()

    def value(self, key: SettingKey[T], follower: str | None = None) -> T:
        """Return a parsed value; call only where :attr:`faults` is empty or :meth:`ok` says so."""
        return cast("T", self._parsed[key.full_name(follower)])

    @property
    def values(self) -> Mapping[str, object]:
        """Every parsed value by its full name; secret ones are wrapped."""
        return MappingProxyType(self._parsed)

    def ok(self, key: SettingKey[object], follower: str | None = None) -> bool:
        """Return whether the key has a value that parsed."""
        return key.full_name(follower) in self._parsed

    def text(self, full_name: str) -> str:
        """Return the text as it was given; for keys that are not secret."""
        return self._texts[full_name]

    def fault(self, line: str) -> None:
        """Note a fault once."""
        if line not in self.faults:
            self.faults.append(line)

    def _sort_keys(self, values: Mapping[str, str]) -> None:
        for name, raw in values.items():
            known = recognise(name)
            if known is None:
                line = unknown_key_fault(name)
                if line is not None:
                    self.fault(line)
            elif raw.strip():
                self.given[name] = known
                self._texts[name] = raw.strip()
            elif known.follower is not None:
                # An empty line still names the follower: its missing keys must be reported.
                self.given.setdefault(name, known)

    def _every_key(self) -> Iterator[KnownKey]:
        for key in COMMON_KEYS + CHANNEL_KEYS + OPERATION_KEYS:
            yield KnownKey(key=key)
        for follower in self.followers:
            for key in FOLLOWER_KEYS:
                yield KnownKey(key=key, follower=follower)

    def _read(self, known: KnownKey) -> None:
        name, key = known.full_name, known.key
        given = self._texts.get(name)
        if given is None and key.required:
            self.fault(f"{name}: missing - set it ({key.help.rstrip('.')})")
            return
        try:
            value = key.parse(key.default if given is None else self._open(known, given))
        except ConfigError as error:
            for line in error.faults:
                self.fault(line)
        except WrongPassphraseError as error:
            self._shut[name] = error
        except CopyTraderError as error:
            self.fault(f"{name}: cannot be decrypted: {error}")
        except ValueError as error:
            self.fault(f"{name}: {error}")
        else:
            self._keep(known, value, given)

    def _open(self, known: KnownKey, given: str) -> str:
        sealed = given.startswith(SEALED_PREFIX)
        if sealed and not known.key.secret:
            raise ValueError("is not a secret and cannot be encrypted - give it in plain text")
        if not sealed:
            return given
        opened = self._open_secret(given, known.full_name)
        self._opened += 1
        return opened

    def _tell_what_did_not_open(self) -> None:
        """Note one fault where no secret opened at all, for then the passphrase is wrong and no secret is."""
        if len(self._shut) > 1 and not self._opened:
            self.fault(
                f"{PASSPHRASE}: none of the {len(self._shut)} secrets opens with it - it is not the one"
                " that sealed them: give that one"
            )
            return
        for name, error in self._shut.items():
            self.fault(f"{name}: cannot be decrypted: {error}")

    def _keep(self, known: KnownKey, value: object, given: str | None) -> None:
        key, name = known.key, known.full_name
        self._parsed[name] = value
        plain = given is not None and not given.startswith(SEALED_PREFIX)
        if plain and isinstance(value, Secret) and key.marked_by in (given or ""):
            self.plain_secrets.append(name)
