"""Samples everybody's profit about once a minute while a market is open, when nothing is to be decided."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from engine.clock import Clock
from engine.core.chat.profit_samples import profit_samples
from engine.core.values.profit_sample import ProfitSample
from engine.errors import JournalError
from engine.runner import Runner

_log = logging.getLogger(__name__)

#: Seconds between samples: 400 or so make the line of a day. A choice of ours.
SAMPLE_S = 60.0
#: Seconds between looks for an idle moment, and for how long one is waited for; then that sample is left out.
IDLE_LOOK_S, IDLE_WAIT_S = 0.05, 20.0


class SampleStore(Protocol):
    """Keeps samples."""

    def add_profit_samples(self, samples: Sequence[ProfitSample]) -> None:
        """Keep them in a transaction of their own.

        Raises:
            JournalError: Nothing was written; the next sample comes in a minute.
        """
        ...


class ProfitWatch:
    """One supervised task.

    Args:
        runner: Whose state is sampled, and which tells when nothing waits.
        store: Where samples are kept.
        clock: The time.
        is_open: Whether any market trades at a moment.
    """

    def __init__(
        self,
        runner: Runner,
        store: SampleStore,
        *,
        clock: Clock,
        is_open: Callable[[datetime], bool],
    ) -> None:
        self._runner, self._store, self._clock, self._is_open = runner, store, clock, is_open

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await self._clock.sleep(SAMPLE_S)
            if self._is_open(self._clock.now()) and await self._idle():
                await self._sample()

    async def _idle(self) -> bool:
        """Wait for a moment in which nothing is queued and no order is on its way."""
        until = self._clock.monotonic() + IDLE_WAIT_S
        while not self._runner.is_idle:
            if self._clock.monotonic() >= until:
                return False
            await self._clock.sleep(IDLE_LOOK_S)
        return True

    async def _sample(self) -> None:
        samples = []
        for each in profit_samples(self._runner.state, at=self._clock.now()):
            if each is not None:
                samples.append(each)
            # One account is a few milliseconds on a long day: whatever trades goes between two.
            await asyncio.sleep(0)
        if not samples or not await self._idle():
            return
        try:
            self._store.add_profit_samples(samples)
        except JournalError as error:
            # A gap in a line; where the store has failed for good, the next decision says so.
            _log.warning("profit not sampled", extra={"action": "sample", "reason": str(error)})
