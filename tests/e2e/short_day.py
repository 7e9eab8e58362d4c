"""Run the program on a day whose intraday square-off is at a time that a test chooses.

``python -m tests.e2e.short_day 2026-11-27T15:20:00 run --env-file …``: NSE trades all day long, yesterday too.
"""

import sys
from datetime import datetime, time, timedelta

import bot.app.wiring
from bot.__main__ import main
from engine.core.values import sessions
from engine.core.values.calendar import Calendar
from engine.core.values.market import Exchange
from engine.core.values.sessions import Phase, Window

ALL_DAY = (Window(phase=Phase.CONTINUOUS, begins=time(0), ends=time(23, 59, 59)),)


def short_day(square_off: datetime) -> Calendar:
    """Return the calendar of that day and the one before."""
    sessions._MIS_UNTIL[Exchange.NSE] = square_off.time()
    days = (square_off.date(), square_off.date() - timedelta(days=1))
    return Calendar(days={(Exchange.NSE, day): ALL_DAY for day in days})


if __name__ == "__main__":
    calendar = short_day(datetime.fromisoformat(sys.argv[1]))
    bot.app.wiring.exchange_calendar = lambda *_, **__: calendar
    sys.exit(main(sys.argv[2:]))
