"""Notices when the program itself stood still: a blocked loop, a machine asleep, a process stopped."""

from datetime import datetime

from engine.clock import Clock
from engine.core.values.events import Faulted
from engine.core.values.notices import Severity

#: Seconds between two looks, above what lies between them anyhow, that are told.
STOOD_STILL_S = 2.0
#: So long without another one ends an episode; one that goes on is told once.
QUIET_S = 60.0


class Standstill:
    """Compares how much time went by with how much should have.

    The monotonic clock tells of a loop that was blocked. It stands still while a machine sleeps
    (``CLOCK_MONOTONIC``, man 2 clock_gettime), which only the wall clock tells.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: tuple[float, datetime] | None = None
        self._stood_at: float | None = None

    def look(self, *, every_s: float) -> Faulted | None:
        """Look at the clocks, about every so many seconds.

        Args:
            every_s: Seconds that should have gone by since the last look.

        Returns:
            What people should hear, at the first standstill of an episode; else None.
        """
        seconds, now = self._clock.monotonic(), self._clock.now()
        last, self._last = self._last, (seconds, now)
        if last is None:
            return None
        ran, passed = seconds - last[0], (now - last[1]).total_seconds()
        if max(ran, passed) - every_s <= STOOD_STILL_S:
            return None
        goes_on = self._stood_at is not None and seconds - self._stood_at < QUIET_S
        self._stood_at = seconds
        if goes_on:
            return None
        blocked = ran - every_s > STOOD_STILL_S
        length, why = (
            (ran, "The machine is too busy, or it was stopped")
            if blocked
            else (passed, "The machine slept, or its clock was set")
        )
        return Faulted(
            topic="engine",
            text=f"The program stood still for {length:.0f} s until {now:%H:%M:%S}. {why}. "
            "What happened meanwhile is read now: exits follow, entries that are too old do not.",
            at=now,
            severity=Severity.WARNING,
        )
