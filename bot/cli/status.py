"""``copytrader status``: the whole state, whether or not an instance runs."""

import argparse
from datetime import datetime
from decimal import Decimal

import msgspec

from bot.chat.money import rupees
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask, field, offline_reads
from bot.control_socket import NoAnswerError, NotRunningError
from engine.core.market import IST
from engine.core.views import AccountView, SessionState, StatusView

_HEADERS = ("account", "client", "session", "positions", "day P&L", "p95 lag", "")
# "login" alone would read as logged in.
_SESSIONS = {SessionState.OK: "ok", SessionState.LOGIN: "log in!"}


def status(args: argparse.Namespace, invocation: Invocation) -> int:
    """Show the state; 0 while an instance runs, 1 while none does."""
    terminal = invocation.terminal
    places = Configuration.read(args.env_file, invocation).places()
    try:
        view: StatusView | None = field(ask(places, "status"), "status", StatusView)
        running = True
    except NoAnswerError as error:
        terminal.complain(str(error))
        return ExitStatus.FAILED
    except NotRunningError as error:
        running = False
        if not args.json:
            terminal.complain(str(error))
        view = _last_known(places)
    if args.json:
        terminal.show_json(
            {
                "running": running,
                "kill_switch": places.kill_switch.is_set(),
                "status": msgspec.to_builtins(view),
            }
        )
    else:
        _show(terminal, places, view, running=running)
    return ExitStatus.OK if running else ExitStatus.FAILED


def _last_known(places: Places) -> StatusView | None:
    reads = offline_reads(places.data_dir)
    return None if reads is None else reads.status()


def _show(terminal: Terminal, places: Places, view: StatusView | None, *, running: bool) -> None:
    if places.kill_switch.is_set():
        terminal.say("KILL SWITCH SET: no entry leaves - release: copytrader kill --release")
    if view is None:
        return
    if not running:
        terminal.say("as the store knows it:")
    terminal.say(_headline(view))
    if running:
        terminal.say(_feed(view))
    terminal.table(_HEADERS, [_row(account) for account in view.accounts])
    for problem in view.problems:
        terminal.say(f"! {problem}")
    if view.totp_locked:
        terminal.say("! codes are locked after five wrong ones - lift it: copytrader unlock")


def _headline(view: StatusView) -> str:
    copying = "copying" if view.copying else "not copying"
    parts = [view.venue.label, f"{copying} since {_time(view.since)}" if view.since else copying]
    if view.armed_until is not None:
        parts.append(f"armed until {_time(view.armed_until)}")
    return " · ".join(parts)


def _feed(view: StatusView) -> str:
    age = "never read" if view.book_age_s is None else f"{view.book_age_s:.1f} s old"
    last = "none yet" if view.last_copy_at is None else _time(view.last_copy_at)
    return (
        f"stream {'up' if view.stream_up else 'DOWN'} · book {age} · last copy {last}"
        f" · resting entries {view.resting_entries}"
    )


def _row(account: AccountView) -> tuple[str, ...]:
    notes = [
        "paused" if account.paused else "",
        "" if account.enabled else "disabled",
        f"{account.unresolved} unresolved" if account.unresolved else "",
        f"{account.held_up} exit(s) wait for TPIN" if account.held_up else "",
    ]
    return (
        account.name,
        account.user_id,
        _SESSIONS[account.session],
        "?" if account.open_positions is None else str(account.open_positions),
        _rupees(account.day_pnl),
        "-" if account.lag_p95_ms is None else f"{account.lag_p95_ms} ms",
        ", ".join(note for note in notes if note),
    )


def _rupees(amount: Decimal | None) -> str:
    return "?" if amount is None else rupees(amount)


def _time(at: datetime) -> str:
    return at.astimezone(IST).strftime("%d %b %H:%M:%S")
