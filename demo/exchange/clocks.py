"""Clocks for an exchange whose day is not today: one moved by hand, one that runs."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from demo.exchange.wire import IST


class HandClock:
    """Stands still until somebody moves it; it never goes back."""

    def __init__(self, at: datetime) -> None:
        """Take an aware moment."""
        self.at = at.astimezone(IST)

    def __call__(self) -> datetime:
        """Return the present."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Move it forward.

        Raises:
            ValueError: That would be backward.
        """
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self.at += timedelta(seconds=seconds)

    def move_to(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Move it to a time of day (Indian time), so many days on.

        Raises:
            ValueError: That would be backward.
        """
        day = self.at.date() + timedelta(days=days)
        self.advance(
            (datetime.combine(day, time(hour, minute), tzinfo=IST) - self.at).total_seconds()
        )


def running_clock(
    begins: datetime, monotonic: Callable[[], float], *, speed: float = 1.0
) -> Callable[[], datetime]:
    """Return a clock that reads `begins` now and runs on.

    Args:
        begins: Aware moment, e.g. some morning at 09:14:50.
        monotonic: Seconds of a clock that never goes back.
        speed: Its seconds per real second; 60 makes a trading day pass in six minutes.
    """
    local, since = begins.astimezone(IST), monotonic()
    return lambda: local + timedelta(seconds=(monotonic() - since) * speed)
