"""Days as far as samples of profit tell them: no order is in them, but they are there at once."""

from collections.abc import Sequence

from engine.core.values.day_report import DayProfit, DayReport, FollowerDay
from engine.core.values.market import MASTER, Venue
from engine.core.values.profit_sample import ProfitSample


def sampled_days(samples: Sequence[ProfitSample], venue: Venue) -> list[DayReport]:
    """Return a report for each day that was sampled at a venue, oldest first, with profit alone.

    Args:
        samples: The newest of each account and day.
        venue: PAPER or LIVE.
    """
    days = sorted({each.day for each in samples if each.venue is venue})
    found = []
    for day in days:
        mine = [each for each in samples if (each.day, each.venue) == (day, venue)]
        profits = {
            each.account: DayProfit(rupees=each.rupees, realised=each.realised, at=each.at)
            for each in mine
        }
        master = profits.pop(MASTER, DayProfit(rupees=None))
        found.append(
            DayReport(
                day=day,
                venue=venue,
                as_of=max(each.at for each in mine),
                orders=0,
                master=master,
                followers=tuple(
                    FollowerDay(name=name, profit=profit) for name, profit in profits.items()
                ),
                rows=(),
            )
        )
    return found
