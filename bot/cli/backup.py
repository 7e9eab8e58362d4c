"""``copytrader backup``: store and settings in one file that only the recovery key opens."""

import argparse
import importlib
from datetime import datetime
from pathlib import Path

from bot.cli.configuration import KEY_MARK, Configuration
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.kept_settings import settings_to_keep
from bot.version import program_version
from storage.backup_file import SUFFIX, BackupSource, backup_steps
from storage.recovery_key import RecoveryKey, RecoveryLock
from storage.store_copy import BackupError
from storage.store_name import STORE_NAME

#: What is typed to show that the key was written down.
_LAST_GROUP = 4
_TRIES = 3


def backup(args: argparse.Namespace, invocation: Invocation) -> int:
    """Make a backup, also while the program runs; the first one makes the recovery key."""
    configuration = Configuration.read(args.env_file, invocation)
    places, terminal = configuration.places(), invocation.terminal
    if not (places.data_dir / STORE_NAME).exists():
        raise BackupError(
            f"there is no store in {places.data_dir} yet - start it first with: copytrader run"
        )
    source = backup_source(places.data_dir, configuration.env_file.path)
    target = _target(invocation.folder / args.dest, at=invocation.clock.now())
    lock = RecoveryLock.kept_in(places.data_dir) or first_recovery_key(terminal, places.data_dir)
    with terminal.working("Copying the store") as working:
        for step in backup_steps(source, target, lock, at=invocation.clock.now()):
            working(f"Made {step}")
    terminal.say(
        f"Made {target}, {_size(target)}: store and settings, without key and sessions. "
        f"Only the recovery key with the id {lock.key_id.hex()} opens it."
    )
    terminal.say(
        f"The key of your settings ({places.key_file}) is not in it: keep a copy of that apart from it."
    )
    return ExitStatus.OK


def backup_source(data_dir: Path, env_file: Path) -> BackupSource:
    """Return what a backup is made of.

    Raises:
        ConfigError: The settings hold a secret in plain text.
        BackupError: They cannot be read.
    """
    try:
        settings = settings_to_keep(env_file)
    except OSError as error:
        raise BackupError(f"{env_file} cannot be read: {error.strerror} - mend that") from error
    mark = data_dir / KEY_MARK
    key_id = mark.read_text(encoding="ascii", errors="replace").strip() if mark.exists() else ""
    return BackupSource(
        data_dir=data_dir, settings=settings, program=program_version(), key_id=key_id
    )


def first_recovery_key(terminal: Terminal, data_dir: Path) -> RecoveryLock:
    """Make the recovery key, show it once and keep its public half.

    Raises:
        BackupError: There is no terminal to show it on, or it was not written down.
    """
    if not (terminal.out.isatty() and terminal.input.isatty()):
        raise BackupError(
            "there is no recovery key yet, and it is shown on a terminal only, once - run this there first"
        )
    key = RecoveryKey.new()
    text = key.text().reveal()
    terminal.say(
        "This is your recovery key. It is shown this once and kept nowhere on this machine:"
    )
    terminal.say("")
    for line in _lines(text):
        terminal.say(f"    {line}")
    terminal.say("")
    segno = importlib.import_module("segno")
    segno.make(text, error="m").terminal(out=terminal.out, compact=True)
    terminal.say(
        "Write it down or scan it into a password manager, not on this machine. Whoever has it can read "
        "your backups; without it nobody can, you neither."
    )
    for _ in range(_TRIES):
        typed = terminal.ask("Type its last four letters or digits to go on:")
        if typed.upper() == text[-_LAST_GROUP:]:
            key.lock.keep(data_dir)
            return key.lock
        terminal.complain("that is not how it ends - look again")
    raise BackupError(
        "the recovery key was not taken and is forgotten; no backup was made - run it again"
    )


def _lines(text: str) -> tuple[str, ...]:
    groups = text.split("-")
    return ("-".join(groups[:7]) + "-", "-".join(groups[7:]))


def _target(dest: Path, *, at: datetime) -> Path:
    """Return the file to make: ``dest``, or one in it where it is a folder.

    Raises:
        BackupError: Its folder is not there.
    """
    if dest.is_dir():
        return dest / f"kitecopytrader-{at:%Y%m%d-%H%M%S}{SUFFIX}"
    if not dest.parent.is_dir():
        raise BackupError(f"{dest.parent} is not a folder - make it first, or give another place")
    return dest


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{size / 1e3:.0f} kB"
