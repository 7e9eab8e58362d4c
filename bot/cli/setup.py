"""``copytrader setup``: the wizard that writes the env file."""

import argparse
import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import cast

from bot import settings_table
from bot.cli.check import check
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.instance import running_pid
from bot.settings_names import PASSPHRASE
from bot.setup import wizard
from bot.setup.asker import Asker, Choice
from bot.setup.draft import Draft
from bot.setup.kite_key import kite_key_fault
from bot.setup.telegram_api import HttpBotApi
from bot.setup.tools import Tools
from bot.setup.writing import Written, read_text, write
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from storage.vault import Vault, VaultError

_NO_TERMINAL = (
    "setup asks questions and needs a terminal - run it in one (over ssh: ssh -t HOST copytrader"
    " setup), or copy .env.example to .env and fill that in"
)


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
    text = read_text(path)
    places = configuration.places()
    configuration.refuse_lost_key()
    _refuse_wrong_key(configuration)
    draft = Draft(text, lambda sealed, name: configuration.vault().open_setting(sealed, name))
    try:
        first = draft.is_empty()
        _greet(asker, path, first=first)
        online = asker.agree("May answers be checked online as you go?", default=True)
        tools = _tools(configuration, invocation, draft, asker, online=online)
        passphrase = _passphrase(asker) if configuration.needs_new_key() else None
        wanted = wizard.first_run(tools) if first else wizard.edit(tools)
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
    written = write(path, draft.changes, configuration.vault_or_new_key)
    _told(asker, written, passphrase=passphrase)
    asker.heading("Is everything well? (copytrader check)")
    check(argparse.Namespace(env_file=str(path), json=False, online=online), invocation)
    _next(asker, running_pid(places.data_dir), first=first)
    return ExitStatus.OK


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
    return Tools(
        asker=asker,
        draft=draft,
        online=online,
        bot_api=lambda token: HttpBotApi(api_url, token),
        kite_key_fault=lambda api_key: kite_key_fault(login_url, api_key),
        now=clock.now,
        monotonic=clock.monotonic,
        pause=_pause,
        running=running_pid(configuration.places().data_dir),
    )


def _pause(seconds: float) -> None:
    Event().wait(seconds)


def _passphrase(asker: Asker) -> Secret | None:
    """Ask how the secrets are locked; None: by a key file, made when the settings are written."""
    asker.heading("How your secrets are locked")
    chosen = asker.choose(
        "Lock them with:",
        [
            Choice(value="key", text="A key file on this machine (it starts by itself)"),
            Choice(value="passphrase", text="A passphrase, to be given at every start"),
        ],
        "key",
    )
    if chosen == "key":
        return None
    asker.say(
        "At a start in a terminal it is asked for; under systemd it comes from the credential"
        " kitecopytrader-passphrase. Nobody can recover it: note it down."
    )
    while True:
        typed = asker.secret("Passphrase (at least 12 letters):")
        try:
            Vault.from_passphrase(Secret(typed))
        except VaultError:
            asker.bad("That is shorter than 12 letters. Four or five words are good.")
            continue
        if asker.secret("The same again:") == typed:
            return Secret(typed)
        asker.bad("The two are not the same. Once more, please.")


def _told(asker: Asker, written: Written, *, passphrase: Secret | None) -> None:
    asker.good(f"Written: {written.path}")
    if written.backup is not None:
        asker.say(f"As it was before: {written.backup}")
    if written.new_key is not None:
        asker.say(
            f"A new key is in {written.new_key}. Keep a copy of it somewhere else: without it the"
            " secrets cannot be read."
        )
    elif passphrase is not None:
        asker.say("The secrets open with your passphrase only.")


def _next(asker: Asker, running: int | None, *, first: bool) -> None:
    asker.heading("What next")
    if running is not None:
        asker.say(how_changes_get_in(running))
        return
    asker.say("1. Start it, and leave it running:   copytrader run")
    asker.say("2. Log in to Kite each trading day:  copytrader login   (or /login in Telegram)")
    if first:
        asker.say(
            "3. In Telegram press /start, then /start_copy. It begins in PAPER, without real money;"
            " /live comes later, when you like what you see."
        )


def how_changes_get_in(pid: int) -> str:
    """Return how a running instance gets to know what was written."""
    return f"copytrader runs on the former settings (process {pid}): stop it and start it again."
