"""Tables of the day's report: lines of plain text, at most 34 columns, numbers to the right; pure.

Slippage is signed so that + is worse for the follower.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from bot.chat import money
from bot.chat.name_columns import named_rows
from bot.chat.render_tables import hanging, lag
from engine.core.chat.reading import lag_percentile
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import MASTER

#: Followers in a table; the others are in the CSV.
MOST_ROWS = 15
#: Reasons that are named.
_MOST_REASONS = 6
#: The largest number a column of five shows.
_MOST_COUNT = 99_999
#: The columns of a table of profits.
_PROFIT = (12, 12)
_PAISA = Decimal("0.01")


def signed_rupees(amount: Decimal | None, *, width: int) -> str:
    """Write rupees with their sign and paise, in whole rupees, lakh or crore where that does not fit."""
    if amount is None:
        return "?"
    rounded = amount.quantize(_PAISA, rounding=ROUND_HALF_EVEN)
    whole, _, paise = f"{abs(rounded):.2f}".partition(".")
    sign = "+" if rounded > 0 else "-" if rounded < 0 else ""
    text = f"{sign}{money.grouped(int(whole))}.{paise}"
    return text if len(text) <= width else money.profit(amount, width=width)


def basis_points(value: Decimal | None) -> str:
    """Write basis points with their sign and one decimal; ``-`` where there are none."""
    if value is None:
        return "-"
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
    return "0.0" if not rounded else f"{rounded:+.1f}" if abs(rounded) < _MOST_COUNT else ">99999"


def count_lines(followers: Sequence[FollowerDay]) -> list[str]:
    """Return how many orders were copied, skipped, missed and refused; and what is still open, where anything is."""
    shown = followers[:MOST_ROWS]
    rows = [
        (each.name, *map(_count, (each.copied, each.skips, each.missed, each.refused)))
        for each in shown
    ]
    heading, *told = named_rows([("acct", "copied", "skip", "miss", "ref"), *rows], (6, 5, 5, 5))
    lines = [heading]
    for each, line in zip(shown, told, strict=True):
        lines.append(line)
        still = [f"{each.unclear} unclear"] if each.unclear else []
        still += [f"{each.waiting} on the way"] if each.waiting else []
        lines += hanging("  ", ", ".join(still)) if still else []
    return [*lines, *_left_out(followers)]


def slippage_lines(followers: Sequence[FollowerDay]) -> list[str]:
    """Return slippage in rupees and basis points."""
    rows = [("acct", "rupees", "bp")]
    for each in followers[:MOST_ROWS]:
        rupees = signed_rupees(each.slippage, width=14) if each.value else "-"
        rows.append((each.name, rupees, basis_points(each.slippage_bps)))
    lines = named_rows(rows, (14, 10))
    untold = sorted({symbol for each in followers for symbol in each.untold})
    return lines + (hanging("", f"not in it: {', '.join(untold)}") if untold else [])


def lag_lines(followers: Sequence[FollowerDay], *, fills: bool = False) -> list[str]:
    """Return percentiles of the lag to the broker's answer, or to the first fill."""
    rows: list[tuple[str, ...]] = [("acct", "p50", "p95", "p99")]
    for each in followers[:MOST_ROWS]:
        known = list(each.fill_lags_ms if fills else each.lags_ms)
        told = (lag(lag_percentile(known, percent)) for percent in (50, 95, 99))
        rows.append((each.name, *told))
    return named_rows(rows, (7, 7, 7))


def profit_lines(master: DayProfit | None, followers: Sequence[FollowerDay]) -> list[str]:
    """Return each account's profit with what was realised of it, rupees before charges.

    Without the master's for a follower, who sees his own alone.
    """
    rows = [("acct", "P&L", "realised")]
    rows += [_profit_row(MASTER, master)] if master is not None else []
    rows += [_profit_row(each.name, each.profit) for each in followers[:MOST_ROWS]]
    lines = named_rows(rows, _PROFIT)
    profits = [each.profit for each in followers]
    profits = [master, *profits] if master is not None else profits
    return [*lines, *_left_out(followers), *_without(profits)]


def beside_lines(master: DayProfit, followers: Sequence[FollowerDay]) -> list[str]:
    """Return each follower's profit beside the master's in the same symbols, scaled by the follower's ratio."""
    rows = [("acct", "P&L", "his x ratio"), (MASTER, signed_rupees(master.rupees, width=12), "")]
    for each in followers[:MOST_ROWS]:
        mine = signed_rupees(each.profit.rupees, width=12)
        rows.append((each.name, mine, signed_rupees(each.scaled, width=12)))
    return [*named_rows(rows, _PROFIT), *_without((master, *(each.profit for each in followers)))]


def reason_lines(followers: Sequence[FollowerDay], *, failed: bool = False) -> list[str]:
    """Return why orders were skipped, or else failed, the most frequent reason first."""
    reasons = Counter[str]()
    whose: dict[str, list[str]] = {}
    for each in followers:
        for reason, count in each.failed if failed else each.skipped:
            reasons[reason] += count
            whose.setdefault(reason, []).append(each.name)
    lines = []
    for reason, count in reasons.most_common(_MOST_REASONS):
        names = whose[reason]
        who = ", ".join(names) if len(names) <= 3 else f"{len(names)} followers"
        lines += hanging(f"{count} x ", f"{reason} ({who})")
    more = len(reasons) - _MOST_REASONS
    return lines + ([f"and {more} more reasons"] if more > 0 else [])


def day_lines(
    reports: Iterable[DayReport], *, orders: bool = True, alone: bool = False
) -> list[str]:
    """Return a line for each day: orders, the master's profit, that of all copies together.

    ``alone``: for a follower, without the master's.
    """
    lines = [_day("day", "orders" if orders else "", "" if alone else "master", "copies")]
    for each in reports:
        known = [one.profit.rupees for one in each.followers if one.profit.rupees is not None]
        copies = money.profit(sum(known, Decimal(0)) if known else None, width=10)
        master = "" if alone else money.profit(each.master.rupees, width=9)
        count = _count(each.orders) if orders else ""
        lines.append(_day(f"{each.day:%a %d}", count, master, copies))
    return lines


def _day(day: str, orders: str, master: str, copies: str) -> str:
    return f"{day:<6} {orders:>6} {master:>9} {copies:>10}"


def _profit_row(name: str, profit: DayProfit) -> tuple[str, str, str]:
    total = signed_rupees(profit.rupees, width=12)
    return name, total, signed_rupees(profit.realised, width=12)


def _without(profits: Iterable[DayProfit]) -> list[str]:
    symbols = list(dict.fromkeys(symbol for each in profits for symbol in each.without))
    return hanging("", f"price not known, not in it: {', '.join(symbols)}") if symbols else []


def _left_out(followers: Sequence[FollowerDay]) -> list[str]:
    more = len(followers) - MOST_ROWS
    return hanging("", f"and {more} more: copytrader report") if more > 0 else []


def _count(number: int) -> str:
    return str(number) if number <= _MOST_COUNT else ">99k"
