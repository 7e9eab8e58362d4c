"""``copytrader rotate-key``: another key or passphrase, and every secret sealed anew with it."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from bot.cli.configuration import Configuration, Places
from bot.cli.env_file import open_env_file
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.instance import instance_lock, prepare_data_dir
from bot.settings.names import recognise
from bot.verbs import LOCAL
from engine.core.values.counts import counted
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.durable import DISK, Disk
from storage.key_file import KeyFileError
from storage.mark import StoreMark
from storage.rotation import (
    former_vaults,
    next_vault,
    note_key,
    open_sessions,
    open_setting,
    seal_anew,
    settle_key_file,
)
from storage.store_name import STORE_NAME
from storage.stored_sessions import StoredSessions, stored_sessions
from storage.vault import SEALED_PREFIX, Vault, env_context


def rotate_key(args: argparse.Namespace, invocation: Invocation) -> int:
    """Change the key while nothing runs, and say what was done."""
    configuration = Configuration.read(args.env_file, invocation)
    try:
        change_key(configuration, invocation, disk=DISK)
    except OSError as error:
        raise CopyTraderError(
            f"{error.filename or 'a file'} cannot be written: {error.strerror} - nothing is lost:"
            " mend that and run it again"
        ) from error
    return ExitStatus.OK


def change_key(configuration: Configuration, invocation: Invocation, *, disk: Disk) -> None:
    """Change the key; whatever interrupts it, everything still opens and a second run finishes.

    Raises:
        CopyTraderError: Something runs, or a secret does not open; nothing was changed.
        OSError: A file cannot be written; a second run finishes.
    """
    places, terminal = configuration.places(), invocation.terminal
    _refuse_what_cannot_change(configuration, invocation.environ)
    old = _vault_in_use(configuration, places)
    new = None if old.uses_key_file else _new_passphrase(terminal)
    prepare_data_dir(places.data_dir)
    with (
        instance_lock(places.data_dir),
        _sessions(places, invocation.clock.now()) as store,
    ):
        vaults = [old, *former_vaults(places.key_file)] if new is None else [old, new]
        path = configuration.env_file.path
        text = _text_of(path)
        settings = _open_settings(text, vaults)
        sessions = open_sessions(vaults, store)
        if new is None:
            new = next_vault(places.key_file, disk=disk)
        seal_anew(
            old,
            new,
            env=(path, _sealed_anew(text, settings, new)) if settings else None,
            sessions=sessions,
            key_mark=places.key_mark,
            disk=disk,
        )
        kept = settle_key_file(places.key_file, old, disk=disk) if old.uses_key_file else None
        note_key(places.key_mark, new, disk=disk)
    terminal.say(f"{path}: {counted(len(settings), 'secret')} sealed anew, each for its own key")
    if sessions.tokens:
        terminal.say(f"store: sealed anew the sessions of {', '.join(sessions.tokens)}")
    if plain := _plain_secrets(text):
        terminal.say(
            f"still in plain text: {', '.join(plain)} - seal it: copytrader encrypt {plain[0]}"
        )
    for name in sessions.lost:
        terminal.say(f"store: the session of {name} did not open - log in: copytrader login {name}")
    if kept is None:
        terminal.say(
            "the new passphrase counts from now on - put it where the old one was given:"
            " PASSPHRASE or the systemd credential"
        )
    else:
        terminal.say(f"the new key is in {places.key_file} - back it up, apart from DATA_DIR")
        terminal.say(
            f"the old key is kept in {kept}: backups made before need it; remove it with them"
        )


def _refuse_what_cannot_change(configuration: Configuration, environ: Mapping[str, str]) -> None:
    faults = [*configuration.env_file.faults, *open_env_file(configuration.env_file)]
    faults += [
        f"{name}: is given sealed in the real environment, where it cannot be sealed anew"
        " - move it into the env file"
        for name, value in environ.items()
        if recognise(name) is not None and value.strip().startswith(SEALED_PREFIX)
    ]
    if faults:
        raise ConfigError(tuple(faults))


def _vault_in_use(configuration: Configuration, places: Places) -> Vault:
    try:
        return configuration.vault()
    except KeyFileError:
        if configuration.sealed_settings() or places.key_mark.exists() or places.key_file.exists():
            raise
        raise CopyTraderError(
            "there is no key to change: nothing is encrypted yet - see: copytrader encrypt --help"
        ) from None


def _new_passphrase(terminal: Terminal) -> Vault:
    typed = terminal.ask_secret("New passphrase (not shown):")
    vault = Vault.from_passphrase(Secret(typed))
    if terminal.input.isatty() and terminal.ask_secret("The same again:") != typed:
        raise CopyTraderError("the two differ; nothing was changed - run it again")
    return vault


@contextlib.contextmanager
def _sessions(places: Places, at: datetime) -> Iterator[StoredSessions | None]:
    if not (places.data_dir / STORE_NAME).exists():
        yield None
        return
    mark = StoreMark.beside(places.key_file, places.data_dir)
    with stored_sessions(places.data_dir, mark, by=LOCAL, at=at) as sessions:
        yield sessions


def _text_of(path: Path) -> str:
    """Return the env file as it is, line ends too; empty where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""


def _open_settings(text: str, vaults: Sequence[Vault]) -> dict[str, str]:
    """Return the secrets that the env file holds sealed.

    Raises:
        ConfigError: Which do not open; one of a key that is not ours is left alone.
    """
    found: dict[str, str] = {}
    faults = []
    for binding in parse_stream(StringIO(text)):
        name, value = binding.key, (binding.value or "").strip()
        if name is None or recognise(name) is None or not value.startswith(SEALED_PREFIX):
            continue
        try:
            found[name] = open_setting(vaults, value, name)
        except CopyTraderError as error:
            faults.append(f"{name}: cannot be decrypted: {error}")
    if faults:
        raise ConfigError((*faults, "nothing was changed - mend the above and run it again"))
    return found


def _plain_secrets(text: str) -> list[str]:
    """Return the keys of the env file whose secrets are not sealed; LIVE refuses them."""
    found = []
    for binding in parse_stream(StringIO(text)):
        known, value = recognise(binding.key or ""), (binding.value or "").strip()
        is_secret = known is not None and known.key.secret and known.key.marked_by in value
        if binding.key and value and is_secret and not value.startswith(SEALED_PREFIX):
            found.append(binding.key)
    return found


def _sealed_anew(text: str, settings: Mapping[str, str], vault: Vault) -> str:
    """Return the env file with each secret sealed for its key, and all else as it was."""
    parts = []
    for binding in parse_stream(StringIO(text)):
        part, name = binding.original.string, binding.key
        if name is not None and name in settings and binding.value is not None:
            sealed = vault.seal(settings[name], env_context(name))
            part = part.replace(binding.value.strip(), sealed)
        parts.append(part)
    return "".join(parts)
