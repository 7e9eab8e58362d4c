"""What is said by itself at its time of a trading day, whoever asks or not."""

from enum import StrEnum, unique


@unique
class Routine(StrEnum):
    """One thing of the daily rhythm; the value stands in the journal and never changes."""

    PREFLIGHT = "preflight"  #: Before the market opens: what /start_copy would check.
    DAY_REPORT = "day-report"  #: Shares and their derivatives have closed.
    EVENING_REPORT = "evening-report"  #: Commodities have closed.
    WEEK_SUMMARY = "week-summary"  #: The last trading day of the week is over.
