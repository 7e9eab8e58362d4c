"""Another key for every secret, so that a kill at any step loses none of them.

In this order, each step durable before the next:

1. a new key file lies beside the old one (``key.new``); everything that runs reads both;
2. the note in the data folder names both keys;
3. each kept session, and what is kept of each follower, is in the store twice: sealed with the old key, and with the new one;
4. the env file is replaced in one step. Before it the old key opens everything, after it the new one;
5. they stay in the store under the new key only;
6. the old key file gets a name of its own (``key.old-…``), the new one takes its place in one step;
7. the note names the new key alone.

Whoever begins again finds the new key of 1 and goes on with it. A passphrase has no file: 1 and 6 fall away.
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


def former_vaults(key_file: Path) -> list[Vault]:
    """Return the vaults of keys that were in use before; a file that is none of them is left out."""
    found = []
    for path in former_key_paths(key_file):
        with contextlib.suppress(KeyFileError):
            found.append(Vault.from_one_key_file(path))
    return found


def next_vault(key_file: Path, *, disk: Disk) -> Vault:
    """Return the vault of the next key: of a change that was begun, or of a new key file.

    Raises:
        KeyFileError: It cannot be written, or what lies there is no key.
    """
    path = next_key_path(key_file)
    sweep_drafts(path, disk=disk)
    if not path.exists() and not path.is_symlink():
        create_key_file(path, disk=disk)
    return Vault.from_one_key_file(path)


def seal_anew(
    old: Vault,
    new: Vault,
    *,
    env: tuple[Path, str] | None,
    sessions: OpenedSessions,
    key_mark: Path,
    disk: Disk,
) -> None:
    """Have the env file and the store hold every secret under the new key: steps 2 to 5.

    Args:
        old: The key in use.
        new: The next one, durable already.
        env: The env file and its new text; None where it holds nothing sealed.
        sessions: What the store holds.
        key_mark: The note in the data folder.
        disk: Where files are written.

    Raises:
        OSError, JournalError: A step failed; what is there opens, and a second run finishes.
    """
    sealed = {n: new.seal(token, session_context(n)) for n, token in sessions.tokens.items()}
    leaving = {n: new.seal(text, follower_context(n)) for n, text in sessions.leaving.items()}
    sweep_drafts(key_mark, disk=disk)
    if key_mark.exists():
        replace_file(key_mark, f"{old.key_id} {new.key_id}\n", disk=disk)
    store = sessions.store
    if store is not None:
        store.keep(
            {name: f"{store.tokens[name]} {text}" for name, text in sealed.items()},
            {name: f"{store.leaving[name]} {text}" for name, text in leaving.items()},
        )
    if env is not None:
        sweep_drafts(env[0], disk=disk)
        replace_file(*env, disk=disk)
    if store is not None:
        store.keep(sealed, leaving)


def settle_key_file(key_file: Path, old: Vault, *, disk: Disk) -> Path:
    """Put the next key in the place of the key file, step 6, and return where the old one is kept.

    Raises:
        OSError: It was not done; a second run finishes.
    """
    kept = former_key_path(key_file, old.key_id)
    if not kept.exists():
        disk.link(key_file, kept)
        disk.sync(key_file.parent)
    disk.rename(next_key_path(key_file), key_file)
    disk.sync(key_file.parent)
    return kept


def note_key(key_mark: Path, new: Vault, *, disk: Disk) -> None:
    """Have the note in the data folder, where there is one, name the new key alone: step 7.

    Raises:
        OSError: It still names both, which does no harm.
    """
    if key_mark.exists():
        replace_file(key_mark, f"{new.key_id}\n", disk=disk)
