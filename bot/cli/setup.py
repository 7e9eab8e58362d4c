"""``copytrader setup``: the wizard that writes the env file."""

import argparse
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import cast

from bot import settings_table
from bot.cli.check import check
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.setup_login import SetupLogin
from bot.instance import running_pid
from bot.settings_names import PASSPHRASE
from bot.setup import wizard
from bot.setup.asker import Asker
from bot.setup.closing import next_steps, told
from bot.setup.draft import Draft
from bot.setup.env_text import EnvText
from bot.setup.kite_key import kite_key_fault
from bot.setup.lock_step import lock
from bot.setup.old_import import import_old
from bot.setup.old_script import is_old
from bot.setup.telegram_api import HttpBotApi
from bot.setup.tools import Tools
from bot.setup.writing import read_text, refuse_unwritable, write
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

_NO_TERMINAL = (
    "setup asks questions and needs a terminal - run it in one (over ssh: ssh -t HOST copytrader"
    " setup), or copy .env.example to .env and fill that in"
)
_TAKE_OVER = "This .env belongs to the older copy-trading script. Take its settings over?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    """The older script's settings; ``same_file``: they stand in the file that is written."""

    values: Mapping[str, str]
    same_file: bool


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
        KeyboardInterrupt: Stopped by Ctrl-C; nothing was written.
    """
    configuration = Configuration.read(args.env_file, invocation)
    path = configuration.env_file.path
    refuse_unwritable(path)
    text = read_text(path)
    places = configuration.places()
    configuration.refuse_lost_key()
    _refuse_wrong_key(configuration)
    old = _old_settings(path, text, given=args.import_file, folder=invocation.folder)
    draft = Draft(text, lambda sealed, name: configuration.vault().open_setting(sealed, name))
    try:
        first = draft.is_empty()
        _greet(asker, path, first=first)
        if path.exists():
            for fault in configuration.env_file.faults:
                asker.bad(fault)
        online = asker.agree("May answers be checked online as you go?", default=True)
        tools = _tools(configuration, invocation, draft, asker, online=online)
        passphrase = lock(asker) if configuration.needs_new_key() else None
        if old is not None and (
            args.import_file is not None or asker.agree(_TAKE_OVER, default=True)
        ):
            import_old(tools, old.values, same_file=old.same_file)
            first = True
        wanted = wizard.complete(tools) if first else wizard.edit(tools)
        if not wanted:
            asker.say("Nothing was written.")
            return ExitStatus.OK
    except (KeyboardInterrupt, EOFError):
        terminal = invocation.terminal
        terminal.note("\nStopped. Nothing was written; run copytrader setup again when you like.")
        raise KeyboardInterrupt from None
    if passphrase is not None:
        environ = {**invocation.environ, PASSPHRASE: passphrase.reveal()}
        invocation = replace(invocation, environ=environ)
        configuration = Configuration.read(args.env_file, invocation)
    try:
        _write(path, draft, configuration, invocation, asker, passphrase=passphrase)
        asker.heading("Is everything well? (copytrader check)")
        check(argparse.Namespace(env_file=str(path), json=False, online=online), invocation)
        next_steps(asker, running_pid(places.data_dir), first=first)
    except KeyboardInterrupt:
        invocation.terminal.note(f"\nStopped. The settings are written: {path}")
        raise
    return ExitStatus.OK


def _old_settings(path: Path, text: EnvText, *, given: str | None, folder: Path) -> _Old | None:
    """Return the older script's settings where there are any: in a file that was named, or ours.

    Raises:
        CopyTraderError: The file that was named cannot be read, or is no such file.
    """
    if given is None:
        return _Old(values=text.values, same_file=True) if is_old(text.values) else None
    source = (folder / Path(given).expanduser()).absolute()
    if not source.is_file():
        raise CopyTraderError(f"{source} does not exist - name the .env of the older script")
    values = read_text(source).values
    if not is_old(values):
        raise CopyTraderError(f"{source} has no MASTER_API_KEY - name the older script's .env")
    return _Old(values=values, same_file=source.resolve() == path.resolve())


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


def _write(
    path: Path,
    draft: Draft,
    configuration: Configuration,
    invocation: Invocation,
    asker: Asker,
    *,
    passphrase: Secret | None,
) -> None:
    written = write(path, draft.changes, configuration.vault_or_new_key)
    told(asker, written, passphrase=passphrase)
    for name in draft.changes:
        if name in invocation.environ:
            asker.bad(f"{name} is set in the real environment too, which wins: unset it there.")
