"""``python -m bench.profile_process FOLDER ARGUMENTS``: the program with a profiler that sleeps.

It starts what ``copytrader ARGUMENTS`` starts. SIGUSR1 begins and ends samples of what runs,
SIGUSR2 begins and ends counts of every call (cProfile); each end writes its file. Nothing is
measured, and nothing costs anything, before a signal comes.
"""

import cProfile
import gc
import signal
import sys
import time
from pathlib import Path
from types import CodeType, FrameType

import msgspec

from bot.__main__ import main

#: Seconds between samples. A look takes some 10 us: oftener, and it is itself what is measured.
_EVERY_S = 0.0005
SAMPLES, CALLS = "samples.json", "calls.prof"


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A line that runs, or waits for what it has called."""

    file: str
    function: str
    line: int


class Samples(msgspec.Struct, frozen=True):
    """What ran when.

    Attributes:
        stacks: Innermost place first.
        seen: Nanosecond (CLOCK_REALTIME) and the number of the stack that was found then. A call
            into C is found when it returns.
        collections: Nanosecond of the end of a garbage collection, and how many it took.
    """

    stacks: list[tuple[Place, ...]]
    seen: list[tuple[int, int]]
    collections: list[tuple[int, int]]


class _Sampler:
    """Looks at the stack at every alarm."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stacks: dict[tuple[CodeType | int, ...], int] = {}
        self._seen: list[tuple[int, int]] = []
        self._collections: list[tuple[int, int]] = []
        self._collecting_ns = 0
        self._runs = False

    def toggle(self, _number: int, _frame: FrameType | None) -> None:
        self._runs = not self._runs
        if self._runs:
            gc.callbacks.append(self._collects)
            signal.signal(signal.SIGALRM, self._look)
            signal.siginterrupt(signal.SIGALRM, False)  # noqa: FBT003 - as it is declared
            signal.setitimer(signal.ITIMER_REAL, _EVERY_S, _EVERY_S)
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.callbacks.remove(self._collects)
        stacks = [_places(stack) for stack in self._stacks]
        found = Samples(stacks=stacks, seen=self._seen, collections=self._collections)
        self._path.write_bytes(msgspec.json.encode(found))

    def _look(self, _number: int, frame: FrameType | None) -> None:
        at_ns = time.time_ns()
        found: list[CodeType | int] = []
        while frame is not None:
            # Where in the code, not which line: to look that up is dear.
            found += frame.f_code, frame.f_lasti
            frame = frame.f_back
        stack = tuple(found)
        self._seen.append((at_ns, self._stacks.setdefault(stack, len(self._stacks))))

    def _collects(self, phase: str, _info: dict[str, int]) -> None:
        now_ns = time.time_ns()
        if phase == "start":
            self._collecting_ns = now_ns
        else:
            self._collections.append((now_ns, now_ns - self._collecting_ns))


def _places(stack: tuple[CodeType | int, ...]) -> tuple[Place, ...]:
    pairs = zip(stack[::2], stack[1::2], strict=True)
    return tuple(
        Place(code.co_filename, code.co_qualname, _line(code, at))
        for code, at in pairs
        if isinstance(code, CodeType) and isinstance(at, int)
    )


def _line(code: CodeType, at: int) -> int:
    lines = (line for begin, end, line in code.co_lines() if begin <= at < end)
    return next(lines, None) or code.co_firstlineno  # None where the compiler made the code up


class _Counter:
    """Counts and times every call, Python's and C's; it makes calls look dearer than they are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._profile = cProfile.Profile()
        self._runs = False

    def toggle(self, _number: int, _frame: FrameType | None) -> None:
        self._runs = not self._runs
        if self._runs:
            self._profile.enable()
        else:
            self._profile.disable()
            self._profile.dump_stats(self._path)


def run() -> int:
    """Start the program; return its exit status."""
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGUSR1, _Sampler(folder / SAMPLES).toggle)
    signal.signal(signal.SIGUSR2, _Counter(folder / CALLS).toggle)
    return main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(run())
