"""Reports and samples of profit as what the pictures show; pure."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from bot.pictures.values import (
    CopyCounts,
    DayCard,
    FollowerLags,
    FollowerSlippage,
    Heading,
    LagHistogram,
    ProfitLine,
    SlippagePoint,
    SlippageScatter,
)
from engine.core.values.day_report import CopyRow, DayProfit, DayReport, FollowerDay
from engine.core.values.market import IST, MASTER, AccountName
from engine.core.values.profit_sample import ProfitSample

#: The edges of a picture of a day on which nothing was sampled: continuous trading of shares.
_BEGINS, _ENDS = time(9, 15), time(15, 30)
_Point = tuple[datetime, Decimal]


def day_card(report: DayReport, samples: Sequence[ProfitSample]) -> DayCard:
    """Return the day card of one day: its samples, and its newest profit."""
    mine = [each for each in samples if (each.day, each.venue) == (report.day, report.venue)]
    points: dict[AccountName, list[_Point]] = {}
    for each in mine:
        points.setdefault(each.account, []).append((each.at, each.rupees))
    for name, profit in _profits(report):
        at = profit.at or report.as_of
        if profit.rupees is not None and at is not None:
            points.setdefault(name, []).append((at, profit.rupees))
    moments = [at for line in points.values() for at, _ in line]
    begin = min([_at(report.day, _BEGINS), *moments])
    # After midnight nothing trades; what was sampled last is the right edge.
    end = max([*moments, begin]) if moments else _at(report.day, _ENDS)
    if end <= begin:
        end = max(_at(report.day, _ENDS), begin)
    return _card(report, points, begin=begin, end=end, first=report.day)


def days_card(reports: Sequence[DayReport], whole: DayReport) -> DayCard:
    """Return the card of several days: what each account had earned by the end of each.

    Args:
        reports: One for each day, at least one, of one venue, oldest first.
        whole: The same made one.
    """
    begin = _at(reports[0].day, _BEGINS)
    points: dict[AccountName, list[_Point]] = {}
    sums: dict[AccountName, Decimal] = {}
    for report in reports:
        for name, profit in _profits(report):
            sums[name] = sums.get(name, Decimal(0)) + (profit.rupees or Decimal(0))
            line = points.setdefault(name, [(begin, Decimal(0))])
            line.append((profit.at or _at(report.day, _ENDS), sums[name]))
    end = max(at for line in points.values() for at, _ in line)
    return _card(whole, points, begin=begin, end=end, first=reports[0].day)


def lag_histogram(report: DayReport) -> LagHistogram:
    """Return the lags of a day's copies to the broker's answer."""
    return LagHistogram(
        heading=_heading(report, report.day),
        followers=tuple(
            FollowerLags(name=each.name, milliseconds=tuple(map(float, each.lags_ms)))
            for each in report.followers
        ),
    )


def slippage_scatter(report: DayReport) -> SlippageScatter:
    """Return the prices of a day's copies beside the master's."""
    points: dict[str, list[SlippagePoint]] = {each.name: [] for each in report.followers}
    for row in report.rows:
        if row.follower in points and (point := _slipped(row)) is not None:
            points[row.follower].append(point)
    return SlippageScatter(
        heading=_heading(report, report.day),
        followers=tuple(
            FollowerSlippage(name=name, points=tuple(found)) for name, found in points.items()
        ),
    )


def _slipped(row: CopyRow) -> SlippagePoint | None:
    if not row.filled or row.master_price is None or row.price is None:
        return None
    return SlippagePoint(
        symbol=row.symbol,
        side=row.side,
        master_price=row.master_price,
        follower_price=row.price,
        units=row.filled,
    )


def _card(
    report: DayReport,
    points: dict[AccountName, list[_Point]],
    *,
    begin: datetime,
    end: datetime,
    first: date,
) -> DayCard:
    def line(name: AccountName, profit: DayProfit) -> ProfitLine:
        return ProfitLine(
            name=name,
            points=tuple(points.get(name, ())),
            realised=profit.realised,
            unrealised=profit.unrealised,
        )

    return DayCard(
        heading=_heading(report, first),
        begin=begin,
        end=end,
        master=line(MASTER, report.master) if points.get(MASTER) else None,
        followers=tuple(line(each.name, each.profit) for each in report.followers),
        counts=tuple(map(_counted, report.followers)) if report.orders else (),
    )


def _counted(day: FollowerDay) -> CopyCounts:
    return CopyCounts(
        name=day.name, copied=day.copied, skipped=day.skips, rejected=day.refused, missed=day.missed
    )


def _profits(report: DayReport) -> list[tuple[AccountName, DayProfit]]:
    return [(MASTER, report.master), *((each.name, each.profit) for each in report.followers)]


def _heading(report: DayReport, first: date) -> Heading:
    return Heading(venue=report.venue, first_day=first, last_day=report.day)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=IST)
