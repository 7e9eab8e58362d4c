"""Days, samples and positions for tests of reports and their pictures."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from bot.chat.html_text import plain
from engine.core.chat.day_report import day_report
from engine.core.values.day_report import DayProfit, DayReport
from engine.core.values.market import AccountName, Venue
from engine.core.values.profit_sample import ProfitSample
from tests.bot_chat.chat_views import MORNING
from tests.core.core_world import World, a_follower, done
from tests.demo_chat.pngs import a_png

TODAY = MORNING.date()
FATHER = AccountName("father")
PNG = a_png()


def a_report(day: date = TODAY, venue: Venue = Venue.LIVE, *, sold: object = "99.50") -> DayReport:
    """Return a day on which father bought 10 at 100.50 against 100, and mother was too small."""
    world = World(
        a_follower(),
        a_follower("mother", multiplier="0.05"),
        at=datetime.combine(day, MORNING.timetz()),
    )
    world.master(done("M1", average_price="100"))
    world.now += timedelta(milliseconds=140)
    world.fill(world.ack(), price="100.50")
    world.master(done("M2", "SELL", average_price="101"))
    world.fill(world.ack(), price=sold)
    return replace(day_report(world.state, Venue.LIVE, as_of=world.now), venue=venue)


class FakeDays:
    """Days that are there; ``error`` is what a read of past ones ends with."""

    def __init__(self, *reports: DayReport) -> None:
        self.kept = {each.day: each for each in reports}
        self.sampled: list[ProfitSample] = []
        self.error: Exception | None = None
        self.asked: list[tuple] = []
        self.day: date | None = TODAY

    def today(self):
        return self.day

    async def report(self, venue):
        return replace(self.kept[TODAY], venue=venue)

    async def reports(self, first, last, *, rows):
        self.asked.append((first, last, rows))
        if self.error is not None:
            raise self.error
        found = [self.kept[day] for day in sorted(self.kept) if first <= day <= last]
        return tuple(each if rows else replace(each, rows=()) for each in found)

    async def samples(self, day):
        return tuple(each for each in self.sampled if each.day == day)

    async def last_samples(self, first, last):
        return tuple(each for each in self.sampled if first <= each.day <= last)


def a_sample(account: str, rupees: object, day: date = TODAY, hour: int = 15) -> ProfitSample:
    at = MORNING.replace(year=day.year, month=day.month, day=day.day, hour=hour)
    return ProfitSample(
        day=day, venue=Venue.PAPER, account=AccountName(account), at=at, rupees=Decimal(str(rupees))
    )


def rows_of(html: str) -> list[str]:
    blocks = [each.split("</pre>")[0] for each in html.split("<pre>")[1:]]
    return [row for block in blocks for row in plain(block).split("\n")]


def ready(chat, *reports: DayReport) -> FakeDays:
    chat.desk.days = FakeDays(*(reports or (a_report(),)))
    return chat.desk.days


def a_plain() -> DayReport:
    return DayReport(
        day=TODAY, venue=Venue.LIVE, as_of=None, orders=0, master=DayProfit(rupees=None), followers=(), rows=()
    )  # fmt: skip
