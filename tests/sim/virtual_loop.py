"""An event loop on which waiting takes no time: idle, it leaps to the next timer.

Nothing else of asyncio is replaced: tasks, events and timeouts are the real ones. Whoever waits for
something that cannot come any more is told at once instead of hanging.
"""

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeVar

from engine.core.values.market import IST

T = TypeVar("T")

#: A Wednesday morning on which every exchange is open.
OPENING = datetime(2026, 11, 18, 10, 0, tzinfo=IST)

#: Seconds that each turn of the loop takes; where none did, a wait for the rest of a moment that
#: is smaller than a float can add would never end.
TURN_S = 1e-6
#: Turns of the loop without any passing of time after which nobody believes in an end.
MOST_TURNS = 20_000


class NothingLeftToWaitForError(RuntimeError):
    """Everybody waits and no timer is set."""


class GoingRoundInCirclesError(RuntimeError):
    """Somebody is always ready, so that time cannot pass."""


#: Set in the context of everything that runs inside the simulated process, so that the loop can
#: leave the process alone for a while and let the rest of the world go on.
INSIDE: ContextVar[bool] = ContextVar("INSIDE", default=False)


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop without sockets, threads or real time.

    Its turn is its own: the heap holds plain tuples and due timers keep the order in which they
    were set, so that the same seed gives the same schedule.

    Attributes:
        faults: What failed where nobody listened.
        turns: Turns that the loop has taken: a fingerprint of a run, beside its results.
    """

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[dict[str, Any]] = []
        self.turns = 0
        self.set_exception_handler(lambda _, context: self.faults.append(context))
        self._now = 0.0
        self._still = 0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()
        self._stalled_until = 0.0
        self._held: list[asyncio.Handle] = []

    def time(self) -> float:
        return self._now

    def stall(self, seconds: float) -> None:
        """Run nothing of the process for so long, as a machine that is busy or asleep does."""
        self._stalled_until = max(self._stalled_until, self._now + seconds)

    @property
    def is_stalled(self) -> bool:
        return self._now < self._stalled_until

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def call_soon_threadsafe(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no threads in here")

    def run_in_executor(self, *_: Any) -> Any:
        raise RuntimeError("no threads in here")

    def _run_once(self) -> None:
        self.turns += 1
        timers, ready = self._timers, self._ready
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        self._pass_time(timers[0][0] if timers else None)
        while timers and timers[0][0] <= self._now:
            timer = heapq.heappop(timers)[2]
            if not timer._cancelled:
                ready.append(timer)
        if self._held and not self.is_stalled:
            ready.extendleft(reversed(self._held))
            self._held.clear()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            if self._stalled_until > self._now and handle._context.get(INSIDE):
                self._held.append(handle)
                continue
            handle._run()

    def _pass_time(self, next_timer: float | None) -> None:
        """Leap to whatever comes next where nothing is ready."""
        least = self._now + TURN_S
        if self._ready or self._stopping:
            self._still += 1
            if self._still > MOST_TURNS:
                busy = [str(handle) for handle in list(self._ready)[:5]]
                raise GoingRoundInCirclesError(f"at {self._now:.3f} s: {busy}")
            self._now = least
            return
        nexts = [next_timer, self._stalled_until if self._held else None]
        known = [each for each in nexts if each is not None]
        if not known:
            raise NothingLeftToWaitForError("everybody waits and no timer is set")
        self._still = 0
        self._now = max(least, min(known))

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is dropped when its time comes."""

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody else is there to be woken by."""


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time, then whatever it left behind.

    Raises:
        ExceptionGroup: Something failed where nobody was listening.
    """
    loop = VirtualLoop()
    try:
        result = loop.run_until_complete(work)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(_turns(5))
    finally:
        loop.close()
    found = [fault.get("exception") for fault in loop.faults]
    unheard = [each for each in found if isinstance(each, Exception)]
    if unheard:
        raise ExceptionGroup("failed where nobody listened", unheard)
    return result


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class VirtualClock:
    """The engine's clock and the exchange's, driven by the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime = OPENING) -> None:
        self._loop = loop
        self._start = start

    def __call__(self) -> datetime:
        return self.now()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    def leap(self, by: timedelta) -> None:
        """Move the wall clock alone: a night of which nobody sees anything, or a step of NTP."""
        self._start += by

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
