"""When exchanges are given up: one timer for all that were given the same time.

A timer per request would cost as much as building the request. Exchanges that get the same seconds
end in the order in which they began, so each such row needs a timer for its first one only; those
answered meanwhile leave when their turn comes.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from engine.brokers.kite.connection import Exchange

#: Ends an exchange whose time is up.
Abandon = Callable[[Exchange], None]


class Deadlines:
    """Ends every exchange that is not settled in its time. Must be used from one event loop."""

    def __init__(self) -> None:
        """Prepare; nothing is timed yet."""
        self._rows: dict[float, deque[tuple[float, Exchange, Abandon]]] = {}

    def add(self, exchange: Exchange, timeout_s: float, abandon: Abandon) -> None:
        """Time an exchange from now on.

        Args:
            exchange: Just begun.
            timeout_s: Seconds it has, > 0.
            abandon: Called once with the exchange, not before its time, unless it was settled.
        """
        loop = asyncio.get_running_loop()
        entry = (loop.time() + timeout_s, exchange, abandon)
        row = self._rows.get(timeout_s)
        if row is not None:
            row.append(entry)
            return
        self._rows[timeout_s] = deque((entry,))
        loop.call_at(entry[0], self._end_due, timeout_s)

    def _end_due(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        row = self._rows[timeout_s]
        now = loop.time()
        while row:
            at, exchange, abandon = row[0]
            if not exchange.settled:
                if at > now:
                    loop.call_at(at, self._end_due, timeout_s)
                    return
                # In its own turn: a fault in one must not leave those behind it without an end.
                loop.call_soon(abandon, exchange)
            row.popleft()
        del self._rows[timeout_s]
