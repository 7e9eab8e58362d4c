"""Reads the env file and lays the real environment over it."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.settings.names import is_ours
from storage.trusted_path import fault_of_path

DEFAULT_ENV_FILE = ".env"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """The texts of the settings and what was wrong with the file itself.

    Attributes:
        path: The file, whether or not it exists.
        values: Key → text; the real environment wins over the file.
        faults: One line each with the mend; values never appear in them.
    """

    path: Path
    values: Mapping[str, str] = field(repr=False)
    faults: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The folder against which relative paths resolve."""
        return self.path.parent


def read_env_file(given: str | None, folder: Path, environ: Mapping[str, str]) -> EnvFile:
    """Read the env file and lay the real environment over it.

    Args:
        given: ``--env-file``, or None for ``.env``, which may then be missing.
        folder: Absolute folder that a relative ``given`` starts from.
        environ: The real environment; only keys of this program are taken.
    """
    path = (folder / (given or DEFAULT_ENV_FILE)).absolute()
    ours = {name: value for name, value in environ.items() if is_ours(name)}
    try:
        values, faults = _parse(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        missing = f"{path} does not exist - make it with: copytrader setup, or go to its folder"
        return EnvFile(path=path, values=ours, faults=() if ours and given is None else (missing,))
    except UnicodeDecodeError:
        return EnvFile(path=path, values=ours, faults=(f"{path} is not UTF-8 - save it as UTF-8",))
    except OSError as error:
        fault = f"{path} cannot be read: {error.strerror} - mend that"
        return EnvFile(path=path, values=ours, faults=(fault,))
    return EnvFile(path=path, values={**values, **ours}, faults=tuple(faults))


def env_file_from(text: str, path: Path, environ: Mapping[str, str]) -> EnvFile:
    """Return what a file with this text at this path would say, under the real environment."""
    ours = {name: value for name, value in environ.items() if is_ours(name)}
    values, faults = _parse(text, path.name)
    return EnvFile(path=path, values={**values, **ours}, faults=tuple(faults))


def open_env_file(file: EnvFile) -> tuple[str, ...]:
    """Return the fault of a file that others can change: whoever can, trades in its owner's name."""
    try:
        mode = stat.S_IMODE(file.path.stat().st_mode)
    except OSError:
        return ()  # missing: the settings say so where it matters
    if mode & 0o022:
        return (f"{file.path} can be changed by others - run: chmod 600 {file.path}",)
    fault = fault_of_path(file.path)
    return (fault,) if fault else ()


def _parse(text: str, file_name: str) -> tuple[dict[str, str], list[str]]:
    """Return the values, and a fault for each line that says nothing or says it twice."""
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    faults: list[str] = []
    # No interpolation: a "$" in a secret is a "$".
    for binding in parse_stream(StringIO(text)):
        line = _line(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            faults.append(f"{file_name} line {line}: is not KEY=value - mend or remove the line")
        elif binding.key is not None:
            if binding.key in lines:
                first = lines[binding.key]
                faults.append(
                    f"{binding.key}: given twice, on lines {first} and {line} - keep one of them"
                )
            lines.setdefault(binding.key, line)
            values[binding.key] = binding.value or ""
    return values, faults


def _line(binding: Binding) -> int:
    """Return the line of the key itself: the parser counts the blank lines before it too."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
