"""The settings as they will be: what the env file says now, with the answers over it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.settings.names import follower_names, recognise
from bot.settings.reading import SEALED_PREFIX
from bot.setup.env_text import EnvText
from engine.core.values.market import MASTER
from engine.errors import CopyTraderError


class Draft:
    """Keeps the answers until they are written at once; nothing here touches a file.

    Args:
        text: The env file.
        opened: Opens an ``enc:`` text of a key; may raise any ``CopyTraderError``.
    """

    def __init__(self, text: EnvText, opened: Callable[[str, str], str]) -> None:
        self._before = text.values
        self._opened = opened
        self._changes: dict[str, str | None] = {}

    @property
    def changes(self) -> Mapping[str, str | None]:
        """What is to be written: plain texts, None for what goes."""
        return MappingProxyType(self._changes)

    def written(self, name: str) -> str:
        """Return the text of a key, sealed as it may be; empty where it is not set."""
        text = self._changes[name] if name in self._changes else self._before.get(name)
        return (text or "").strip()

    def plain(self, name: str) -> str:
        """Return the text of a key, opened where it is sealed; empty where it does not open.

        Such a key is asked for as if it were missing: typing it again is the mend.
        """
        text = self.written(name)
        if not text.startswith(SEALED_PREFIX):
            return text
        try:
            return self._opened(text, name)
        except CopyTraderError:
            return ""

    def put(self, name: str, text: str) -> None:
        """Set a key, or take it out where the text is empty; what says the same stays untouched."""
        if not text:
            self.drop(name)
        elif self.written(name).startswith(SEALED_PREFIX) and self.plain(name) == text:
            return
        elif self._before.get(name) == text:
            self._changes.pop(name, None)
        else:
            self._changes[name] = text

    def drop(self, name: str) -> None:
        """Take a key out."""
        self._changes.pop(name, None)
        if name in self._before:
            self._changes[name] = None

    def drop_all(self, prefix: str) -> None:
        """Take out every key that begins so."""
        for name in {*self._before, *self._changes}:
            if name.startswith(prefix):
                self.drop(name)

    def drop_empty_followers(self) -> None:
        """Take out the lines of a follower that only the example names: it would be refused."""
        followers = {written.upper() for written in self.followers()}
        for name in self._before:
            known = recognise(name)
            if known is not None and known.follower and known.follower.upper() not in followers:
                self.drop(name)

    def seal_again(self) -> None:
        """Have every secret that stands in plain text written anew, and so sealed."""
        for name in self.plain_secrets():
            self._changes[name] = self.written(name)

    def plain_secrets(self) -> tuple[str, ...]:
        """Return the keys of secrets that the file holds in plain text and nobody has changed."""
        return tuple(
            name
            for name in self._before
            if name not in self._changes
            and is_secret(name, self.written(name))
            and not self.written(name).startswith(SEALED_PREFIX)
        )

    def followers(self) -> tuple[str, ...]:
        """Return the followers' names as written in their keys, in order; one of empty lines is none."""
        names = dict.fromkeys([*self._before, *self._changes])
        known = (recognise(name) for name in names if self.written(name))
        return follower_names(one for one in known if one is not None)

    def accounts(self) -> Mapping[str, str]:
        """Return Kite client id → whose it is, in words."""
        found = {self.written("MASTER__USER_ID").upper(): str(MASTER)}
        for written in self.followers():
            found.setdefault(
                self.written(f"FOLLOWERS__{written}__USER_ID").upper(), written.lower()
            )
        found.pop("", None)
        return found

    def is_empty(self) -> bool:
        """Return whether nothing has been set up yet."""
        return not any(
            self.written(name)
            for name in ("MASTER__USER_ID", "MASTER__API_KEY", "TELEGRAM__BOT_TOKEN")
        ) and not any(
            self.written(f"FOLLOWERS__{written}__USER_ID") for written in self.followers()
        )


def is_secret(name: str, text: str) -> bool:
    """Return whether this text of this key is to be sealed."""
    known = recognise(name)
    return known is not None and known.key.secret and bool(text) and known.key.marked_by in text
