"""The nightly backup: when it is due, who makes it, and that people hear when it fails."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from engine.clock import Clock

#: IST: after the last exchange has closed (MCX at 23:55 in winter) and before sessions end at 06:00.
NIGHTLY_AT = timedelta(hours=2)
#: After a start whatever else it brings comes first. A night that was missed is made up for then.
FIRST_LOOK_S = 300.0
LOOK_EVERY_S = 60.0
#: A disk that is away may come back; the alert is told once a day whatever happens.
RETRY_S = 3600.0
#: Ten years of a busy household are copied and compressed in minutes; a hung disk never answers.
MOST_S = 1800.0
#: ``-P``: the working folder may hold a package that is called like ours.
WORKER = (sys.executable, "-P", "-m", "bot.nightly_worker")

_log = logging.getLogger(__name__)


class NightlyBackup:
    """Has another process make one backup a night.

    Args:
        clock: The time, in IST.
        data_dir: Where the store is.
        env_file: The settings.
        folder: Where backups go.
        failed: Tells people, in one line.
        worker: What makes it; tests start others.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        data_dir: Path,
        env_file: Path,
        folder: Path,
        failed: Callable[[str], None],
        worker: Sequence[str] = WORKER,
    ) -> None:
        self._clock = clock
        self._places = (str(data_dir), str(env_file), str(folder))
        self._failed = failed
        self._worker = tuple(worker)
        self._made_for: date | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        pause = FIRST_LOOK_S
        while True:
            await self._clock.sleep(pause)
            pause = LOOK_EVERY_S if await self.look() else RETRY_S

    async def look(self) -> bool:
        """Make the backup if it is due; False where it failed, which people were told."""
        night = (self._clock.now() - NIGHTLY_AT).date()
        if night == self._made_for:
            return True
        why = await self._make(night)
        if not why:
            self._made_for = night
            return True
        _log.error("nightly backup failed", extra={"action": "backup", "why": why})
        self._failed(
            f"The nightly backup was not made: {why}. Copying goes on; it is tried again every hour."
        )
        return False

    async def _make(self, night: date) -> str:
        """Run the other process to its end; return why there is no backup, or an empty text."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._worker,
                *self._places,
                night.isoformat(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                # Nothing of our environment, which may hold secrets.
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            return f"it cannot be begun ({error.strerror})"
        try:
            async with asyncio.timeout(MOST_S):
                body, _ = await process.communicate()
        except TimeoutError:
            return f"its disk did not answer within {MOST_S / 60:.0f} min - look at BACKUP__DIR"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _why_not(body)


def _why_not(body: bytes) -> str:
    try:
        answer = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return "it ended without an answer - try: copytrader backup ."
    if "made" not in answer:
        return str(answer.get("error", "it ended without an answer"))
    if not answer.get("was_there"):
        _log.info("nightly backup made", extra={"action": "backup", "file": str(answer["made"])})
    return ""


def environment() -> dict[str, str]:
    """Return what a worker needs of an environment: where our packages are, and no secret."""
    return {"PYTHONPATH": os.pathsep.join(str(Path(each).resolve()) for each in sys.path)}
