"""What deciding costs, measured in the program itself; the rounds of the table run without it."""

import asyncio
import signal
import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.child import BenchError
from bench.messages import Played

#: Seconds until a signal is heeded, at most; and between looks for the file.
_HEEDED_S, _LOOK_S = 10.0, 0.05


class Decisions:
    """Has the program time its decisions for a while, and sums them up by round."""

    def __init__(self, folder: Path) -> None:
        """Take the folder in which the program writes."""
        self._path = folder / "decisions.json"
        self._took: list[tuple[int, int]] = []

    @property
    def launcher(self) -> tuple[str, ...]:
        """What the interpreter has to start as the program."""
        return ("-m", "bench.timed_process", str(self._path))

    @asynccontextmanager
    async def timed(self, signal_program: Callable[[signal.Signals], None]) -> AsyncIterator[None]:
        """Have decisions timed while this is open.

        Raises:
            BenchError: The program wrote nothing.
        """
        signal_program(signal.SIGUSR1)
        await asyncio.sleep(_LOOK_S)
        yield
        signal_program(signal.SIGUSR1)
        try:
            async with asyncio.timeout(_HEEDED_S):
                while not self._path.exists():  # noqa: ASYNC110 - another process has no event
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise BenchError("the program did not write what its decisions took") from None
        self._took = msgspec.json.decode(self._path.read_bytes(), type=list[tuple[int, int]])

    def us(self, rounds: Sequence[Played]) -> float:
        """Return the microseconds of deciding in a round, from the frame to the last order; the median."""
        return statistics.median(self._within(played) / 1000 for played in rounds)

    def _within(self, played: Played) -> int:
        until_ns = played.sent_ns + int((played.last_us or 0) * 1000)
        return sum(took for at, took in self._took if played.sent_ns <= at <= until_ns)
