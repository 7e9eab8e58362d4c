"""``copytrader check``, the doctor: one line per thing, with the mend where it is wrong."""

import argparse
import asyncio
import importlib
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from typing import cast

from bot.cli import check_files, check_online
from bot.cli.check_backups import backups
from bot.cli.check_lines import doubtful, failed, fine
from bot.cli.check_machine import machine_lines
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.json_answers import CheckAnswer
from bot.cli.running import ask, field
from bot.control_socket import ControlError, NotRunningError
from bot.instance import running_pid
from bot.settings.settings import Settings
from engine.clock import Clock
from engine.core.values.views import CheckLevel, CheckLine, SessionState, StatusView
from engine.errors import ConfigError, CopyTraderError
from storage.store_name import STORE_NAME
from storage.vault import Vault

_WORDS = {CheckLevel.OK: "ok  ", CheckLevel.WARN: "warn", CheckLevel.FAIL: "FAIL"}
_STYLES = {CheckLevel.OK: "green", CheckLevel.WARN: "yellow", CheckLevel.FAIL: "bold red"}
#: Seconds until a running instance has asked every broker: a preflight may wait 5 s for a first book, and
#: an account is asked for 10 s (``engine/prober.py``).
_ASKED_S = 20.0
#: Asks the brokers of a set-up that does not run; is told how many accounts have answered.
_KeptLines = Callable[
    [Settings, Vault | None, Clock, Callable[[int], None]],
    Coroutine[object, object, tuple[CheckLine, ...]],
]


def check(args: argparse.Namespace, invocation: Invocation) -> int:
    """Look at everything and say what is wrong; 1 if anything failed."""
    configuration = Configuration.read(args.env_file, invocation)
    terminal = invocation.terminal
    with terminal.working("looking at settings, files and store") as working:
        found = _look(configuration, invocation, online=args.online, working=working)
        # What the engine and this machine say alike is said once.
        lines = list({line.text: line for line in found}.values())
    well = all(line.level is not CheckLevel.FAIL for line in lines)
    if args.json:
        terminal.show_json(CheckAnswer(ok=well, lines=tuple(lines)))
    else:
        for line in lines:
            style = _STYLES[line.level]
            terminal.say_folded(f"{_WORDS[line.level]} ", line.text, style=style)
        count = Counter(line.level for line in lines)
        ill = f"{count[CheckLevel.FAIL]} to mend, {count[CheckLevel.WARN]} to think over"
        terminal.say(f"{ill}, {count[CheckLevel.OK]} well")
    return ExitStatus.OK if well else ExitStatus.FAILED


def machine_of(
    configuration: Configuration, settings: Settings, clock: Clock
) -> tuple[CheckLine, ...]:
    """Return the part of the list that /live runs too, for a set-up that could start; never raises."""
    try:
        return tuple(machine_lines(configuration, settings, clock.now()))
    except (OSError, CopyTraderError) as error:
        return (
            failed(f"files of this machine cannot be looked at: {error} - see copytrader check"),
        )


def _look(
    configuration: Configuration,
    invocation: Invocation,
    *,
    online: bool,
    working: Callable[[str], None],
) -> Iterable[CheckLine]:
    settings: Settings | None = None
    try:
        settings = configuration.settings()
    except ConfigError as error:
        for fault in error.faults:
            yield failed(fault)
    if settings is not None:
        yield from _configuration(configuration, settings)
        yield backups(settings, invocation.clock.now())
    try:
        places = configuration.places()
    except ConfigError:
        return  # where to look further is among the faults above
    yield from machine_lines(configuration, settings, invocation.clock.now())
    yield from check_files.plain_copies(configuration.env_file.path, places.data_dir)
    yield from check_files.stores(places.data_dir)
    runs = False
    for line, is_instance in _instance(configuration, online=online):
        runs = runs or is_instance
        yield line
    if online and settings is not None:
        working("asking Telegram")
        yield from check_online.telegram(settings, invocation.clock.now())
        working("asking Kite about each account")
        yield from check_online.kite_keys(settings)
        yield from (
            _asked_by_instance(configuration)
            if runs
            else _asked_here(configuration, settings, invocation.clock, working)
        )


def _configuration(configuration: Configuration, settings: Settings) -> Iterable[CheckLine]:
    names = ", ".join(one.account.name for one in settings.followers)
    yield fine(f"configuration: {configuration.env_file.path}, followers: {names or 'none'}")
    yield fine(_alerts(settings))
    if settings.listener is not None:
        yield fine(
            f"login callback: {settings.listener.redirect_url} is to be the redirect URL of each Kite app; "
            "open only while a login is pending"
        )
    yield _secrets(configuration, settings)
    yield from check_files.loose_secrets(configuration)
    for line in settings.live_refusals(key_file_used=check_files.uses_key_file(configuration)):
        if line.partition(" ")[0] not in settings.plain_secrets:  # those share a line of their own
            yield doubtful(f"LIVE is refused: {line}")


def _secrets(configuration: Configuration, settings: Settings) -> CheckLine:
    """Say which secrets are plain; both kinds are read everywhere."""
    sealed, plain = len(configuration.sealed_values()), settings.plain_secrets
    if not plain:
        return fine(f"secrets: {sealed} encrypted, none plain")
    told = f"secrets: {sealed} encrypted, {len(plain)} plain: {', '.join(plain)}"
    why = "they are allowed" if settings.security.allow_plain_secrets else "LIVE is refused"
    return doubtful(f"{told}, {why} - run for each: copytrader encrypt KEY")


def _alerts(settings: Settings) -> str:
    found = settings.channels.least_of()
    if not found:
        return "alerts: Telegram only; a second way: docs/NOTIFICATION_SETUP.md"
    ways = ", ".join(f"{name} (from {least.value} on)" for name, least in found.items())
    return f"alerts: Telegram, {ways}; try them: copytrader notify-test"


def _instance(configuration: Configuration, *, online: bool) -> Iterable[tuple[CheckLine, bool]]:
    """Yield what is to be said of a running instance, each line with whether one answers."""
    places = configuration.places()
    if places.kill_switch.is_set():
        yield doubtful("the kill switch is set - release it: copytrader kill --release"), False
    try:
        view = field(ask(places, "status"), "status", StatusView)
    except NotRunningError:
        yield fine("instance: none runs"), False
        return
    except (ControlError, CopyTraderError) as error:
        yield failed(f"instance: {error}"), False
        return
    yield fine(f"instance: runs as process {running_pid(places.data_dir) or '?'}"), True
    # With --online the brokers themselves are asked, which says more of each account.
    for account in () if online else view.accounts:
        if account.session is SessionState.OK:
            yield fine(f"session of {account.name}"), True
        elif not account.needs_login(view.venue):
            yield fine(f"session of {account.name}: none, and none is needed now"), True
        else:
            line = f"session of {account.name}: none - run: copytrader login {account.name}"
            yield doubtful(line), True
        if account.segments_lacking:
            line = (
                f"segments of {account.name}: {', '.join(account.segments_lacking)} not enabled at "
                f"the broker - enable in Kite and run: copytrader login {account.name}; or leave "
                f"out of FOLLOWERS__{account.name.upper()}__SEGMENTS"
            )
            yield doubtful(line), True
        if account.paused_why:
            line = f"{account.name}: Kite takes no orders of his: {account.paused_why} - mend it, then /resume {account.name}"
            yield doubtful(line), True
    for problem in view.problems:
        yield doubtful(problem), True


def _asked_by_instance(configuration: Configuration) -> Iterable[CheckLine]:
    """Have the running instance ask every broker: it alone has the day's list and the newest session."""
    try:
        answer = ask(configuration.places(), "check", timeout_s=_ASKED_S)
        yield from field(answer, "lines", tuple[CheckLine, ...])
    except ControlError as error:
        yield failed(f"accounts: {error}")


def _asked_here(
    configuration: Configuration,
    settings: Settings,
    clock: Clock,
    working: Callable[[str], None],
) -> Iterable[CheckLine]:
    """Ask with the sessions that the store keeps; without a store, or its key, there are none."""
    vault: Vault | None = None
    if (settings.data_dir / STORE_NAME).is_file():
        try:
            vault = configuration.vault()
        except CopyTraderError:
            vault = None  # what is wrong with the key has a line of its own
    # Imported late: no other look pays for the whole app.
    lines_of = cast("_KeptLines", importlib.import_module("bot.app.proving").kept_lines)
    total = 1 + len(settings.followers)

    def answered(count: int) -> None:
        working(f"asking Kite: {count} of {total} accounts have answered")

    try:
        yield from asyncio.run(lines_of(settings, vault, clock, answered))
    except CopyTraderError as error:
        yield failed(f"accounts: {error}")
