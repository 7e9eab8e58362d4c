"""Things that happen later: bookings that land late, delayed frames, exchange processing."""

import heapq
from collections.abc import Callable
from datetime import datetime


class Agenda:
    """Actions due at a time; nothing runs until somebody says what time it is."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self._sequence = 0

    def at(self, when: datetime, action: Callable[[], object]) -> None:
        """Run `action` at the first `run_due` not earlier than `when`; ties keep their order."""
        heapq.heappush(self._due, (when, self._sequence, action))
        self._sequence += 1

    def run_due(self, now: datetime) -> int:
        """Run all that is due at `now`, also what becomes due meanwhile; return how many ran."""
        ran = 0
        while self._due and self._due[0][0] <= now:
            _, _, action = heapq.heappop(self._due)
            action()
            ran += 1
        return ran

    @property
    def next_at(self) -> datetime | None:
        """When the next action is due; lets a virtual-time loop jump there."""
        return self._due[0][0] if self._due else None
