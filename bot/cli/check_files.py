"""What the doctor looks at on this machine: files, folders, disk, store, clock."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable
from datetime import datetime, timedelta
from glob import escape
from pathlib import Path
from shlex import quote

from bot.cli.check_lines import doubtful, failed, fine
from bot.cli.configuration import KEY_MARK, UNFINISHED, Configuration, lost_store
from bot.cli.env_file import EnvFile, open_env_file
from bot.cli.kept_settings import holds_plain
from bot.instance import DataDirError, prepare_data_dir
from bot.settings.names import recognise
from bot.settings.settings import Settings
from engine.core.values.market import IST
from engine.core.values.views import CheckLine
from engine.errors import CopyTraderError
from storage.chain import verify
from storage.disk_full import room, too_little
from storage.store_name import REPLACED_PREFIX, STORE_NAME

# A trading day journals some megabytes; below these the store cannot be trusted to grow.
_DISK_FAIL_BYTES = 200_000_000
_DISK_WARN_BYTES = 1_000_000_000
# First bytes of every database. Source: SQLite file format, section 1.3.
_SQLITE_MAGIC = b"SQLite format 3\x00"
# This version did not exist before; a clock that says so is wrong.
_EARLIEST = datetime(2026, 11, 1, tzinfo=IST)
# A file newer than now means that the clock was set back; file systems round up to 2 s.
_CLOCK_SLACK = timedelta(seconds=5)


def env_file(found: EnvFile, settings: Settings | None) -> Iterable[CheckLine]:
    """Say who else can read the env file; without plain secrets in it that is no harm.

    Who else can change it, the settings have said: nothing is read from such a file.
    """
    try:
        mode = stat.S_IMODE(found.path.stat().st_mode)
    except OSError:
        return  # missing: the settings have said so where it matters
    if open_env_file(found):
        return
    if mode & 0o044 and (settings is None or settings.plain_secrets):
        yield doubtful(f"{found.path} can be read by others - run: chmod 600 {found.path}")
    else:
        yield fine(f"{found.path} is private enough")


def plain_copies(env_file: Path, data_dir: Path) -> Iterable[CheckLine]:
    """Name copies of former settings, by setup and by a restore, that still hold secrets in plain text."""
    beside = env_file.resolve().parent.glob(f"{escape(env_file.resolve().name)}.before-*")
    replaced = data_dir.glob(f"{REPLACED_PREFIX}*/{escape(env_file.name)}")
    for copy in sorted((*beside, *replaced)):
        if copy.is_file() and holds_plain(copy):
            yield doubtful(
                f"{copy} holds secrets in plain text - once everything works, run: rm {quote(str(copy))}"
            )


def key_file(configuration: Configuration) -> CheckLine:
    """Say whether the key or passphrase can be used."""
    places = configuration.places()
    if not places.key_file.exists() and not configuration.sealed_values():
        return fine(f"key: none yet; made in {places.key_file} when first needed")
    try:
        vault = configuration.vault()
    except CopyTraderError as error:
        # In the words of the settings, which could not be opened for the same reason: it is said once.
        return failed(f"KEY_FILE: {error}")
    if configuration.is_changing(vault):
        return doubtful(f"key: {UNFINISHED}")
    return fine(f"key: {places.key_file}" if vault.uses_key_file else "key: a passphrase")


def loose_secrets(configuration: Configuration) -> Iterable[CheckLine]:
    """Name values that open under any key of the env file: those were sealed for none in particular."""
    sealed = {n: text for n, text in configuration.sealed_settings().items() if recognise(n)}
    vault = configuration.vault() if sealed else None
    if vault is None:
        return
    if loose := [name for name, text in sealed.items() if not vault.is_bound(text, name)]:
        yield doubtful(
            f"encrypted, but not for its own key only: {', '.join(loose)} - stop the program and run:"
            " copytrader rotate-key"
        )


def uses_key_file(configuration: Configuration) -> bool:
    """Return whether secrets are, or would be, sealed with the key file."""
    try:
        return configuration.vault().uses_key_file
    except CopyTraderError:
        return True


def data_dir(folder: Path) -> Iterable[CheckLine]:
    """Say whether ``DATA_DIR`` is ours alone and has room."""
    if not folder.exists():
        yield fine(f"data folder: {folder} is made at the first start")
        return
    try:
        prepare_data_dir(folder)
    except DataDirError as error:
        yield failed(str(error))
        return
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield doubtful(f"{folder} can be looked into by others - run: chmod 700 {folder}")
    free = shutil.disk_usage(folder).free
    told = room(free, folder)
    if free < _DISK_FAIL_BYTES:
        yield failed(too_little(free, folder))
    elif free < _DISK_WARN_BYTES:
        yield doubtful(f"{told} - free some space")
    else:
        yield fine(told)


def stores(folder: Path) -> Iterable[CheckLine]:
    """Run SQLite's own check over every database in ``DATA_DIR``, without changing any."""
    if not folder.is_dir():
        return
    store = folder / STORE_NAME
    databases = {one for one in folder.iterdir() if one.is_file() and _is_sqlite(one)}
    if store.exists() or store.is_symlink():
        databases.add(store)  # whatever it is: no other file may stand for the store
    elif (folder / KEY_MARK).exists():
        yield failed(f"store: {lost_store(folder)}")
    else:
        yield fine("store: none yet")
    for one in sorted(databases):
        problem = _problem_of(one)
        if problem is None:
            yield fine(f"store: {one.name} is whole")
        else:
            yield failed(f"store: {one.name} {problem} - keep a copy and restore a backup")


def clock(folder: Path, now: datetime) -> CheckLine:
    """Say whether the clock can be right; codes, sessions and the trading day hang on it."""
    if now < _EARLIEST:
        return failed(f"clock: it says {now:%Y-%m-%d} - set it, by NTP")
    entries = folder.iterdir() if folder.is_dir() else ()
    newest = max((one.lstat().st_mtime for one in entries), default=0.0)
    if newest > (now + _CLOCK_SLACK).timestamp():
        return failed("clock: files in DATA_DIR are from the future - set it, by NTP")
    return fine(f"clock: {now:%Y-%m-%d %H:%M:%S} IST")


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except OSError:
        return False


def _problem_of(path: Path) -> str | None:
    """Return why a store cannot be used, to be read on after its name, or None."""
    if not path.is_file():
        return "is not a file"
    if not os.access(path, os.R_OK | os.W_OK):
        return "cannot be read and written by this user"
    if path.stat().st_size == 0:
        return "is empty, as no store is"
    if not _is_sqlite(path):
        return "is not a database"
    return _quick_check(path) or (_changed_history(path) if path.name == STORE_NAME else None)


def _quick_check(path: Path) -> str | None:
    """Return SQLite's first complaint, or None."""
    try:
        store = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            (answer,) = store.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            store.close()
    except sqlite3.Error as error:
        return f"is damaged: {error}"
    return None if answer == "ok" else f"is damaged: {str(answer).splitlines()[-1]}"


def _changed_history(path: Path) -> str | None:
    """Return where the store's history was changed after it was written, or None."""
    try:
        changed = verify(path)
    except sqlite3.Error as error:
        return f"is damaged: {error}"
    return f"was changed by another hand or a bad disk ({changed})" if changed else None
