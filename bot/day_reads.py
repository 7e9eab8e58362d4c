"""Reads of trading days for the chat: today off the state, in small steps; past days by another process."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
from typing_extensions import override

from engine.clock import Clock
from engine.core.chat.day_report import day_report_steps, venues_of_day
from engine.core.state.state import State
from engine.core.values.day_report import DayReport
from engine.core.values.market import Venue
from engine.core.values.profit_sample import ProfitSample
from engine.errors import CopyTraderError

#: Seconds for past days. A month of a busy household folds in well under a minute.
PAST_S = 180.0
#: ``-P``: the working folder may hold a package that is called like ours.
WORKER = (sys.executable, "-P", "-m", "storage.past_worker")


class DaysUnread(CopyTraderError):  # noqa: N818 - named by what happened, as the glossary has them
    """Past days could not be read; the text says why and the mend. Nothing else is affected."""


class DayReads(Protocol):
    """What the chat may read of trading days."""

    def today(self) -> date | None:
        """Return the trading day of now; None before the first."""
        ...

    async def report(self, venue: Venue) -> DayReport:
        """Return today's report at a venue, with prices of now.

        Raises:
            DaysUnread: No trading day has begun.
        """
        ...

    async def reports(self, first: date, last: date, *, rows: bool) -> tuple[DayReport, ...]:
        """Return the reports of the days from first to last, oldest first; of today with prices of now.

        Args:
            first: First trading day.
            last: The last, included.
            rows: Whether a row for every copy is wanted too.

        Raises:
            DaysUnread: Past days could not be read.
        """
        ...

    async def samples(self, day: date) -> tuple[ProfitSample, ...]:
        """Return what was sampled of profit on a day, by account and time.

        Raises:
            StoreDamaged: The store cannot be read.
        """
        ...

    async def last_samples(self, first: date, last: date) -> tuple[ProfitSample, ...]:
        """Return of each account the newest sample of each day, both days included.

        Raises:
            StoreDamaged: The store cannot be read.
        """
        ...


ReadSamples = Callable[[Path, date, date], tuple[ProfitSample, ...]]


class _Answer(msgspec.Struct):
    reports: tuple[DayReport, ...] = ()
    error: str = ""


class StoredDays(DayReads):
    """Reads them of one store.

    Args:
        data_dir: Its folder.
        state: Gives the state of now.
        clock: The time.
        samples: Reads the samples of a day out of the store; runs in a thread.
        last_samples: Reads the newest of each account and day; the same.
        worker: What reads past days; tests start others.
    """

    def __init__(
        self,
        data_dir: Path,
        state: Callable[[], State],
        *,
        clock: Clock,
        samples: Callable[[Path, date], tuple[ProfitSample, ...]],
        last_samples: ReadSamples,
        worker: Sequence[str] = WORKER,
    ) -> None:
        self._data_dir, self._state, self._clock = data_dir, state, clock
        self._samples, self._last_samples = samples, last_samples
        self._worker = tuple(worker)
        # One fold at a time: whoever taps twice waits rather than have two.
        self._turn = asyncio.Lock()

    @override
    def today(self) -> date | None:
        """Return the trading day of now; None before the first."""
        return self._state().trading_day

    @override
    async def report(self, venue: Venue) -> DayReport:
        """Return today's report at a venue, with prices of now."""
        state = self._state()
        if state.trading_day is None:
            raise DaysUnread("no trading day has begun yet: try again in a second")
        steps = day_report_steps(state, venue, as_of=self._clock.now())
        while True:
            try:
                next(steps)
            except StopIteration as done:
                report: DayReport = done.value
                return report
            # Whatever trades goes first.
            await asyncio.sleep(0)

    @override
    async def reports(self, first: date, last: date, *, rows: bool) -> tuple[DayReport, ...]:
        """Return the reports of several days; of today with prices of now."""
        today = self.today()
        found: tuple[DayReport, ...] = ()
        before = last if today is None else min(last, today - timedelta(days=1))
        if first <= before:
            found = await self._past(first, before, rows=rows)
        if today is not None and first <= today <= last:
            found += tuple([await self.report(each) for each in venues_of_day(self._state())])
        return found

    @override
    async def samples(self, day: date) -> tuple[ProfitSample, ...]:
        """Return what was sampled of profit on a day."""
        return await asyncio.to_thread(self._samples, self._data_dir, day)

    @override
    async def last_samples(self, first: date, last: date) -> tuple[ProfitSample, ...]:
        """Return of each account the newest sample of each day."""
        return await asyncio.to_thread(self._last_samples, self._data_dir, first, last)

    async def _past(self, first: date, last: date, *, rows: bool) -> tuple[DayReport, ...]:
        asked = (
            str(self._data_dir),
            first.isoformat(),
            last.isoformat(),
            *(("rows",) if rows else ()),
        )
        async with self._turn:
            body = await self._answer(asked)
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except msgspec.MsgspecError as error:
            raise DaysUnread(
                "past days could not be read: try again, or copytrader report"
            ) from error
        if answer.error:
            raise DaysUnread(answer.error)
        return answer.reports

    async def _answer(self, asked: tuple[str, ...]) -> bytes:
        """Run the other process to its end; it is ended with whoever asked."""
        process = await asyncio.create_subprocess_exec(
            *self._worker,
            *asked,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Nothing of our environment, which may hold secrets.
            env=_environment(),
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PAST_S):
                body, _ = await process.communicate()
        except TimeoutError:
            raise DaysUnread(
                f"past days were not read within {PAST_S:.0f} s: try fewer days, or copytrader report"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return body


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(str(Path(each).resolve()) for each in sys.path)}
