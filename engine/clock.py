"""The only module that reads time."""

import asyncio
import time
from datetime import datetime
from typing import Protocol

from engine.core.market import IST


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

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)
