"""An event loop on which waiting takes no time: idle, it leaps to the next timer.

Nothing else of asyncio is replaced: tasks, timers, events and timeouts are the real ones. Whoever
waits for something that cannot come any more is told at once instead of hanging.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from engine.core.market import IST

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


class _Leap:
    """Stands where the selector stood."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self.now = 0.0
        self.turns = 0
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise NothingLeftToWaitForError("everybody waits and no timer is set")
        self.turns = 0 if timeout > 0 else self.turns + 1
        if self.turns > MOST_TURNS:
            busy = [str(handle) for handle in list(self._loop._ready)[:5]]
            raise GoingRoundInCirclesError(f"at {self.now:.3f} s: {busy}")
        self.now += max(TURN_S, timeout)
        return []

    def close(self) -> None:
        """Nothing to close."""


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop without sockets, threads or real time."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Leap(self)
        self.faults: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.faults.append(context))

    def time(self) -> float:
        return self._selector.now

    def run_in_executor(self, *_: Any) -> Any:
        raise RuntimeError("no threads in here")

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
        """Let the wall clock pass a night of which nobody sees anything."""
        self._start += by

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
