"""What is sampled of everybody's profit at a moment, and a past day's report with what was sampled of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from engine.core.chat.day_profit import Profits
from engine.core.state.state import State
from engine.core.values.day_report import DayProfit, DayReport
from engine.core.values.market import MASTER, AccountName
from engine.core.values.profit_sample import ProfitSample


def profit_samples(state: State, *, at: datetime) -> tuple[ProfitSample, ...]:
    """Return a sample of the master and of each follower at the venue of now.

    Left out is whoever has a symbol whose profit is not known: a sum without it would draw a jump.
    """
    if state.trading_day is None:
        return ()
    profits = Profits(state)
    found = []
    for name in (MASTER, *state.rules):
        profit = profits.of_account(state.venue, name)
        if profit.rupees is not None and not profit.without:
            found.append(
                ProfitSample(
                    day=state.trading_day,
                    venue=state.venue,
                    account=name,
                    at=at,
                    rupees=profit.rupees,
                    realised=profit.realised,
                )
            )
    return tuple(found)


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
