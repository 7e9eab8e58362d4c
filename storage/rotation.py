"""Another key for every secret, so that a kill at any step loses none of them.

In this order, each step durable before the next:

1. a new key file lies beside the old one (``key.new``); everything that runs reads both;
2. the note in the data folder names both keys;
3. each kept session, and what is kept of each follower, is in the store twice: as it was, and sealed with the new key;
4. the env file is replaced in one step. Before it the old key opens everything, after it the new one;
5. they stay in the store under the new key only;
6. the old key file gets a name of its own (``key.old-…``), the new one takes its place in one step;
7. the note names the new key alone.

Whoever begins again finds the new key of 1 and goes on with it. A passphrase has no file: between two of them 1 and 6
fall away. From a passphrase to a key file 6 comes before 4: nobody reads the key file until then, and from then on it must
be there. From a key file to a passphrase 1 falls away, and 6 leaves no key file in its place.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.core.values.market import AccountName
from storage.durable import Disk, replace_file, sweep_drafts
from storage.key_file import (
    KeyFileError,
    create_key_file,
    former_key_path,
    former_key_paths,
    next_key_path,
)
from storage.stored_sessions import StoredSessions
from storage.vault import Vault, VaultError, follower_context, session_context


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSessions:
    """The sessions of the store, opened before anything was changed.

    Attributes:
        store: Where they are kept; None where there is no store.
        tokens: The access token of each session that opens.
        lost: Whose session does not open: its account must log in again, as before.
        leaving: What is kept of followers, as far as it opens.
    """

    store: StoredSessions | None
    tokens: Mapping[AccountName, str]
    lost: tuple[AccountName, ...]
    leaving: Mapping[AccountName, str] = field(default_factory=dict)


def open_setting(vaults: Sequence[Vault], sealed: str, name: str) -> str:
    """Return a value of the env file by whichever key opens it.

    Raises:
        VaultError: None does; the text is that of the first.
    """
    for vault in vaults[1:]:
        with contextlib.suppress(VaultError):
            return vault.open_setting(sealed, name)
    return vaults[0].open_setting(sealed, name)


def open_sessions(vaults: Sequence[Vault], store: StoredSessions | None) -> OpenedSessions:
    """Return the kept sessions by whichever key opens each."""
    if store is None:
        return OpenedSessions(store=None, tokens={}, lost=())
    found = _opened(vaults, store.tokens, session_context)
    lost = tuple(name for name in store.tokens if name not in found)
    leaving = _opened(vaults, store.leaving, follower_context)
    return OpenedSessions(store=store, tokens=found, lost=lost, leaving=leaving)


def _opened(
    vaults: Sequence[Vault],
    kept: Mapping[AccountName, str],
    context_of: Callable[[AccountName], str],
) -> dict[AccountName, str]:
    """Return what opens of what is kept, by whichever key."""
    found: dict[AccountName, str] = {}
    for vault in vaults:
        for name, sealed in kept.items():
            with contextlib.suppress(VaultError):
                found[name] = vault.open(sealed, context_of(name))
    return found


def file_vaults(key_file: Path) -> list[Vault]:
    """Return the vaults of every key file there is: in use, next and former; what is none is left out."""
    found = []
    for path in (key_file, next_key_path(key_file), *former_key_paths(key_file)):
        with contextlib.suppress(KeyFileError):
            found.append(Vault.from_one_key_file(path))
    return found


def next_vault(key_file: Path, *, disk: Disk) -> Vault:
    """Return the vault of the next key: of a change that was begun, or of a new key file.

    Raises:
        KeyFileError: It cannot be written, or what lies there is no key.
    """
    path = next_key_path(key_file)
    if path.parent.is_dir():
        sweep_drafts(path, disk=disk)
    if not path.exists() and not path.is_symlink():
        create_key_file(path, disk=disk)
    return Vault.from_one_key_file(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A change of keys that is ready: everything opens, and the new key is durable.

    Attributes:
        old: The key in use.
        new: The next one.
        env: The env file and its new text; None where it holds nothing sealed.
        sessions: What the store holds.
        key_file: Where the key file is, or is to be.
        key_mark: The note in the data folder.
        leaves_key_file: A passphrase is to be the only key: what lies in the key file's place goes.
    """

    old: Vault
    new: Vault
    env: tuple[Path, str] | None
    sessions: OpenedSessions
    key_file: Path
    key_mark: Path
    leaves_key_file: bool = False


def rotate(change: Rotation, *, disk: Disk) -> tuple[Path, ...]:
    """Have env file and store hold every secret under the new key, steps 2 to 7.

    Returns:
        Where the key files are kept that were in use until now.

    Raises:
        OSError, JournalError: A step failed; what is there opens, and a second run finishes.
    """
    old, new, store = change.old, change.new, change.sessions.store
    _note_both(change, disk=disk)
    sealed, leaving = _sealed_by(new, change.sessions)
    if store is not None:
        store.keep(
            {name: f"{store.tokens[name]} {text}" for name, text in sealed.items()},
            {name: f"{store.leaving[name]} {text}" for name, text in leaving.items()},
        )
    former: list[Path] = []
    if new.uses_key_file and not old.uses_key_file:
        former += _settle_key_file(change.key_file, disk=disk)
    if change.env is not None:
        sweep_drafts(change.env[0], disk=disk)
        replace_file(*change.env, disk=disk)
    if store is not None:
        store.keep(sealed, leaving)
    if new.uses_key_file and old.uses_key_file:
        former += _settle_key_file(change.key_file, disk=disk)
    elif change.leaves_key_file:
        former += _retire_key_files(change.key_file, disk=disk)
    if change.key_mark.exists():
        replace_file(change.key_mark, f"{new.key_id}\n", disk=disk)
    return tuple(former)


def _note_both(change: Rotation, *, disk: Disk) -> None:
    """Have the note name both keys."""
    sweep_drafts(change.key_mark, disk=disk)
    if change.key_mark.exists():
        replace_file(change.key_mark, f"{change.old.key_id} {change.new.key_id}\n", disk=disk)


def _sealed_by(
    vault: Vault, sessions: OpenedSessions
) -> tuple[dict[AccountName, str], dict[AccountName, str]]:
    tokens = {n: vault.seal(token, session_context(n)) for n, token in sessions.tokens.items()}
    leaving = {n: vault.seal(text, follower_context(n)) for n, text in sessions.leaving.items()}
    return tokens, leaving


def _settle_key_file(key_file: Path, *, disk: Disk) -> list[Path]:
    """Put the next key in the place of the key file, and return where the one is kept that was there."""
    kept = []
    with contextlib.suppress(KeyFileError):
        kept = [former_key_path(key_file, Vault.from_one_key_file(key_file).key_id)]
    for former in kept:
        if not former.exists():
            disk.link(key_file, former)
            disk.sync(key_file.parent)
    disk.rename(next_key_path(key_file), key_file)
    disk.sync(key_file.parent)
    return kept


def _retire_key_files(key_file: Path, *, disk: Disk) -> list[Path]:
    """Leave no key in the key file's place, and return where those are kept that were there."""
    kept = []
    for path in (key_file, next_key_path(key_file)):
        with contextlib.suppress(KeyFileError):
            former = former_key_path(key_file, Vault.from_one_key_file(path).key_id)
            disk.rename(path, former)
            disk.sync(key_file.parent)
            kept.append(former)
    return kept
