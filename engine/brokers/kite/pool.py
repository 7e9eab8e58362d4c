"""A small pool of warm connections, each carrying one exchange at a time.

Writes go before reads. A connection the server has closed, or may be about to, is never used.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable

from engine.brokers.kite.connection import Connection, Exchange
from engine.brokers.kite.dial import Dialler, describe_failure
from engine.brokers.kite.ears import Ears
from engine.brokers.kite.replies import NotSent

#: Most connections of one account. Kite takes 10 order requests a second per account (Kite forum
#: comment 52882, 2026-08), so even answers that take a second never need more.
MAX_CONNECTIONS = 16
#: Idle connections kept open: one for the next write, one for the read beside it.
WARM_CONNECTIONS = 2
#: Seconds after which an idle connection is replaced. Front ends close idle ones after 60 s (AWS
#: load balancer default) or 75 s (nginx ``keepalive_timeout`` default); we let go before them, so
#: that a write never races with the server's close.
MAX_IDLE_S = 46.0
#: For how much longer it is kept while its successor is not there, seconds: 55 in all.
_WAITS_S = 9.0
#: Seconds between looks at the pool while connections are missing, about, and how many times as
#: seldom it is looked at otherwise: a loss tells itself, and a thousand accounts are looked after.
_LOOK_EVERY_S, _CALM = 1.0, 5
#: Seconds a connection must have lived for its loss to be made good at once; a server that hangs up
#: on everybody is asked again with the next look only.
_STEADY_S = 5.0
#: Longest pause between attempts to warm up while the broker cannot be reached, seconds.
_MAX_PAUSE_S = 30.0


class Pool:
    """The connections of one account to one origin."""

    def __init__(
        self, dialler: Dialler, *, write: Callable[[Exchange, Connection], bool], ears: Ears
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            dialler: Opens connections.
            write: Puts an exchange on a usable connection; False where it may not leave.
            ears: Hears whether a connection has something to read.
        """
        self._dialler = dialler
        #: What hears whether a connection has something to read.
        self.ears = ears
        self._write = write
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._writes: deque[Exchange] = deque()
        self._reads: deque[Exchange] = deque()
        #: Whether :meth:`close` was called; nothing is carried any more.
        self.closed = False
        self._emptied = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._pause_s = 0.0
        self._no_dial_before = 0.0

    def carry_at_once(self, exchange: Exchange) -> bool:
        """Start an exchange where a warm connection is idle; return whether there was one."""
        idle = self._idle
        if not idle:
            return False
        # The one that was used last; where the server has left it another may do.
        connection = idle.pop() if idle[-1].usable else self._take_idle()
        if connection is None:
            return False
        if not self._write(exchange, connection):
            idle.append(connection)
        elif not idle and self._look is not None:
            # The next write of a burst shall find a warm one too.
            self._open_where_room()
        return True

    def carry_later(self, exchange: Exchange) -> None:
        """Start an exchange as soon as a connection is there."""
        self._queue_of(exchange).append(exchange)
        self._open_for_waiting()

    def withdraw(self, exchange: Exchange) -> None:
        """Take back an exchange if it still waits for a connection."""
        queue = self._queue_of(exchange)
        if exchange in queue:
            queue.remove(exchange)

    def _queue_of(self, exchange: Exchange) -> deque[Exchange]:
        return self._writes if exchange.request.needs_permit else self._reads

    async def warm(self) -> None:
        """Open idle connections and keep them from now on; returns when they are there, never raises."""
        if self.closed:
            return
        self._no_dial_before = self._pause_s = 0.0
        self._keep_warm()
        if self._opening:
            await asyncio.wait(set(self._opening))

    async def close(self) -> None:
        """Close everything; what is under way ends as ``Lost``, what waits as ``NotSent``."""
        self.closed = True
        if self._look is not None:
            self._look.cancel()
            self._look = None
        for task in self._opening:
            task.cancel()
        for queue in (self._writes, self._reads):
            while queue:
                queue.popleft().settle(NotSent(detail="shutting down"))
        for connection in tuple(self._all):
            connection.abort("shutting down")
        if self._opening:
            await asyncio.wait(set(self._opening))
        if self._all:
            await self._emptied.wait()

    @property
    def open_connections(self) -> int:
        """How many connections are open, idle or not."""
        return len(self._all)

    # -- what connections report

    def connection_idle(self, connection: Connection) -> None:
        """Give the connection its next exchange, or keep it warm."""
        connection.idle_since = self._now()
        self.ears.listen_anew()
        while self._waiting and connection.usable:
            exchange = (self._writes or self._reads).popleft()
            if self._write(exchange, connection):
                return
        self._idle.append(connection)

    def connection_gone(self, connection: Connection) -> None:
        """Forget the connection; whoever waits gets another."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self.closed:
            self._open_for_waiting()
            if self._look is not None:
                if self._now() - connection.made_at >= _STEADY_S:
                    self._keep_warm()
                else:
                    self._look_in(_LOOK_EVERY_S)
        elif not self._all:
            self._emptied.set()

    # -- inside

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    @property
    def _waiting(self) -> int:
        return len(self._writes) + len(self._reads)

    def _take_idle(self) -> Connection | None:
        idle = self._idle
        for index in range(-1, -1 - len(idle), -1):
            if idle[index].usable:
                return idle.pop(index)
        return None

    def _open_where_room(self) -> None:
        if len(self._all) + len(self._opening) >= MAX_CONNECTIONS:
            return
        # The pool holds, bounds and ends these tasks itself, and they raise nothing: a write must
        # not wait for a spawner, and no supervisor could do more than they do.
        task = asyncio.get_running_loop().create_task(self._dial())
        self._opening.add(task)

    def _open_for_waiting(self) -> None:
        """Open one connection for each that waits, where there is room.

        Busy connections do not count: their answers may take seconds.
        """
        for _ in range(self._waiting - len(self._opening)):
            self._open_where_room()

    async def _dial(self) -> None:
        task = asyncio.current_task()
        failure: str | None = None
        connection: Connection | None = None
        try:
            connection = await self._dialler.dial(lambda: Connection(self))
        except OSError as error:
            failure = describe_failure(error)
        except ValueError:
            failure = "the broker's address cannot be used"
        finally:
            if task is not None:
                self._opening.discard(task)
        if connection is not None and not connection.lost:
            self._pause_s = 0.0
            self._all.add(connection)
            if self.closed:
                connection.abort("shutting down")
            else:
                self.connection_idle(connection)
            return
        self._pause_s = min(_MAX_PAUSE_S, max(1.0, self._pause_s * 2))
        self._no_dial_before = self._now() + self._pause_s
        self._fail_unserved(failure or "the broker closed the connection at once")

    def _fail_unserved(self, why: str) -> None:
        """End those for whom no connection is coming or busy any more, reads first."""
        while self._waiting > len(self._opening) + len(self._all) - len(self._idle):
            (self._reads or self._writes).popleft().settle(NotSent(detail=why))

    def _keep_warm(self) -> None:
        """Open what is missing, let go of connections that were idle for long, look again soon."""
        now = self._now()
        old = [idle for idle in self._idle if now - idle.idle_since > MAX_IDLE_S]
        fresh = len(self._idle) - len(old)
        if now >= self._no_dial_before:
            for _ in range(WARM_CONNECTIONS - fresh - len(self._opening)):
                self._open_where_room()
        for connection in old:
            # A successor first, so that a write finds a warm connection at any moment.
            if fresh >= WARM_CONNECTIONS or now - connection.idle_since > MAX_IDLE_S + _WAITS_S:
                self._idle.remove(connection)
                connection.abort("idle for long")
        self._look_in(_LOOK_EVERY_S * (_CALM if fresh >= WARM_CONNECTIONS else 1))

    def _look_in(self, pause_s: float) -> None:
        """Look again then, and not before."""
        if self._look is not None:
            self._look.cancel()
        # Not all accounts' pools in one turn of the loop, which would keep an order waiting.
        pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 - a pause, no secret
        self._look = asyncio.get_running_loop().call_later(pause_s, self._keep_warm)
