"""Times and spans in the words of the chat; all in IST."""

from datetime import datetime, time, timedelta

from engine.core.values.market import IST

#: Arming and broker sessions end at this time of day (Kite Connect docs, user: token expiry).
DAY_ENDS_AT = time(6, 0)
#: Anything delivered later than this says how late it is.
LATE = timedelta(seconds=30)


def clock_time(at: datetime) -> str:
    """Return the time of day with seconds."""
    return at.astimezone(IST).strftime("%H:%M:%S")


def day_time(at: datetime, *, now: datetime) -> str:
    """Return ``09:31``, with the day in front if it is another day than today's."""
    local = at.astimezone(IST)
    form = "%H:%M" if local.date() == now.astimezone(IST).date() else "%d %b %H:%M"
    return local.strftime(form)


def time_and_age(at: datetime, *, now: datetime) -> str:
    """Return ``09:31:04``, with its age from a minute on: ``09:31:04 (7 min ago)``, and the day if old."""
    local, age = at.astimezone(IST), now - at
    today = local.date() == now.astimezone(IST).date()
    shown = clock_time(at) if today else local.strftime("%d %b %H:%M")
    return shown if age < timedelta(minutes=1) else f"{shown} ({span(age)} ago)"


def span(length: timedelta) -> str:
    """Return a length of time in one unit: ``45 s``, ``7 min``, ``3 h``, ``2 days``."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} days"


def end_of_day(now: datetime) -> datetime:
    """Return the next 06:00 IST after ``now``, when arming lapses."""
    local = now.astimezone(IST)
    end = datetime.combine(local.date(), DAY_ENDS_AT, tzinfo=IST)
    return end if end > local else end + timedelta(days=1)
