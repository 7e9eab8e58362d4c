"""When Python looks for garbage: while nothing is copied, and never all of the heap at once by itself.

Python counts what is allocated and looks through it in the middle of whatever allocates: a decision
for a hundred followers began three such looks, and one at everything, with a day's instruments,
takes tenths of a second. So what is there to stay is set aside once it is loaded, the young are
looked through when no order has left for a moment, and everything when none has for some seconds.
Most garbage needs no look: it goes with its last reference.
"""

import gc
from collections.abc import Callable
from typing import Protocol

from engine.clock import Clock

#: Seconds between looks whether it is quiet.
LOOK_S = 0.5
#: Seconds without an order after which the young are looked through, and after which everything is.
#: A burst of the master's (slices, the legs of a basket) has fewer between two orders; what 300
#: followers' orders leave behind takes some 15 ms.
YOUNG_QUIET_S, ALL_QUIET_S = 1.0, 5.0
#: Fewest allocations that are worth a look at the young.
YOUNG_LEAST = 5_000
#: Seconds between two looks at everything, and after how many it no longer waits for quiet.
ALL_EVERY_S, ALL_AT_LATEST_S = 300.0, 3_600.0
#: Python's own thresholds: the bound for what is allocated without a quiet moment. 50,000 are a
#: decision for a thousand followers, and a look at them takes some milliseconds.
THRESHOLDS = (50_000, 50, 1_000_000)


class Heap(Protocol):
    """Python's :mod:`gc`, as far as it is used here."""

    def set_threshold(self, threshold0: int, threshold1: int, threshold2: int, /) -> None:
        """Set after how many allocations each generation is looked through."""
        ...

    def get_threshold(self) -> tuple[int, int, int]:
        """Return what was set."""
        ...

    def get_count(self) -> tuple[int, int, int]:
        """Return what was allocated since the last look."""
        ...

    def collect(self, generation: int = 2) -> int:
        """Look through a generation and those younger."""
        ...

    def freeze(self) -> None:
        """Set aside all there is; no look goes through it."""
        ...

    def unfreeze(self) -> None:
        """Take back what was set aside."""
        ...


class Garbage:
    """Looks for garbage at quiet moments."""

    def __init__(
        self,
        *,
        clock: Clock,
        sent_at_s: Callable[[], float],
        loaded: Callable[[], object],
        heap: Heap = gc,
    ) -> None:
        """Prepare; nothing is changed yet.

        Args:
            clock: Measures the quiet.
            sent_at_s: Tells by the monotonic clock when an order last left.
            loaded: Gives what is loaded once a day; while another is, all is set aside anew.
            heap: Python's collector.
        """
        self._clock = clock
        self._sent_at_s = sent_at_s
        self._loaded = loaded
        self._heap = heap
        self._aside: object = None
        self._all_at_s = 0.0

    async def run(self) -> None:
        """Take over from Python until cancelled."""
        before = self._heap.get_threshold()
        self._heap.set_threshold(*THRESHOLDS)
        self._set_aside()
        try:
            while True:
                await self._clock.sleep(LOOK_S)
                self._look()
        finally:
            self._heap.unfreeze()
            self._heap.set_threshold(*before)

    def _look(self) -> None:
        now = self._clock.monotonic()
        quiet_s, since_all_s = now - self._sent_at_s(), now - self._all_at_s
        if quiet_s >= ALL_QUIET_S and self._loaded() is not self._aside:
            self._set_aside()
        elif since_all_s >= (ALL_EVERY_S if quiet_s >= ALL_QUIET_S else ALL_AT_LATEST_S):
            self._heap.collect()
            self._looked_through()
        elif quiet_s >= YOUNG_QUIET_S and self._heap.get_count()[0] >= YOUNG_LEAST:
            self._heap.collect(1)

    def _set_aside(self) -> None:
        """Look through all there is, what was set aside too, and set aside what stays."""
        self._heap.unfreeze()
        self._heap.collect()
        self._heap.freeze()
        self._aside = self._loaded()
        self._looked_through()

    def _looked_through(self) -> None:
        self._all_at_s = self._clock.monotonic()
