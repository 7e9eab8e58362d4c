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
from bot.cli.parser import KEY_KINDS
from bot.instance import instance_lock, prepare_data_dir
from bot.settings.names import recognise
from bot.verbs import LOCAL
from engine.core.values.counts import counted
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.durable import DISK, Disk
from storage.key_file import KeyFileError, noted_keys
from storage.mark import StoreMark
from storage.rotation import (
    Rotation,
    file_vaults,
    next_vault,
    open_sessions,
    open_setting,
    rotate,
)
from storage.store_name import STORE_NAME
from storage.stored_sessions import StoredSessions, stored_sessions
from storage.vault import SEALED_PREFIX, Vault, VaultError, env_context, is_passphrase_sealed

#: What a key can be, as it is called on the command line.
_, BY_PASSPHRASE = KEY_KINDS


def rotate_key(args: argparse.Namespace, invocation: Invocation) -> int:
    """Change the key while nothing runs, and say what was done."""
    configuration = Configuration.read(args.env_file, invocation)
    try:
        change_key(configuration, invocation, disk=DISK, to=args.to)
    except OSError as error:
        raise CopyTraderError(
            f"{error.filename or 'a file'} cannot be written: {error.strerror} - nothing is lost:"
            " mend that and run it again"
        ) from error
    return ExitStatus.OK


def change_key(
    configuration: Configuration, invocation: Invocation, *, disk: Disk, to: str | None = None
) -> None:
    """Change the key; whatever interrupts it, everything still opens and a second run finishes.

    Args:
        configuration: The env file and what opens it now.
        invocation: The outside world.
        disk: Where files are written.
        to: One of :data:`KEY_KINDS`; None: as now.

    Raises:
        CopyTraderError: Something runs, or a secret does not open; nothing was changed.
        OSError: A file cannot be written; a second run finishes.
    """
    places, terminal = configuration.places(), invocation.terminal
    _refuse_what_cannot_change(configuration, invocation.environ)
    old = _vault_in_use(configuration, places)
    to_passphrase = not old.uses_key_file if to is None else to == BY_PASSPHRASE
    if not to_passphrase and places.key_file.exists():
        Vault.from_one_key_file(places.key_file)  # what is no key there is not put aside
    files = file_vaults(places.key_file)
    # Key files that a change to a passphrase has left in their place, for it was interrupted.
    begun = {one.key_id for one in files} & set(noted_keys(places.key_mark))
    new = None
    if to_passphrase:
        switches = to is not None and (bool(begun) or places.key_file.exists())
        new = _new_passphrase(terminal, configuration.passphrase() if switches else None)
    prepare_data_dir(places.data_dir)
    with (
        instance_lock(places.data_dir),
        _sessions(places, invocation.clock.now()) as store,
    ):
        vaults = [old, *([] if new is None else [new]), *files]
        path = configuration.env_file.path
        text = _text_of(path)
        settings = _open_settings(text, vaults)
        sessions = open_sessions(vaults, store)
        if new is None:
            new = next_vault(places.key_file, disk=disk)
        change = Rotation(
            old=old,
            new=new,
            env=(path, _sealed_anew(text, settings, new)) if settings else None,
            sessions=sessions,
            key_file=places.key_file,
            key_mark=places.key_mark,
            leaves_key_file=to_passphrase and (to is not None or bool(begun)),
        )
        former = rotate(change, disk=disk)
    terminal.say(f"{path}: {counted(len(settings), 'secret')} sealed anew, each for its own key")
    if sessions.tokens:
        terminal.say(f"store: sealed anew the sessions of {', '.join(sessions.tokens)}")
    if plain := _plain_secrets(text):
        terminal.say(
            f"still in plain text: {', '.join(plain)} - seal it: copytrader encrypt {plain[0]}"
        )
    for name in sessions.lost:
        terminal.say(f"store: the session of {name} did not open - log in: copytrader login {name}")
    _tell_what_counts(change, former, terminal)


def _tell_what_counts(change: Rotation, former: Sequence[Path], terminal: Terminal) -> None:
    """Say what opens the secrets from now on, and what only opens backups of before."""
    if change.new.uses_key_file:
        terminal.say(f"the new key is in {change.key_file} - back it up, apart from DATA_DIR")
        if not change.old.uses_key_file:
            terminal.say(
                "the passphrase counts no more - take it away where it was given: PASSPHRASE or the"
                " systemd credential; backups made before need it"
            )
    elif change.old.uses_key_file or change.leaves_key_file:
        terminal.say(
            "the passphrase counts from now on - nobody can recover it; for starts without a terminal"
            " give it as the systemd credential kitecopytrader-passphrase, or as PASSPHRASE"
        )
    else:
        terminal.say(
            "the new passphrase counts from now on - put it where the old one was given:"
            " PASSPHRASE or the systemd credential"
        )
    for kept in former:
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
    """Return the vault of the key that seals the settings.

    A passphrase that is still given when the change to a key file was done is not it.
    """
    sealed = [text for name, text in configuration.sealed_settings().items() if recognise(name)]
    by_file = bool(sealed) and not any(map(is_passphrase_sealed, sealed))
    if by_file and places.key_file.exists():
        return Vault.from_key_file(places.key_file)
    try:
        return configuration.vault()
    except KeyFileError:
        if sealed or places.key_mark.exists() or places.key_file.exists():
            raise
        raise CopyTraderError(
            "there is no key to change: nothing is encrypted yet - see: copytrader encrypt --help"
        ) from None


def _new_passphrase(terminal: Terminal, given: Secret | None) -> Vault:
    """Return the vault of the passphrase that is to be: the one that is given already, or one to be typed."""
    if given is not None:
        return Vault.from_passphrase(given)
    while True:
        typed = terminal.ask_secret("New passphrase (at least 12 letters, not shown):")
        if not terminal.input.isatty():
            return Vault.from_passphrase(Secret(typed))
        # A person types anew; nothing was changed yet, and Ctrl-C leaves it so.
        try:
            vault = Vault.from_passphrase(Secret(typed))
        except VaultError:
            terminal.note("That is shorter than 12 letters. Four or five words are good.")
            continue
        if terminal.ask_secret("The same again:") == typed:
            return vault
        terminal.note("The two are not the same. Once more, please.")


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
