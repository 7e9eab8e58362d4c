"""``copytrader setup``: the wizard that writes the env file."""

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import cast

from bot.cli.check import check
from bot.cli.configuration import Configuration
from bot.cli.have_reread import have_reread
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.kept_settings import holds_plain
from bot.cli.setup_doubts import servers_named
from bot.cli.setup_login import SetupLogin
from bot.instance import running_pid
from bot.settings import table as settings_table
from bot.settings.names import PASSPHRASE
from bot.setup import wizard
from bot.setup.asker import Asker
from bot.setup.closing import name_imported, next_steps, offer_deletion, takes_effect, told
from bot.setup.draft import Draft
from bot.setup.kite_key import kite_key_fault
from bot.setup.lock_step import lock
from bot.setup.old_import import import_old
from bot.setup.old_settings import OldSettings, old_settings
from bot.setup.questions import spoken
from bot.setup.telegram_api import HttpBotApi
from bot.setup.tools import Tools
from bot.setup.writing import Written, read_text, refuse_unwritable, write
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

_NO_TERMINAL = (
    "setup asks questions and needs a terminal - run it in one (over ssh: ssh -t HOST copytrader"
    " setup), or copy .env.example to .env and fill that in"
)
_NOTHING_WRITTEN = "Nothing was written; run copytrader setup again when you like."
_TAKE_OVER = "This .env belongs to the older copy-trading script. Take its settings over?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What the conversation left besides the draft; ``first``: everything was asked."""

    first: bool
    online: bool
    passphrase: Secret | None


def setup(args: argparse.Namespace, invocation: Invocation) -> int:
    """Ask for the settings and write them; run again it changes them."""
    terminal = invocation.terminal
    if not (terminal.input.isatty() and terminal.out.isatty()):
        raise CopyTraderError(_NO_TERMINAL)
    # questionary and segno are loaded for this command only.
    make = cast("Callable[[], Asker]", importlib.import_module("bot.setup.terminal").TerminalAsker)
    return run_setup(args, invocation, make())


def run_setup(args: argparse.Namespace, invocation: Invocation, asker: Asker) -> int:
    """Hold the conversation with whoever answers.

    Raises:
        CopyTraderError: The files or the key cannot be used; nothing was written.
        KeyboardInterrupt: Stopped by Ctrl-C; it was told whether anything is written.
    """
    configuration = Configuration.read(args.env_file, invocation)
    path = configuration.env_file.path
    refuse_unwritable(path)
    text = read_text(path)
    elsewhere = servers_named(configuration.env_file.values)
    configuration.refuse_lost_key()
    _refuse_wrong_key(configuration)
    old = old_settings(path, text, given=args.import_file, folder=invocation.folder)
    draft = Draft(text, lambda sealed, name: configuration.vault().open_setting(sealed, name))
    try:
        for line in elsewhere:
            asker.bad(spoken(line))
        answered = _answers(draft, configuration, invocation, asker, old=old)
        if answered is None:
            asker.say("Nothing was written.")
            return ExitStatus.OK
        if answered.passphrase is not None:
            environ = {**invocation.environ, PASSPHRASE: answered.passphrase.reveal()}
            invocation = replace(invocation, environ=environ)
            configuration = Configuration.read(args.env_file, invocation)
        while (written := _written(path, draft, configuration, asker)) is None:
            if not asker.agree("Try again, once that is mended in another window?", default=True):
                asker.say("Nothing was written.")
                return ExitStatus.FAILED
        imported = None if old is None or old.same_file else old.source
        _finish(written, configuration, invocation, asker, answered=answered, imported=imported)
    except (KeyboardInterrupt, EOFError):
        changed = read_text(path).values != text.values
        told_last = f"The settings are written: {path}" if changed else _NOTHING_WRITTEN
        invocation.terminal.note(f"\nStopped. {told_last}")
        raise KeyboardInterrupt from None
    return ExitStatus.OK


def _answers(
    draft: Draft,
    configuration: Configuration,
    invocation: Invocation,
    asker: Asker,
    *,
    old: OldSettings | None,
) -> _Answered | None:
    """Ask everything; None where nothing is to be written."""
    path = configuration.env_file.path
    first = draft.is_empty()
    _greet(asker, path, first=first)
    if path.exists():
        for fault in configuration.env_file.faults:
            asker.bad(fault)
    online = asker.agree("May answers be checked online as you go?", default=True)
    tools = _tools(configuration, invocation, draft, asker, online=online)
    passphrase = lock(asker) if configuration.needs_new_key() else None
    if old is not None and (old.was_named or asker.agree(_TAKE_OVER, default=True)):
        import_old(tools, old.values, same_file=old.same_file)
        first = True
    wanted = wizard.complete(tools) if first else wizard.edit(tools)
    return _Answered(first=first, online=online, passphrase=passphrase) if wanted else None


def _finish(
    written: Written,
    configuration: Configuration,
    invocation: Invocation,
    asker: Asker,
    *,
    answered: _Answered,
    imported: Path | None,
) -> None:
    """Have what was written count, let the doctor look at it, leave nothing plain, and say how it goes on."""
    places = configuration.places()
    running = running_pid(places.data_dir)
    if running is not None:
        takes_effect(asker, running, lambda: have_reread(places))
    asker.heading("Is everything well? (copytrader check)")
    env_file = str(written.path)
    check(argparse.Namespace(env_file=env_file, json=False, online=answered.online), invocation)
    if written.backup is not None and holds_plain(written.backup):
        offer_deletion(asker, written.backup)
    if imported is not None and holds_plain(imported):
        name_imported(asker, imported)
    if running is None:
        next_steps(asker, first=answered.first)


def _refuse_wrong_key(configuration: Configuration) -> None:
    """Refuse where no sealed secret opens: a mistyped passphrase must not look like lost secrets.

    Raises:
        CopyTraderError: Why the first one does not open.
    """
    sealed = configuration.sealed_settings()
    faults: list[CopyTraderError] = []
    for name, text in sealed.items():
        try:
            configuration.vault().open_setting(text, name)
        except CopyTraderError as error:
            faults.append(error)
    if faults and len(faults) == len(sealed):
        raise faults[0]


def _greet(asker: Asker, path: Path, *, first: bool) -> None:
    asker.heading("Setting up copytrader" if first else "Changing the settings of copytrader")
    asker.say(
        "It takes about ten minutes. Nothing is written before the end; Ctrl-C stops at any time."
        if first
        else "Nothing is written before you say so; Ctrl-C stops at any time."
    )
    asker.say(f"The settings are in {path}, readable by you alone, with every secret encrypted.")


def _tools(
    configuration: Configuration,
    invocation: Invocation,
    draft: Draft,
    asker: Asker,
    *,
    online: bool,
) -> Tools:
    values = configuration.env_file.values

    def address(key: str, default: str) -> str:
        return (values.get(key, "").strip() or default).rstrip("/")

    api_url = address(settings_table.TELEGRAM_API_URL.name, settings_table.TELEGRAM_API_URL.default)
    login_url = address(settings_table.KITE_LOGIN_URL.name, settings_table.KITE_LOGIN_URL.default)
    clock = invocation.clock
    running = running_pid(configuration.places().data_dir)
    can_log_in = online and running is None
    return Tools(
        asker=asker,
        draft=draft,
        online=online,
        bot_api=lambda token: HttpBotApi(api_url, token),
        kite_key_fault=lambda api_key: kite_key_fault(login_url, api_key),
        now=clock.now,
        monotonic=clock.monotonic,
        pause=_pause,
        login=SetupLogin(values, configuration.env_file.folder, clock) if can_log_in else None,
        running=running,
    )


def _pause(seconds: float) -> None:
    Event().wait(seconds)


def _written(
    path: Path, draft: Draft, configuration: Configuration, asker: Asker
) -> Written | None:
    """Write and tell so; None where that fails: the answers are not lost, and it is told why."""
    try:
        written = write(path, draft.changes, configuration.vault_or_new_key)
    except CopyTraderError as error:
        asker.bad(spoken(str(error)))
        return None
    told(asker, written)
    for name in draft.changes:
        if name in configuration.real_environment:
            asker.bad(f"{name} is set in the real environment too, which wins: unset it there.")
    return written
