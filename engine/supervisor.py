"""Wraps every long task: one account's failure restarts that task and never ends a sibling."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from engine.clock import Clock

_log = logging.getLogger(__name__)

#: Seconds before a failed task is begun again: first, and at most.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class Supervisor:
    """Runs named tasks in one TaskGroup and begins each again when it fails."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        *,
        clock: Clock,
        faulted: Callable[[str, BaseException], None],
    ) -> None:
        self._group = group
        self._clock = clock
        self._faulted = faulted
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def watch(self, name: str, begin: Callable[[], Awaitable[None]]) -> None:
        """Run ``begin()`` under this name for ever; when it fails, tell and begin again."""
        self._tasks[name] = self._group.create_task(self._keep(name, begin), name=name)

    def unwatch(self, name: str) -> None:
        """End a watched task, where there is one of this name."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Run something short once; its failure is told and ends nothing else."""

        async def once() -> None:
            await work

        self._group.create_task(self._guard(name, once), name=name)

    def stop(self) -> None:
        """Cancel every watched task."""
        for task in self._tasks.values():
            task.cancel()

    async def _keep(self, name: str, begin: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE_S
        while True:
            before = self._clock.monotonic()
            if await self._guard(name, begin):
                return
            if self._clock.monotonic() - before > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _guard(self, name: str, begin: Callable[[], Awaitable[None]]) -> bool:
        """Return whether the task ended by itself; a failure is logged and told."""
        try:
            await begin()
        except Exception as error:  # noqa: BLE001 - whatever a task dies of, its siblings go on
            _log.error("task failed", extra={"action": "restart", "task": name}, exc_info=error)
            self._faulted(name, error)
            return False
        return True
