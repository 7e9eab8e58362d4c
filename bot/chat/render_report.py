"""Reports, profit and lag as plain lines for the chat, those of a table with a tab first; pure.

``render.tabled`` makes HTML of them, and the same lines go to other channels as they are.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.chat import report_tables as tables
from bot.chat.times import time_and_age
from engine.core.chat.days_sum import followers_of_days, profit_of_days
from engine.core.values.day_report import DayReport, FollowerDay
from engine.core.values.market import Venue

#: What slippage and profit are, said once below the tables.
NOTES = "Slippage: + is worse than the master's price. P&L before charges."


def day_text(report: DayReport, *, now: datetime, lead: str = "") -> str:
    """Return the report of one day.

    Args:
        report: The day.
        now: When it is told.
        lead: Plain words that come first.
    """
    title = f"{lead} {report.day:%a %d %b}: {_orders(report)}".strip()
    lines = [title, *_tables(report)]
    if report.as_of is not None:
        lines.append(f"as of {time_and_age(report.as_of, now=now)}")
    return "\n".join(lines)


def days_text(reports: Sequence[DayReport], venue: Venue, *, lead: str) -> str:
    """Return several days of one venue: a line each, then all of them together."""
    mine = [each for each in reports if each.venue is venue]
    if not mine:
        return f"{lead}: nothing ran on these days."
    whole = of_days(mine)
    title = f"{lead} {mine[0].day:%d %b} to {mine[-1].day:%d %b}: {_orders(whole)}"
    return "\n".join([title, *_table(tables.day_lines(mine)), *_tables(whole)])


def of_days(reports: Sequence[DayReport]) -> DayReport:
    """Return several days of one venue, at least one, as if they were one."""
    return replace(
        reports[-1],
        followers=followers_of_days(reports),
        orders=sum(each.orders for each in reports),
        master=profit_of_days(each.master for each in reports),
        rows=tuple(row for each in reports for row in each.rows),
    )


def latency_text(report: DayReport) -> str:
    """Return how long copies took: to the broker's answer, and to the first fill."""
    count = sum(len(each.lags_ms) for each in report.followers)
    if not count:
        return "no copy was sent today, so far."
    lines = [
        f"copy lag today, {'1 copy' if count == 1 else f'{count} copies'}",
        "Master's event seen to broker's answer",
        *_table(tables.lag_lines(report.followers)),
        "Master's event or fill to the copy's first fill",
        *_table(tables.lag_lines(report.followers, fills=True)),
    ]
    return "\n".join(lines)


def profit_text(
    report: DayReport, days: Sequence[DayReport] = (), *, lead: str, alone: bool = False
) -> str:
    """Return each account's profit.

    Args:
        report: Of the day, or of several made one.
        days: Where there are several, a line each.
        lead: What is shown: ``P&L today``.
        alone: For a follower: without the master's.
    """
    lines = [
        lead,
        *_table(tables.profit_lines(None if alone else report.master, report.followers)),
        *_table(tables.day_lines(days, orders=False, alone=alone) if days else []),
        "What was copied, before charges."
        if alone
        else "Followers: what was copied. Before charges.",
    ]
    return "\n".join(lines)


def _orders(report: DayReport) -> str:
    count = "1 order" if report.orders == 1 else f"{report.orders} orders"
    return f"{count} of the master"


def _table(lines: Sequence[str]) -> list[str]:
    return [f"\t{line}" for line in lines]


def _tables(report: DayReport) -> list[str]:
    followers = report.followers
    beside = ["P&L beside the master's", *_table(tables.beside_lines(report.master, followers))]
    if not any(_has_anything(each) for each in followers):
        return ["Nothing was to be copied.", *beside]
    reasons = tables.reason_lines(followers)
    failed = tables.reason_lines(followers, failed=True)
    return [
        *_table(tables.count_lines(followers)),
        *(["Skipped", *_table(reasons)] if reasons else []),
        *(["Not copied", *_table(failed)] if failed else []),
        "Slippage",
        *_table(tables.slippage_lines(followers)),
        "Lag to the broker's answer",
        *_table(tables.lag_lines(followers)),
        *beside,
        NOTES,
    ]


def _has_anything(day: FollowerDay) -> bool:
    return bool(day.total or day.value or day.profit.rupees)
