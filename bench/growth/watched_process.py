"""``python -m bench.growth.watched_process FILE ARGUMENTS``: the program with somebody who looks how late its loop is.

It starts what ``copytrader ARGUMENTS`` starts. SIGUSR1 begins to watch; the next one writes FILE.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from bot.__main__ import main
from engine.supervisor import Supervisor

#: Seconds the one who looks sleeps: he is late by what the loop was busy with meanwhile.
_EVERY_S = 0.001


class _Lateness:
    """Sleeps a millisecond again and again; keeps by how much each was longer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._late: list[float] | None = None

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._toggle)
        while True:
            if self._late is None:
                await asyncio.sleep(0.05)
                continue
            began = time.perf_counter()
            await asyncio.sleep(_EVERY_S)
            if self._late is not None:
                self._late.append(time.perf_counter() - began - _EVERY_S)

    def _toggle(self) -> None:
        if self._late is None:
            self._late = []
            return
        late, self._late = self._late, None
        draft = self._path.with_suffix(".part")
        draft.write_bytes(msgspec.json.encode(late))
        draft.replace(self._path)


def _watch(lateness: _Lateness) -> None:
    """Have it run beside whatever the program runs, as one more of its tasks."""
    honest = Supervisor.watch
    begun: list[str] = []

    def watch(self: Supervisor, name: str, begin: Callable[[], Awaitable[None]]) -> None:
        if not begun:
            begun.append(name)
            honest(self, "lateness", lateness.run)
        honest(self, name, begin)

    setattr(Supervisor, "watch", watch)  # noqa: B010 - it is replaced, which types forbid


if __name__ == "__main__":
    _watch(_Lateness(Path(sys.argv[1])))
    sys.exit(main(sys.argv[2:]))
