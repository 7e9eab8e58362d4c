"""Where a moment stands from left to right: on one day by the clock, over several without the nights."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from engine.core.values.market import IST

#: Minutes from one label to the next.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180)
_MOST_LABELS = 7


class Timeline:
    """Turns moments into numbers from 0 to :attr:`end`.

    Args:
        begin: Left edge.
        end: Right edge.
        moments: All that is to be placed; several days have only the dates that occur here.
    """

    def __init__(self, begin: datetime, end: datetime, moments: Iterable[datetime]) -> None:
        self._begin = begin.astimezone(IST)
        self._last = max(end.astimezone(IST), self._begin + timedelta(minutes=1))
        found = {at.astimezone(IST).date() for at in moments if begin <= at <= self._last}
        self._days = sorted(found) if self._last.date() > self._begin.date() else []

    @property
    def end(self) -> float:
        """The right edge: days, or seconds of one day."""
        return float(len(self._days)) or (self._last - self._begin).total_seconds()

    def place(self, at: datetime) -> float | None:
        """Return where a moment stands; None outside the edges."""
        local = at.astimezone(IST)
        if not self._begin <= local <= self._last:
            return None
        if not self._days:
            return (local - self._begin).total_seconds()
        return self._days.index(local.date()) + self._share_of_day(local)

    def labels(self) -> tuple[tuple[float, str], ...]:
        """Return where labels stand and what they say, at most eight."""
        return self._day_labels() if self._days else self._clock_labels()

    def nights(self) -> tuple[float, ...]:
        """Return where one day ends and the next begins."""
        return tuple(float(number) for number in range(1, len(self._days)))

    def _share_of_day(self, local: datetime) -> float:
        opens, closes = self._begin.timetz(), self._last.timetz()
        length = _seconds(closes) - _seconds(opens)
        if length <= 0:
            opens, length = time(0), 86_400.0
        return min(1.0, max(0.0, (_seconds(local.time()) - _seconds(opens)) / length))

    def _day_labels(self) -> tuple[tuple[float, str], ...]:
        step = -(-len(self._days) // _MOST_LABELS)
        return tuple((n + 0.5, _short(self._days[n])) for n in range(0, len(self._days), step))

    def _clock_labels(self) -> tuple[tuple[float, str], ...]:
        minutes = self.end / 60
        step = next((each for each in _STEPS if minutes / each <= _MOST_LABELS), 360)
        midnight = self._begin.replace(hour=0, minute=0, second=0, microsecond=0)
        first = -(-(self._begin - midnight) // timedelta(minutes=step))
        found: list[tuple[float, str]] = []
        for number in range(_MOST_LABELS + 1):
            at = midnight + timedelta(minutes=step * (first + number))
            place = self.place(at)
            if place is not None:
                found.append((place, f"{at:%H:%M}"))
        return tuple(found)


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _seconds(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
