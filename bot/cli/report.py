"""``copytrader report``: how well a day was copied, from the store, whether or not an instance runs."""

import argparse
import csv
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from bot.chat.report_tables import basis_points, signed_rupees
from bot.chat.times import time_and_age
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.json_history import ReportAnswer
from engine.core.chat.reading import lag_percentile
from engine.core.decide import trading_day_of
from engine.core.values.day_report import CopyRow, DayReport, FollowerDay
from engine.core.values.market import MASTER
from engine.errors import CopyTraderError
from storage.past_days import past_reports, trading_days

#: Two tables rather than one: a terminal has 80 columns.
_COUNTS = ("account", "copied", "skipped", "missed", "refused", "slippage", "bp")
_FIGURES = ("account", "lag p50", "p95", "p99", "P&L", "master x ratio")
#: What a CSV row holds, in this order; empty where it is not known. Slippage: positive is worse.
CSV_COLUMNS = (
    "day", "mode", "order", "master_order_id", "seen_at", "follower", "exchange", "symbol", "product",
    "side", "leg", "outcome", "reason", "detail", "quantity", "filled", "master_price", "price",
    "slippage_rupees", "slippage_bps", "lag_ms", "fill_lag_ms",
)  # fmt: skip
#: Days that are named where one is asked for that is not there.
_SHOWN_DAYS = 5


def report(args: argparse.Namespace, invocation: Invocation) -> int:
    """Show a day's report, or write its rows as CSV.

    Raises:
        CopyTraderError: The day is not in the store, or the file cannot be written.
    """
    terminal, now = invocation.terminal, invocation.clock.now()
    data_dir = Configuration.read(args.env_file, invocation).used_places().data_dir
    today = trading_day_of(now)
    asked = asked_day(args.day, today=today) if args.day else None
    with terminal.working("reading the store"):
        known = trading_days(data_dir)
        day = asked or (known[-1] if known else today)
        found = past_reports(data_dir, day, day)
    if not found:
        raise CopyTraderError(_not_there(day, known))
    if args.csv:
        rows = [row for each in found for row in _csv_rows(each)]
        path = invocation.folder / args.csv
        _write_csv(path, rows)
        terminal.note(f"{len(rows)} rows written to {path}")
    if args.json:
        terminal.show_json(ReportAnswer(reports=tuple(found)))
    elif not args.csv:
        for each in found:
            _show(terminal, each)
            if each.as_of is not None:
                terminal.say(f"as of {time_and_age(each.as_of, now=now)} IST")
    return ExitStatus.OK


def asked_day(word: str, *, today: date) -> date:
    """Return the day of ``today``, ``yesterday`` or ``2026-11-27``.

    Raises:
        CopyTraderError: It is none of these.
    """
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    if word.lower() in named:
        return named[word.lower()]
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise CopyTraderError(
            f"{word!r} is no day - give today, yesterday or a date such as {today.isoformat()}"
        ) from None


def _not_there(day: date, known: Sequence[date]) -> str:
    if not known:
        return "the store holds no trading day yet - start it first with: copytrader run"
    newest = ", ".join(each.isoformat() for each in known[-_SHOWN_DAYS:])
    return f"nothing ran on {day:%a} {day.isoformat()} - the newest days in the store: {newest}"


def _show(terminal: Terminal, found: DayReport) -> None:
    orders = "1 order" if found.orders == 1 else f"{found.orders} orders"
    terminal.say(f"{found.venue.label}, {found.day:%a %d %b %Y}: {orders} of the master")
    counts = [_counts(each) for each in found.followers]
    terminal.table(_COUNTS, counts, numbers=frozenset(_COUNTS[1:]))
    terminal.say("")
    figures = [_figures(each) for each in found.followers]
    figures.append((MASTER, "", "", "", signed_rupees(found.master.rupees, width=20), ""))
    terminal.table(_FIGURES, figures, numbers=frozenset(_FIGURES[1:]))
    for each in found.followers:
        for reason, count in each.skipped:
            terminal.say(f"{each.name}: {count} skipped, {reason}")
        for reason, count in each.failed:
            terminal.say(f"{each.name}: {count} {reason}")
        if each.untold:
            terminal.say(f"{each.name}: slippage without {', '.join(each.untold)}")
    profits = (found.master, *(each.profit for each in found.followers))
    without = list(dict.fromkeys(symbol for each in profits for symbol in each.without))
    if without:
        terminal.say(f"P&L without {', '.join(without)}: no price is known")
    terminal.say("Slippage: + is worse than the master's price. P&L before charges.")


def _counts(day: FollowerDay) -> tuple[str, ...]:
    return (
        day.name,
        *(str(each) for each in (day.copied, day.skips, day.missed, day.refused)),
        signed_rupees(day.slippage, width=20) if day.value else "-",
        basis_points(day.slippage_bps),
    )


def _figures(day: FollowerDay) -> tuple[str, ...]:
    lags = (lag_percentile(list(day.lags_ms), percent) for percent in (50, 95, 99))
    return (
        day.name,
        *("-" if each is None else f"{each} ms" for each in lags),
        signed_rupees(day.profit.rupees, width=20),
        signed_rupees(day.scaled, width=20),
    )


def _csv_rows(found: DayReport) -> list[tuple[object, ...]]:
    return [(found.day.isoformat(), found.venue.label, *_csv_row(row)) for row in found.rows]


def _csv_row(row: CopyRow) -> tuple[object, ...]:
    return (
        "" if row.number is None else row.number, _cell(row.master_order_id),
        "" if row.seen_at is None else row.seen_at.isoformat(),
        _cell(row.follower), row.exchange, _cell(row.symbol), row.product.value, row.side.value,
        row.leg.value, row.outcome.value, _cell(row.reason), _cell(row.detail), row.quantity,
        row.filled, _number(row.master_price), _number(row.price), _number(row.slippage, places=2),
        _number(row.slippage_bps, places=2), _known(row.lag_ms), _known(row.fill_lag_ms),
    )  # fmt: skip


def _cell(text: str) -> str:
    """Return a text as a spreadsheet shows it: none of these is a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _known(number: int | None) -> int | str:
    return "" if number is None else number


def _number(value: Decimal | None, *, places: int | None = None) -> str:
    if value is None:
        return ""
    if places is not None:
        value = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return f"{value:f}"


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Write rows below their heading.

    Raises:
        CopyTraderError: The file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_COLUMNS)
            writer.writerows(rows)
    except OSError as error:
        raise CopyTraderError(
            f"{path} cannot be written ({error.strerror or error}) - name another file with --csv"
        ) from error
