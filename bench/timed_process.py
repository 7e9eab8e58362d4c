"""``python -m bench.timed_process FILE ARGUMENTS``: the program, with decisions timed on demand.

It starts what ``copytrader ARGUMENTS`` starts, unchanged. SIGUSR1 has the time of every decision
taken down, and the next one writes the file and undoes it: no measured round runs so.
"""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

import msgspec

from bot.__main__ import main
from engine import runner
from engine.core.decide import decide
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values.events import Event
from engine.lanes import Allowances

#: The names the engine's one writer goes by.
_RUNNER = vars(runner)


class _Decisions:
    """Stands in between the engine's one writer and what it decides with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._took: list[tuple[int, int]] = []

    def toggle(self, _number: int, _frame: FrameType | None) -> None:
        """Begin, or write what was found and stop."""
        if _RUNNER["decide"] is decide:
            _RUNNER["decide"] = self._timed
            return
        _RUNNER["decide"] = decide
        # Whole or not at all: somebody waits for it.
        part = self._path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(self._took))
        part.replace(self._path)

    def _timed(self, state: State, event: Event, allowances: Allowances) -> Decision:
        # The thread's own time: deciding waits for nothing but a processor, and that is not its cost.
        at_ns, began = time.time_ns(), time.thread_time_ns()
        decision = decide(state, event, allowances)
        self._took.append((at_ns, time.thread_time_ns() - began))
        return decision


def run() -> int | str:
    """Start the program; return its exit status, or why it cannot be timed."""
    if _RUNNER.get("decide") is not decide:
        return "bench: the runner no longer decides by that name; mend bench/timed_process.py"
    signal.signal(signal.SIGUSR1, _Decisions(Path(sys.argv[1])).toggle)
    return main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(run())
