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
        #: Begun in this turn of the loop, with the seconds they have.
        self._begun: list[tuple[float, Exchange, Abandon]] = []

    def add(self, exchange: Exchange, timeout_s: float, abandon: Abandon) -> None:
        """Time an exchange from the end of this turn of the loop on: until then another may wait to be sent.

        Args:
            exchange: Just begun.
            timeout_s: Seconds it has, > 0.
            abandon: Called once with the exchange, not before its time, unless it was settled.
        """
        if not self._begun:
            asyncio.get_running_loop().call_soon(self._time_begun)
        self._begun.append((timeout_s, exchange, abandon))

    def _time_begun(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        begun, self._begun = self._begun, []
        for timeout_s, exchange, abandon in begun:
            row = self._rows.get(timeout_s)
            if row is None:
                row = self._rows[timeout_s] = deque()
                loop.call_at(now + timeout_s, self._end_due, timeout_s)
            row.append((now + timeout_s, exchange, abandon))

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
