"""What one row of the settings table says about one key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

#: Stands for a follower's name in the name of a key.
NAME = "<NAME>"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingKey(Generic[T_co]):
    """One setting: how it is called, read, explained.

    Attributes:
        name: As in ``.env``; :data:`NAME` stands for a follower's name.
        parse: Text to value; raises ``ValueError`` as in ``settings_parsers``.
        help: One line for a person, in ``.env.example`` and docs/configuration.md.
        default: The text that stands where the key is missing or empty.
        unit: What the value is measured in or looks like; may be empty.
        required: Refuse to start without it.
        secret: May be given as ``enc:…``; LIVE refuses it in plain text.
        marked_by: Only a value with this text in it holds a secret; empty: every value does.
    """

    name: str
    parse: Callable[[str], T_co]
    help: str
    default: str = ""
    unit: str = ""
    required: bool = False
    secret: bool = False
    marked_by: str = ""

    def full_name(self, follower: str | None) -> str:
        """Return the key as in ``.env``, with the follower's name where it has one."""
        return self.name if follower is None else self.name.replace(NAME, follower)
