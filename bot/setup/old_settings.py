"""Where the older script's settings are, if there are any."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.setup.env_text import EnvText
from bot.setup.old_script import is_old
from bot.setup.writing import read_text
from engine.errors import CopyTraderError


@dataclass(frozen=True, slots=True, kw_only=True)
class OldSettings:
    """The older script's settings.

    Attributes:
        values: As they stand there, secrets among them.
        source: The file.
        same_file: It is the one that is written.
        was_named: Somebody has asked for it to be taken over.
    """

    values: Mapping[str, str] = field(repr=False)
    source: Path
    same_file: bool
    was_named: bool


def old_settings(
    path: Path, text: EnvText, *, given: str | None, folder: Path
) -> OldSettings | None:
    """Return the older script's settings where there are any: in a file that was named, or ours.

    Args:
        path: The env file that is written.
        text: What stands in it.
        given: The file that was named; None: none was.
        folder: Absolute folder that a relative ``given`` starts from.

    Raises:
        CopyTraderError: The file that was named cannot be read, or is no such file.
    """
    if given is None:
        if not is_old(text.values):
            return None
        return OldSettings(values=text.values, source=path, same_file=True, was_named=False)
    source = (folder / Path(given).expanduser()).absolute()
    if not source.is_file():
        raise CopyTraderError(f"{source} does not exist - name the .env of the older script")
    values = read_text(source).values
    if not is_old(values):
        raise CopyTraderError(f"{source} has no MASTER_API_KEY - name the older script's .env")
    same_file = source.resolve() == path.resolve()
    return OldSettings(values=values, source=source, same_file=same_file, was_named=True)
