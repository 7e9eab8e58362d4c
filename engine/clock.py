"""The only module that reads time."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from engine.core.values.market import IST


class Clock(Protocol):
    """Time as the engine sees it; tests give one that jumps."""

    def now(self) -> datetime:
        """Return the wall clock as an aware datetime in IST, for stamps and sessions."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, never going back, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds, >= 0."""
        ...


class SystemClock:
    """The machine's clock. Its zone does not matter: stamps are made in IST."""

    def now(self) -> datetime:
        """Return the wall clock as an aware datetime in IST."""
        return datetime.now(IST)

    # The function itself: what is in between would cost more than the reading, for every order.
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)


#: How fast time goes on while the machine's clock is behind: half, so that the two meet within minutes and no
#: pause ends early.
_CATCHING_UP = 0.5


class SteadyClock:
    """A wall clock that never goes back, for all that the engine stamps.

    Fills, snapshots, deadlines and pauses are compared by their stamps. Were the clock set back (a time server,
    a resumed machine), a snapshot of before would count as newer than every fill after it, and an exit would be
    cut to what was held then. While the machine's clock is behind, time goes on by the monotonic one.
    """

    def __init__(self, machine: Clock) -> None:
        """Begin with what the machine's clock shows."""
        self._machine = machine
        #: Returns seconds of the monotonic clock: the machine's own, with nothing in between.
        self.monotonic: Callable[[], float] = machine.monotonic
        self._shown = machine.now()
        self._shown_s = machine.monotonic()

    def now(self) -> datetime:
        """Return the wall clock as an aware datetime in IST, at least what was returned before."""
        at = self._machine.monotonic()
        least = self._shown + timedelta(seconds=(at - self._shown_s) * _CATCHING_UP)
        self._shown, self._shown_s = max(least, self._machine.now()), at
        return self._shown

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await self._machine.sleep(seconds)
