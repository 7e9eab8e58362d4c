"""When the exchanges trade. The days are data; only the hours are here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from engine.core.values.market import IST, Exchange

#: Opening and closing times in IST. NFO and BFO trade until 15:40 since 2026-08-03 (NSE circular
#: FAOP74467); MCX until 23:55 in US winter time, 23:30 else (the later is taken); CDS until 17:00.
#: Equity ends with the closing auction at 15:35 (SEBI circular 2026-01-16).
HOURS: dict[Exchange, tuple[time, time]] = {
    Exchange.NSE: (time(9, 0), time(15, 35)),
    Exchange.BSE: (time(9, 0), time(15, 35)),
    Exchange.NFO: (time(9, 15), time(15, 40)),
    Exchange.BFO: (time(9, 15), time(15, 40)),
    Exchange.CDS: (time(9, 0), time(17, 0)),
    Exchange.MCX: (time(9, 0), time(23, 55)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Trading hours over the year.

    Attributes:
        holidays: Dates on which no exchange trades by day; MCX may trade in the evening.
        always_open: For the demo and tests, on any day and at any hour.
    """

    holidays: Collection[date] = frozenset()
    always_open: bool = False

    def is_open(self, exchange: Exchange, at: datetime) -> bool:
        """Return whether an exchange takes orders at an instant."""
        if self.always_open:
            return True
        local = at.astimezone(IST)
        if local.weekday() >= 5:
            return False
        opens, closes = HOURS[exchange]
        if local.date() in self.holidays:
            # On many holidays MCX holds its evening session from 17:00.
            return exchange is Exchange.MCX and time(17, 0) <= local.time() <= closes
        return opens <= local.time() <= closes

    def any_open(self, at: datetime) -> bool:
        """Return whether any exchange trades at an instant."""
        return any(self.is_open(exchange, at) for exchange in Exchange)
