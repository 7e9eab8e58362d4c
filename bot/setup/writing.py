"""Writes the env file: whole or not at all, for its owner only, the former one kept beside it."""

import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.setup.draft import is_secret
from bot.setup.env_text import EnvText
from engine.errors import CopyTraderError
from storage.vault import Vault, env_context

#: Added to the name of the env file for the one that was there before.
BACKUP_SUFFIX = ".before-setup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written; ``backup`` is where the former file is, ``new_key`` a key made just now."""

    path: Path
    backup: Path | None
    new_key: Path | None


def refuse_unwritable(path: Path) -> None:
    """Say before anything is asked that the answers could not be written.

    Raises:
        CopyTraderError: The folder is missing, or not ours.
    """
    folder = path.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise CopyTraderError(f"{folder} cannot be written to - go to a folder of your own first")


def read_text(path: Path) -> EnvText:
    """Return an env file as it is, or an empty one.

    Raises:
        CopyTraderError: It cannot be read or is not text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError:
        raise CopyTraderError(f"{path} is not UTF-8 - save it as UTF-8") from None
    except OSError as error:
        raise CopyTraderError(f"{path} cannot be read: {error.strerror} - mend that") from error
    return EnvText(text)


def write(
    path: Path,
    changes: Mapping[str, str | None],
    vault_or_new_key: Callable[[], tuple[Vault, Path | None]],
) -> Written:
    """Seal the secrets among the changes and write the file anew; Ctrl-C waits for the end of it.

    What another hand has changed in the file meanwhile is kept: it is read again here.

    Args:
        path: The env file.
        changes: Plain texts; None for keys that go.
        vault_or_new_key: Gives the vault, making its key file first where there is none.

    Raises:
        CopyTraderError: Nothing was written; the text says why, and names a key file that was made.
    """
    target = path.resolve()  # a link stays a link
    with _undisturbed():
        text = read_text(target)
        new_key: Path | None = None
        sealed = dict(changes)
        if any(is_secret(name, value or "") for name, value in changes.items()):
            vault, new_key = vault_or_new_key()
            for name, value in changes.items():
                if value and is_secret(name, value):
                    sealed[name] = vault.seal(value, env_context(name))
        try:
            backup = _kept(target)
            _replace(target, text.changed(sealed).encode())
        except OSError as error:
            made = f"; a key was made in {new_key}" if new_key else ""
            raise CopyTraderError(
                f"{path} cannot be written: {error.strerror} - nothing was changed{made}"
            ) from error
    return Written(path=path, backup=backup, new_key=new_key)


def _kept(target: Path) -> Path | None:
    try:
        former = target.read_bytes()
    except FileNotFoundError:
        return None
    backup = target.with_name(f"{target.name}{BACKUP_SUFFIX}")
    _replace(backup, former)
    return backup


def _replace(path: Path, content: bytes) -> None:
    """Put a file there at once, mode 0600, on the disk when this returns."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep Ctrl-C waiting: it comes when the file is whole.

    A mask of signals would hold for this thread alone, and whatever library has begun another one hears it then.
    """
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
