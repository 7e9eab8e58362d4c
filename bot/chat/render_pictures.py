"""The words below each picture: what it shows in short, and all there is where it cannot be shown."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import assert_never

from bot.chat import money
from bot.chat.html_text import table
from bot.chat.name_columns import named_rows
from bot.chat.render import footer, headed
from bot.chat.times import clock_time
from bot.pictures.values import (
    DayCard,
    FollowerSlippage,
    Heading,
    HeatTable,
    LagHistogram,
    Picture,
    ProfitLine,
    SlippageScatter,
)
from engine.core.chat.reading import lag_percentile

#: More accounts than this do not fit into a caption; the picture has them.
_MOST_ACCOUNTS = 16
#: Accounts out of step that are named.
_MOST_DRIFTS = 4


def caption(picture: Picture, *, now: datetime) -> str:
    """Return a picture in words: HTML, the mode first, short enough for a caption.

    Args:
        picture: What is shown.
        now: For the last line.
    """
    title, lines, rows = _words(picture)
    said = "\n".join([f"{title} · {_days(picture.heading)}", *lines])
    parts = [headed(picture.heading.venue, said), table(rows), footer(now)]
    return "\n".join(part for part in parts if part)


def _words(picture: Picture) -> tuple[str, list[str], list[str]]:
    """Return title, plain lines and rows of a table."""
    match picture:
        case DayCard():
            return "P&L", _counts(picture), _profits(picture)
        case LagHistogram():
            return "copy lag", [picture.measured], _lags(picture)
        case SlippageScatter():
            return "slippage", ["+ is worse than the master"], _slippage(picture.followers)
        case HeatTable():
            return "positions", _drifts(picture), _gains(picture)
        case _:
            assert_never(picture)


def _profits(card: DayCard) -> list[str]:
    lines = card.followers if card.master is None else (card.master, *card.followers)
    heading = ("acct", "P&L", "booked", "open")
    return _shortened(heading, [_profit(line) for line in lines], (8, 7, 7))


def _profit(line: ProfitLine) -> tuple[str, ...]:
    return (
        line.name,
        _amount(line.total, 8),
        _amount(line.realised, 7),
        _amount(line.unrealised, 7),
    )


def _counts(card: DayCard) -> list[str]:
    if not card.counts:
        return []
    told = [
        (sum(each.copied for each in card.counts), "copied"),
        (sum(each.skipped for each in card.counts), "skipped"),
        (sum(each.rejected for each in card.counts), "refused"),
        (sum(each.missed for each in card.counts), "missed"),
    ]
    return [" · ".join(f"{money.grouped(number)} {word}" for number, word in told)]


def _lags(picture: LagHistogram) -> list[str]:
    heading = ("acct", "n", "p50", "p95", "p99 ms")
    rows = []
    for each in picture.followers:
        lags = [round(lag) for lag in each.milliseconds]
        found = [lag_percentile(lags, percent) for percent in (50, 95, 99)]
        told = ["-" if lag is None else str(lag) if lag < 100_000 else ">99s" for lag in found]
        rows.append((each.name, str(len(lags)), *told))
    return _shortened(heading, rows, (4, 5, 5, 7))


def _slippage(followers: Sequence[FollowerSlippage]) -> list[str]:
    heading = ("acct", "n", "median bp", "cost")
    rows = []
    for each in followers:
        found = [point.bps for point in each.points]
        cost = sum((point.cost for point in each.points), Decimal(0))
        middle = _points(median(found)) if found else "-"
        told = _amount(cost, 9) if found else "-"
        rows.append((each.name, str(len(found)), middle, told))
    return _shortened(heading, rows, (4, 9, 9))


def _gains(picture: HeatTable) -> list[str]:
    heading = ("acct", "open", "today's P&L")
    rows = []
    for at, name in enumerate(("master", *picture.followers)):
        cells = [row.cells[at] for row in picture.rows]
        held = [cell for cell in cells if cell.units != 0]
        known = [cell.profit for cell in cells if cell.profit is not None]
        # Where the profit of something held is not known, neither is their sum.
        unknown = any(cell.profit is None for cell in held)
        total = None if unknown else sum(known, Decimal(0))
        rows.append((name, str(len(held)), _amount(total, 13)))
    return _shortened(heading, rows, (5, 13))


def _drifts(picture: HeatTable) -> list[str]:
    found = [
        f"{name} {row.symbol} ({money.quantity(cell.drift, signed=True)})"
        for row in picture.rows
        for name, cell in zip(picture.followers, row.cells[1:], strict=True)
        if cell.drift
    ]
    many = "instrument" if len(picture.rows) == 1 else "instruments"
    at = f"{len(picture.rows)} {many}, read at {clock_time(picture.at)}"
    unknown = any(cell.units is None for row in picture.rows for cell in row.cells)
    if not found:
        return [at, "What is marked ? is not known." if unknown else "All hold what they should."]
    named = ", ".join(found[:_MOST_DRIFTS])
    rest = f" and {len(found) - _MOST_DRIFTS} more" if len(found) > _MOST_DRIFTS else ""
    return [at, f"Not what it should be: {named}{rest}. See /diff"]


def _shortened(
    heading: tuple[str, ...], rows: Sequence[tuple[str, ...]], widths: tuple[int, ...]
) -> list[str]:
    """Return the lines of a table with as many accounts as a caption takes."""
    left_out = len(rows) - _MOST_ACCOUNTS
    more = [f"and {left_out} more"] if left_out > 0 else []
    shown = [(" ".join(name.split()), *cells) for name, *cells in rows[:_MOST_ACCOUNTS]]
    return [*named_rows([heading, *shown], widths), *more]


def _points(bps: float) -> str:
    """Return basis points in at most nine columns."""
    return f"{bps:+,.1f}" if abs(bps) < 99_999 else f"{bps:+.1e}"


def _amount(amount: Decimal | None, width: int) -> str:
    return money.profit(amount, width=width)


def _days(heading: Heading) -> str:
    first, last = (f"{day.day} {day:%b}" for day in (heading.first_day, heading.last_day))
    return last if first == last else f"{first} to {last}"
