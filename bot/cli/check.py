"""``copytrader check``, the doctor: one line per thing, with the mend where it is wrong."""

import argparse
from collections.abc import Iterable

from bot.cli import check_files, check_online
from bot.cli.check_lines import doubtful, failed, fine
from bot.cli.check_tables import exchange_days, freeze_table
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.running import ask, field
from bot.cli.setup_doubts import setup_doubts
from bot.control_socket import ControlError, NotRunningError
from bot.holidays import days_complete_until
from bot.instance import running_pid
from bot.settings import Settings
from engine.brokers.kite.freeze import FREEZE_TABLE_DATE
from engine.core.values.views import CheckLevel, CheckLine, SessionState, StatusView
from engine.errors import ConfigError, CopyTraderError

_WORDS = {CheckLevel.OK: "ok  ", CheckLevel.WARN: "warn", CheckLevel.FAIL: "FAIL"}


def check(args: argparse.Namespace, invocation: Invocation) -> int:
    """Look at everything and say what is wrong; 1 if anything failed."""
    configuration = Configuration.read(args.env_file, invocation)
    lines = list(_look(configuration, invocation, online=args.online))
    well = all(line.level is not CheckLevel.FAIL for line in lines)
    terminal = invocation.terminal
    if args.json:
        found = [{"level": line.level.value, "text": line.text} for line in lines]
        terminal.show_json({"ok": well, "lines": found})
    else:
        for line in lines:
            terminal.say(f"{_WORDS[line.level]} {line.text}")
    return ExitStatus.OK if well else ExitStatus.FAILED


def _look(
    configuration: Configuration, invocation: Invocation, *, online: bool
) -> Iterable[CheckLine]:
    settings: Settings | None = None
    try:
        settings = configuration.settings()
    except ConfigError as error:
        for fault in error.faults:
            yield failed(fault)
    if settings is not None:
        yield from _configuration(configuration, settings)
    try:
        places = configuration.places()
    except ConfigError:
        return  # where to look further is among the faults above
    yield from check_files.env_file(configuration.env_file, settings)
    yield check_files.key_file(configuration)
    yield from check_files.data_dir(places.data_dir)
    yield from check_files.stores(places.data_dir)
    yield check_files.clock(places.data_dir, invocation.clock.now())
    yield freeze_table(FREEZE_TABLE_DATE, invocation.clock.now().date())
    yield exchange_days(days_complete_until(), invocation.clock.now().date())
    yield from _instance(configuration)
    if online and settings is not None:
        yield from check_online.telegram(settings, invocation.clock.now())


def _configuration(configuration: Configuration, settings: Settings) -> Iterable[CheckLine]:
    names = ", ".join(one.account.name for one in settings.followers)
    yield fine(f"configuration: {configuration.env_file.path}, followers: {names or 'none'}")
    yield fine(_alerts(settings))
    if settings.listener is not None:
        yield fine(
            f"login callback: {settings.listener.redirect_url} is to be the redirect URL of each Kite app; "
            "open only while a login is pending"
        )
    for line in setup_doubts(settings):
        yield doubtful(line)
    if settings.security.allow_plain_secrets and settings.plain_secrets:
        yield doubtful(f"plain secrets are allowed: {', '.join(settings.plain_secrets)}")
    for line in settings.live_refusals(key_file_used=check_files.uses_key_file(configuration)):
        yield doubtful(f"LIVE is refused: {line}")


def _alerts(settings: Settings) -> str:
    found = settings.channels.least_of()
    if not found:
        return "alerts: Telegram only; a second way: docs/NOTIFICATION_SETUP.md"
    ways = ", ".join(f"{name} (from {least.value} on)" for name, least in found.items())
    return f"alerts: Telegram, {ways}; try them: copytrader notify-test"


def _instance(configuration: Configuration) -> Iterable[CheckLine]:
    places = configuration.places()
    if places.kill_switch.is_set():
        yield doubtful("the kill switch is set - release it: copytrader kill --release")
    try:
        view = field(ask(places, "status"), "status", StatusView)
    except NotRunningError:
        yield fine("instance: none runs")
        return
    except (ControlError, CopyTraderError) as error:
        yield failed(f"instance: {error}")
        return
    yield fine(f"instance: runs as process {running_pid(places.data_dir) or '?'}")
    for account in view.accounts:
        if account.session is SessionState.OK:
            yield fine(f"session of {account.name}")
        else:
            yield doubtful(
                f"session of {account.name}: none - run: copytrader login {account.name}"
            )
        if account.segments_lacking:
            yield doubtful(
                f"segments of {account.name}: {', '.join(account.segments_lacking)} not enabled at "
                f"the broker - enable in Kite and run: copytrader login {account.name}; or leave "
                f"out of FOLLOWERS__{account.name.upper()}__SEGMENTS"
            )
    for problem in view.problems:
        yield doubtful(problem)
