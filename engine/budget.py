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
from engine.moment import Moment, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Most writes per span; ``entries`` leaves the rest for exits and cancels."""

    total: int
    entries: int


#: What the architecture sets aside: entries stop at 6/s, 360/min and 4,500/day.
SECOND = Limits(total=8, entries=6)
MINUTE = Limits(total=400, entries=360)
DAY = Limits(total=5_000, entries=4_500)
#: Up to so many writes in a minute and a day the second alone binds, as it nearly always does: what is left then
#: is made beforehand, since it is asked for every follower of every order.
_MINUTE_IS_WIDE, _DAY_IS_WIDE = MINUTE.entries - SECOND.entries, DAY.entries - SECOND.entries
_BY_SECOND = tuple(
    Allowance(entries=max(0, SECOND.entries - sent), total=SECOND.total - sent)
    for sent in range(SECOND.total + 1)
)


class RateBudget:
    """Counts one account's writes."""

    __slots__ = ("_calendar", "_day", "_day_of", "_in_second", "_sent")

    def __init__(self) -> None:
        #: When the writes of the last minute left, by the monotonic clock.
        self._sent: deque[float] = deque()
        #: The calendar second and day that are counted, by their number.
        self._calendar = self._day_of = 0
        self._in_second = self._day = 0

    def allowance(self, moment: Reading, monotonic: float) -> Allowance:
        """Return how many writes may leave at a moment, and by the monotonic clock."""
        self._turn_to(moment)
        sent = self._sent
        while sent and sent[0] <= monotonic - 60:
            sent.popleft()
        second, minute, day = max(self._sliding(monotonic), self._in_second), len(sent), self._day
        if minute <= _MINUTE_IS_WIDE and day <= _DAY_IS_WIDE:
            return _BY_SECOND[min(second, SECOND.total)]
        return Allowance(
            entries=max(
                0, min(SECOND.entries - second, MINUTE.entries - minute, DAY.entries - day)
            ),
            total=max(0, min(SECOND.total - second, MINUTE.total - minute, DAY.total - day)),
        )

    def spend(self, moment: Reading, monotonic: float) -> None:
        """Count one write that left."""
        if moment.second != self._calendar:
            self._turn_to(moment)
        self._sent.append(monotonic)
        self._in_second += 1
        self._day += 1

    def restore(self, sent: Iterable[datetime], *, now: datetime, monotonic: float) -> None:
        """Count what left in the life of the process before this one.

        Args:
            sent: When each write left, in any order.
            now: The wall clock.
            monotonic: The monotonic clock at the same moment, seconds.
        """
        self._turn_to(Moment.of(now))
        for at in sorted(sent):
            age = (now - at).total_seconds()
            if at.date() == now.date():
                self._day += 1
            if 0 <= age < 60:
                self._sent.append(monotonic - age)

    def take_back(self) -> None:
        """Uncount a write of which no byte reached the broker, so that an outage spends no day."""
        self._day = max(0, self._day - 1)

    def _sliding(self, monotonic: float) -> int:
        """Return how many writes left within the last second."""
        count = 0
        for at in reversed(self._sent):
            if at <= monotonic - 1:
                break
            count += 1
        return count

    def _turn_to(self, moment: Reading) -> None:
        """Begin to count anew in a new second, and on a new day, which begins with one."""
        if moment.second != self._calendar:
            self._calendar, self._in_second = moment.second, 0
        if moment.day != self._day_of:
            self._day_of, self._day = moment.day, 0
