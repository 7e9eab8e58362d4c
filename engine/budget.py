"""The broker's order limits, kept on our side with room for exits.

Kite counts place, modify and cancel together per account: 10 in a calendar second on its own
clock, 400 a minute, 5,000 placements a day (Kite forum comments 52882, 2026-08, and 51959).
Its clock is not ours, so both a sliding and a calendar second are held below that.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.core.values.events import Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Most writes per span; ``entries`` leaves the rest for exits and cancels."""

    total: int
    entries: int


#: What the architecture sets aside: entries stop at 6/s, 360/min and 4,500/day.
SECOND = Limits(total=8, entries=6)
MINUTE = Limits(total=400, entries=360)
DAY = Limits(total=5_000, entries=4_500)


class RateBudget:
    """Counts one account's writes."""

    __slots__ = ("_calendar", "_day", "_day_of", "_in_second", "_minute", "_second")

    def __init__(self) -> None:
        self._second: deque[float] = deque()
        self._minute: deque[float] = deque()
        self._calendar: datetime | None = None
        self._in_second = 0
        self._day = 0
        self._day_of: datetime | None = None

    def allowance(self, *, now: datetime, monotonic: float) -> Allowance:
        """Return how many writes may leave at this moment."""
        self._forget(now, monotonic)
        spent = (max(len(self._second), self._in_second), len(self._minute), self._day)
        spans = tuple(zip((SECOND, MINUTE, DAY), spent, strict=True))
        return Allowance(
            entries=max(0, min(limits.entries - used for limits, used in spans)),
            total=max(0, min(limits.total - used for limits, used in spans)),
        )

    def spend(self, *, now: datetime, monotonic: float) -> None:
        """Count one write that left."""
        self._forget(now, monotonic)
        self._second.append(monotonic)
        self._minute.append(monotonic)
        self._in_second += 1
        self._day += 1

    def restore(self, sent: Iterable[datetime], *, now: datetime, monotonic: float) -> None:
        """Count what left in the life of the process before this one.

        Args:
            sent: When each write left, in any order.
            now: The wall clock.
            monotonic: The monotonic clock at the same moment, seconds.
        """
        self._forget(now, monotonic)
        for at in sorted(sent):
            age = (now - at).total_seconds()
            if at.date() == now.date():
                self._day += 1
            if 0 <= age < 60:
                self._minute.append(monotonic - age)
            if 0 <= age < 1:
                self._second.append(monotonic - age)

    def take_back(self) -> None:
        """Uncount a write of which no byte reached the broker, so that an outage spends no day."""
        self._day = max(0, self._day - 1)

    def _forget(self, now: datetime, monotonic: float) -> None:
        while self._second and self._second[0] <= monotonic - 1:
            self._second.popleft()
        while self._minute and self._minute[0] <= monotonic - 60:
            self._minute.popleft()
        second = now.replace(microsecond=0)
        if second != self._calendar:
            self._calendar, self._in_second = second, 0
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day_of:
            self._day_of, self._day = day, 0
