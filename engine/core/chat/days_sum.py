"""Several days' reports added up, as a week's summary shows them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from engine.core.chat.day_report import most_first
from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import AccountName


def followers_of_days(reports: Sequence[DayReport]) -> tuple[FollowerDay, ...]:
    """Return every follower's days as one; lags are put together, so that percentiles are of all of them."""
    days: dict[AccountName, list[FollowerDay]] = {}
    for report in reports:
        for each in report.followers:
            days.setdefault(each.name, []).append(each)
    return tuple(_summed(name, each) for name, each in days.items())


def profit_of_days(profits: Iterable[DayProfit]) -> DayProfit:
    """Return profits of several days as one; a day of which nothing is known is not in it, and makes it incomplete."""
    found = list(profits)
    known = [each.rupees for each in found if each.rupees is not None]
    realised = [each.realised for each in found if each.realised is not None]
    return DayProfit(
        rupees=sum(known, Decimal(0)) if known or not found else None,
        realised=sum(realised, Decimal(0)) if len(realised) == len(found) else None,
        without=tuple(dict.fromkeys(symbol for each in found for symbol in each.without)),
    )


def _summed(name: AccountName, days: list[FollowerDay]) -> FollowerDay:
    reasons, failed = Counter[str](), Counter[str]()
    for day in days:
        reasons.update(dict(day.skipped))
        failed.update(dict(day.failed))
    scaled = [day.scaled for day in days]
    known = [each for each in scaled if each is not None]
    return FollowerDay(
        name=name,
        copied=sum(day.copied for day in days),
        skipped=most_first(reasons),
        failed=most_first(failed),
        missed=sum(day.missed for day in days),
        refused=sum(day.refused for day in days),
        unclear=sum(day.unclear for day in days),
        waiting=sum(day.waiting for day in days),
        slippage=sum((day.slippage for day in days), Decimal(0)),
        value=sum((day.value for day in days), Decimal(0)),
        untold=tuple(sorted({symbol for day in days for symbol in day.untold})),
        lags_ms=tuple(lag for day in days for lag in day.lags_ms),
        fill_lags_ms=tuple(lag for day in days for lag in day.fill_lags_ms),
        profit=profit_of_days(day.profit for day in days),
        ratio=days[-1].ratio,
        scaled=sum(known, Decimal(0)) if len(known) == len(scaled) else None,
    )
