"""When a snapshot of the state is made, by another process, so that the next start is quick."""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from bot.nightly import NIGHTLY_AT, environment
from engine.clock import Clock

#: Events that a start folds in about a second; ordinary days have hundreds (docs/benchmark.md).
MOST_BEHIND = 25_000
#: After a start whatever else it brings comes first.
FIRST_LOOK_S = 120.0
LOOK_EVERY_S = 15.0
#: A failure costs nothing but a longer start.
RETRY_S = 3600.0
#: Ten years of a busy household are proved and folded in minutes; a hung disk never answers.
MOST_S = 1800.0
#: ``-P``: the working folder may hold a package that is called like ours.
WORKER = (sys.executable, "-P", "-m", "bot.snapshot_worker")

_log = logging.getLogger(__name__)


class Snapshots:
    """Has another process make a snapshot each night, and whenever much was journalled since the last.

    At night the whole history is proved with it, since a start proves only what follows a snapshot.

    Args:
        clock: The time, in IST.
        data_dir: Where the store is.
        newest_event: Tells the number of the newest event that is durable.
        is_quiet: Tells whether no order is on its way; only then one is begun by day.
        damaged: Tells people that the history was changed, in one line.
        worker: What makes it; tests start others.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        data_dir: Path,
        newest_event: Callable[[], int],
        is_quiet: Callable[[], bool],
        damaged: Callable[[str], None],
        worker: Sequence[str] = WORKER,
    ) -> None:
        self._clock = clock
        self._data_dir = data_dir
        self._newest_event = newest_event
        self._is_quiet = is_quiet
        self._damaged = damaged
        self._worker = tuple(worker)
        self._reached: int | None = None
        self._night = self._tonight()

    async def run(self) -> None:
        """Look until cancelled."""
        pause = FIRST_LOOK_S
        while True:
            await self._clock.sleep(pause)
            pause = LOOK_EVERY_S if await self.look() else RETRY_S

    async def look(self) -> bool:
        """Have one made where it is due; False where that failed, which costs nothing but time."""
        night = self._tonight()
        whole = night != self._night
        # In the first look of a life it is not known how old the one that is there may be.
        behind = self._newest_event() - (self._reached or 0)
        if not whole and (behind < MOST_BEHIND or not self._is_quiet()):
            return True
        answer = await self._make(whole=whole)
        if "reached" in answer:
            self._reached, self._night = int(str(answer["reached"])), night
            return True
        why = str(answer.get("damaged") or answer.get("error"))
        _log.error("no snapshot", extra={"action": "snapshot", "why": why})
        if "damaged" in answer:
            self._damaged(
                f"The history in the store was changed by another hand or a bad disk ({why}). Copying goes on, "
                "but the next start will refuse the store: once nothing is held, stop and restore a backup."
            )
        return False

    def _tonight(self) -> date:
        return (self._clock.now() - NIGHTLY_AT).date()

    async def _make(self, *, whole: bool) -> dict[str, object]:
        """Run the other process to its end; return what it answered."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._worker,
                str(self._data_dir),
                "whole" if whole else "rest",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                # Nothing of our environment, which may hold secrets.
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            return {"error": f"it cannot be begun ({error.strerror})"}
        try:
            async with asyncio.timeout(MOST_S):
                body, _ = await process.communicate()
        except TimeoutError:
            return {"error": f"it took longer than {MOST_S / 60:.0f} min"}
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            return msgspec.json.decode(body, type=dict[str, object])
        except msgspec.MsgspecError:
            return {"error": "it ended without an answer"}
