"""What is sampled of everybody's profit at a moment, and a past day's report with what was sampled of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from engine.core.chat.day_profit import Profits
from engine.core.state.state import State
from engine.core.values.day_report import DayProfit, DayReport
from engine.core.values.market import MASTER, AccountName
from engine.core.values.profit_sample import ProfitSample


def profit_samples(state: State, *, at: datetime) -> Iterator[ProfitSample | None]:
    """Yield a sample of the master and of each follower at the venue of now, each a step of its own.

    None for whoever has a symbol whose profit is not known: a sum without it would draw a jump.
    """
    day, venue = state.trading_day, state.venue
    if day is None:
        return
    profits = Profits(state)
    for name in (MASTER, *tuple(state.rules)):
        profit = profits.of_account(venue, name)
        known = profit.rupees is not None and not profit.without
        yield (
            ProfitSample(
                day=day,
                venue=venue,
                account=name,
                at=at,
                rupees=profit.rupees or Decimal(0),
                realised=profit.realised,
            )
            if known
            else None
        )


def with_samples(report: DayReport, samples: Iterable[ProfitSample]) -> DayReport:
    """Put the last sampled profit in where the journal alone, which keeps no prices, does not know it all."""
    last = {
        each.account: DayProfit(rupees=each.rupees, realised=each.realised, at=each.at)
        for each in samples
        if (each.day, each.venue) == (report.day, report.venue)
    }

    def known(name: AccountName, profit: DayProfit) -> DayProfit:
        return last.get(name, profit)

    return replace(
        report,
        master=known(MASTER, report.master),
        followers=tuple(
            replace(each, profit=known(each.name, each.profit)) for each in report.followers
        ),
    )
