"""``copytrader restore``: puts a backup in the place of what is there, which is kept."""

import argparse

from bot.cli.configuration import Configuration, Places
from bot.cli.env_file import env_file_from
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.instance import instance_lock, prepare_data_dir, running_pid
from bot.verbs import LOCAL
from engine.core.values.counts import counted
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.backup_reading import settings_in
from storage.mark import StoreMark
from storage.recovery_key import RecoveryKey
from storage.restore import Restoration, discard, look_at, restore_steps
from storage.store_copy import BackupError
from storage.store_name import STORE_NAME
from storage.vault import SEALED_PREFIX, Vault

_WORD = "restore"
# How a secret of the settings begins that a key file has sealed; a passphrase is in its owner's head.
_SEALED_BY_KEY = f"{SEALED_PREFIX}k1.".encode()


def restore(args: argparse.Namespace, invocation: Invocation) -> int:
    """Prove a backup, put it in place, and say what to do before the first order."""
    terminal, source = invocation.terminal, invocation.folder / args.source
    if not source.is_file():
        raise BackupError(f"{source} is not a file - give the file that copytrader backup made")
    here = Configuration.read(args.env_file, invocation)
    if not here.env_file.folder.is_dir():
        raise BackupError(f"{here.env_file.folder} is not a folder - make it first")
    _refuse_running(here)
    key = RecoveryKey.parse(Secret(terminal.ask_secret("Recovery key:")))
    places = _places(here, settings_in(source, key), invocation)
    prepare_data_dir(places.data_dir)
    mark, now = StoreMark.beside(places.key_file, places.data_dir), invocation.clock.now()
    with instance_lock(places.data_dir):
        with terminal.working("Proving the backup"):
            found = look_at(source, key, places.data_dir, mark, by=LOCAL, at=now)
        try:
            _describe(found, terminal)
            _agree(places, terminal)
        except BaseException:
            discard(found)
            raise
        try:
            for _ in restore_steps(found, places.data_dir, here.env_file.path, mark):
                pass
        except OSError as error:
            raise BackupError(_half_way(f"{error.strerror or error} - mend that and")) from error
        except KeyboardInterrupt:
            raise BackupError(_half_way("interrupted -")) from None
    if found.replaced.is_dir():
        terminal.say(f"Restored. What was there before is in {found.replaced}.")
    else:
        terminal.say("Restored.")
    for line in _next_steps(found, places):
        terminal.say(line)
    return ExitStatus.OK


def _places(here: Configuration, settings: bytes | None, invocation: Invocation) -> Places:
    """Return where the restored settings have store and key."""
    restored = here
    if settings is not None:
        text = settings.decode("utf-8-sig", errors="replace")
        file = env_file_from(text, here.env_file.path, invocation.environ)
        restored = Configuration(file, invocation)
    return restored.places()


def _refuse_running(here: Configuration) -> None:
    """Refuse at once where an instance runs, whatever the backup says of places."""
    try:
        now_at = here.places().data_dir
    except ConfigError:
        return  # the settings may be what is to be restored
    if running_pid(now_at) is not None:
        raise CopyTraderError(f"an instance runs in {now_at} - stop it first")


def _half_way(why: str) -> str:
    return f"the restore stopped half way: {why} run it again before anything else"


def _describe(found: Restoration, terminal: Terminal) -> None:
    manifest = found.manifest
    terminal.say(
        f"The backup is whole: made {manifest.made_at:%d %b %Y %H:%M} IST by version {manifest.program}, "
        f"installation {manifest.store.install_id}, {counted(manifest.store.events, 'event')}."
    )


def _agree(places: Places, terminal: Terminal) -> None:
    if not (places.data_dir / STORE_NAME).exists():
        return
    terminal.say(
        f"It takes the place of the store in {places.data_dir} and of your settings; both are kept."
    )
    if terminal.ask(f"Type {_WORD} to go on:").lower() != _WORD:
        raise CopyTraderError(f"nothing was restored - run it again and type: {_WORD}")


def _next_steps(found: Restoration, places: Places) -> tuple[str, ...]:
    lines = []
    if _SEALED_BY_KEY in (found.settings or b"") and not _is_key(places, found.manifest.key_id):
        lines.append(
            f"The secrets of the settings need their key: put your copy of that key file at {places.key_file} "
            "(after a rotate-key the older ones are kept beside it, as key.old-…)."
        )
    lines.append("Sessions are not in a backup: every account logs in again.")
    if found.wrong:
        lines += [
            f"{found.wrong[0].upper()}{found.wrong[1:]}. So entries are frozen; exits follow.",
            "Next: copytrader check, then copytrader run, log in every account, then copytrader adopt, which "
            "lists what the accounts have and the store lacks.",
            "Forgotten with it is who was sent away since (look at /people), what /set made tighter (/limits), and "
            "who was paused.",
        ]
    else:
        lines.append("Next: copytrader check, then copytrader run.")
    return tuple(lines)


def _is_key(places: Places, key_id: str) -> bool:
    """Return whether the key file here is the one that sealed the settings, as far as the backup tells."""
    try:
        here = Vault.from_key_file(places.key_file).key_id
    except CopyTraderError:
        return False
    return not key_id or here in key_id.split()
