"""What is said by itself at its time of a trading day, whoever asks or not."""

from datetime import date, timedelta
from enum import StrEnum, unique

from msgspec import Struct


@unique
class Routine(StrEnum):
    """One thing of the daily rhythm; the value stands in the journal and never changes."""

    PREFLIGHT = "preflight"  #: Before the market opens: what /start_copy would check.
    DAY_REPORT = "day-report"  #: Shares and their derivatives have closed.
    EVENING_REPORT = "evening-report"  #: Commodities have closed.
    WEEK_SUMMARY = "week-summary"  #: The last trading day of the week is over.
    LOGIN_CARD = "login-card"  #: The way to copying, with a button for each who is out.
    LOGIN_REMINDER = "login-reminder"  #: Who is still out.
    LOGIN_ALERT = "login-alert"  #: The same, loudly, before shares trade.


#: Whose segments trade on after shares and their derivatives have closed.
EVENING = frozenset({"MCX", "CDS"})


class Reported(Struct, frozen=True, kw_only=True, gc=False):
    """What a notice announces: the days whose report is to be put in its place when it is told.

    Attributes:
        first: First trading day.
        last: The last; the same for one day.
        evening: Whether commodities are what it is about.
    """

    first: date
    last: date
    evening: bool = False

    @property
    def topic(self) -> str:
        """The topic of its notice, which :meth:`of` reads again."""
        if self.first != self.last:
            return f"report:week:{self.last.isoformat()}"
        return f"report:{'evening' if self.evening else 'day'}:{self.last.isoformat()}"

    @staticmethod
    def of(topic: str) -> "Reported | None":
        """Return what a notice's topic announces; None where it announces no report."""
        word, _, rest = topic.partition(":")
        what, _, day = rest.partition(":")
        if word != "report":
            return None
        try:
            last = date.fromisoformat(day)
        except ValueError:
            return None
        first = monday_of(last) if what == "week" else last
        return Reported(first=first, last=last, evening=what == "evening")


def monday_of(day: date) -> date:
    """Return the first day of a date's week."""
    return day - timedelta(days=day.weekday())
