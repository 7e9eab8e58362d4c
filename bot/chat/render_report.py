"""Reports, profit and lag to chat text; pure, everything escaped, the mode first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.chat import report_tables as tables
from bot.chat.html_text import escape, table
from bot.chat.render import footer, headed
from bot.chat.times import time_and_age
from engine.core.chat.days_sum import followers_of_days, profit_of_days
from engine.core.values.day_report import DayReport, FollowerDay
from engine.core.values.market import Venue

#: What slippage and profit are, said once below the tables.
NOTES = "Slippage: + is worse than the master's price. P&L before charges."


def day_text(report: DayReport, *, now: datetime, lead: str = "", op: str = "") -> str:
    """Return the report of one day, or several days that were made one.

    Args:
        report: The day.
        now: When it is told.
        lead: Plain words that come first, after the mode.
        op: The op id below it.
    """
    title = f"{lead} " if lead else ""
    orders = "1 order" if report.orders == 1 else f"{report.orders} orders"
    told = headed(report.venue, f"{title}{report.day:%a %d %b}: {orders} of the master")
    lines = [told, *_tables(report)]
    if report.as_of is not None:
        lines.append(f"as of {escape(time_and_age(report.as_of, now=now))}")
    return "\n".join([*lines, footer(now, op=op)])


def days_text(
    reports: Sequence[DayReport], *, venue: Venue, now: datetime, lead: str, op: str = ""
) -> str:
    """Return several days of one venue: a line each, then all of them together."""
    mine = [each for each in reports if each.venue is venue]
    if not mine:
        return f"{headed(venue, f'{lead}: nothing is known of these days')}\n{footer(now, op=op)}"
    whole = replace(
        mine[-1],
        followers=followers_of_days(mine),
        orders=sum(each.orders for each in mine),
        master=profit_of_days(each.master for each in mine),
    )
    span = f"{mine[0].day:%d %b} to {mine[-1].day:%d %b}"
    title = headed(venue, f"{lead} {span}: {whole.orders} orders of the master")
    lines = [title, table(tables.day_lines(mine)), *_tables(whole)]
    return "\n".join([*lines, footer(now, op=op)])


def latency_text(report: DayReport, *, now: datetime, op: str = "") -> str:
    """Return how long copies took today: to the broker's answer, and to the first fill."""
    if not any(each.lags_ms for each in report.followers):
        text = headed(report.venue, "no copy was sent today, so far.")
        return f"{text}\n{footer(now, op=op)}"
    count = sum(len(each.lags_ms) for each in report.followers)
    copies = "1 copy" if count == 1 else f"{count} copies"
    lines = [
        headed(report.venue, f"copy lag today, {copies}"),
        "Master's event seen to broker's answer",
        table(tables.lag_lines(report.followers)),
        "Master's event or fill to the copy's first fill",
        table(tables.lag_lines(report.followers, fills=True)),
        footer(now, op=op),
    ]
    return "\n".join(lines)


def profit_text(
    report: DayReport, days: Sequence[DayReport], *, now: datetime, lead: str, op: str = ""
) -> str:
    """Return each account's profit.

    Args:
        report: Of the day, or of several made one.
        days: Where there are several, a line each.
        now: When it is told.
        lead: What is shown: ``P&L today``.
        op: The op id below it.
    """
    lines = [
        headed(report.venue, lead),
        table(tables.profit_lines(report.master, report.followers)),
        table(tables.day_lines(days)) if days else "",
        "Followers: what was copied. Before charges.",
        footer(now, op=op),
    ]
    return "\n".join(line for line in lines if line)


def _tables(report: DayReport) -> list[str]:
    followers = report.followers
    if not any(_has_anything(each) for each in followers):
        return ["Nothing was to be copied.", table(tables.beside_lines(report.master, followers))]
    reasons = tables.reason_lines(followers)
    return [
        table(tables.count_lines(followers)),
        *(["Skipped", table(reasons)] if reasons else []),
        "Slippage",
        table(tables.slippage_lines(followers)),
        "Lag to the broker's answer",
        table(tables.lag_lines(followers)),
        "P&amp;L beside the master's",
        table(tables.beside_lines(report.master, followers)),
        escape(NOTES),
    ]


def _has_anything(day: FollowerDay) -> bool:
    return bool(day.total or day.value or day.profit.rupees)
