"""``copytrader status``: the whole state, whether or not an instance runs."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from bot.chat.money import rupees
from bot.chat.times import time_and_age
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.json_answers import StatusAnswer
from bot.cli.running import ask, field, offline_reads
from bot.control_socket import NoAnswerError, NotRunningError
from engine.core.values.counts import counted, mentioned
from engine.core.values.market import IST, Venue
from engine.core.values.views import AccountView, SessionState, StatusView

_HEADERS = ("account", "client", "session", "positions", "day P&L", "p95 lag", "")
_NUMBERS = frozenset({"positions", "day P&L", "p95 lag"})


def status(args: argparse.Namespace, invocation: Invocation) -> int:
    """Show the state; 0 while an instance runs, 1 while none does."""
    terminal = invocation.terminal
    places = Configuration.read(args.env_file, invocation).used_places()
    as_of: datetime | None = None
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
        reads = offline_reads(places.data_dir)
        if reads is not None:
            view, as_of = reads.status(), reads.as_of()
        else:
            view = None
    if args.json:
        terminal.show_json(
            StatusAnswer(
                running=running,
                as_of=as_of,
                kill_switch=places.kill_switch.is_set(),
                status=view,
            )
        )
    else:
        old = "" if as_of is None else f", {time_and_age(as_of, now=invocation.clock.now())}"
        _show(terminal, places, view, old=None if running else old)
    return ExitStatus.OK if running else ExitStatus.FAILED


def _show(terminal: Terminal, places: Places, view: StatusView | None, *, old: str | None) -> None:
    if places.kill_switch.is_set():
        terminal.say("KILL SWITCH SET: no entry leaves - release: copytrader kill --release")
    if view is None:
        return
    if old is not None:
        terminal.say(f"as the store last knew it{old}:")
    terminal.say(_headline(view))
    if old is None:
        terminal.say(_feed(view))
    rows = [_row(account, view.venue) for account in view.accounts]
    terminal.table(_HEADERS, rows, numbers=_NUMBERS)
    for line in (*(f"! {problem}" for problem in view.problems), *view.losses):
        terminal.say(line)
    for account in view.accounts:
        for line in _matters(account):
            terminal.say(f"! {line}")
    if view.open_offers:
        terminal.say(f"! {counted(view.open_offers, 'open question')} - press a button in the chat")
    if view.totp_locked:
        terminal.say("! codes are locked after five wrong ones - lift it: copytrader unlock")


def _matters(account: AccountView) -> Iterator[str]:
    """Yield what of one account a person has to see to."""
    for name in account.unresolved_names:
        yield f"{account.name}: whether {name} exists is not known - look in Kite"
    if account.paused and account.paused_why:
        yield (
            f"{account.name}: Kite takes no orders of his: {account.paused_why} - mend it, then "
            f"/resume {account.name}"
        )


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
        f"socket {'up' if view.stream_up else 'DOWN'} · book {age} · last copy {last}"
        f" · resting entries {view.resting_entries}"
    )


def _row(account: AccountView, venue: Venue) -> tuple[str, ...]:
    notes = [
        "paused" if account.paused else "",
        "leaving" if account.leaving else "" if account.enabled else "disabled",
        f"{account.unresolved} unresolved" if account.unresolved else "",
        *mentioned(
            (account.held_up, "exit waits for TPIN", "exits wait for TPIN"),
            (account.stuck_exits, "exit does not fill", "exits do not fill"),
            (account.refused_exits, "refused exit is still held", "refused exits are still held"),
        ),
    ]
    return (
        account.name,
        account.user_id,
        _session(account, venue),
        "?" if account.open_positions is None else str(account.open_positions),
        _rupees(account.day_pnl),
        "-" if account.lag_p95_ms is None else f"{account.lag_p95_ms} ms",
        ", ".join(note for note in notes if note),
    )


def _session(account: AccountView, venue: Venue) -> str:
    if account.session is SessionState.OK:
        return "ok"
    # "login" alone would read as logged in.
    return "log in!" if account.needs_login(venue) else "none"


def _rupees(amount: Decimal | None) -> str:
    return "?" if amount is None else rupees(amount)


def _time(at: datetime) -> str:
    return at.astimezone(IST).strftime("%d %b %H:%M:%S")
