"""The waiting half of ``getUpdates``: one poller at a time, woken by whatever arrives."""

import asyncio
from enum import StrEnum

from demo.chat.errors import ApiError
from demo.chat.params import Params
from demo.chat.updates import JsonObject, UpdateQueue

MAX_POLL_S = 50
"""Longest wait of one call, seconds. Source: the public Bot API server."""


class _End(StrEnum):
    ARRIVED = "arrived"
    SUPERSEDED = "superseded"
    STOPPED = "stopped"


class LongPoll:
    """Answers ``getUpdates`` from a queue."""

    def __init__(self, updates: UpdateQueue) -> None:
        self._updates = updates
        self._waiting: asyncio.Future[_End] | None = None
        self._someone_waits = asyncio.Event()
        updates.on_arrival(lambda: self._end(_End.ARRIVED))

    @property
    def is_waiting(self) -> bool:
        """Whether a bot hangs on the line right now."""
        return self._someone_waits.is_set()

    async def until_waiting(self) -> None:
        """Wait until a bot hangs on the line."""
        await self._someone_waits.wait()

    def stop(self) -> None:
        """Send a waiting poller away, as a server that closes does."""
        self._end(_End.STOPPED)

    async def get_updates(self, params: Params) -> list[JsonObject]:
        """Confirm by offset, then list what waits or wait for it.

        Raises:
            ApiError: 409, a second poller came; 502, the server closes.
        """
        limit = min(max(params.integer("limit", 100), 1), 100)
        timeout_s = min(max(params.integer("timeout", 0), 0), MAX_POLL_S)
        allowed = params.decoded("allowed_updates")
        if isinstance(allowed, list):
            self._updates.allow([str(kind) for kind in allowed])
        # The newcomer wins and the older poll is told, as on the real server.
        self._end(_End.SUPERSEDED)
        ready = self._updates.fetch(params.integer("offset", 0), limit=limit)
        if ready or timeout_s == 0:
            return ready
        match await self._wait(timeout_s):
            case _End.SUPERSEDED:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            case _End.STOPPED:
                raise ApiError(502, "")
            case _:
                return self._updates.fetch(limit=limit)

    async def _wait(self, timeout_s: float) -> _End | None:
        waiting: asyncio.Future[_End] = asyncio.get_running_loop().create_future()
        self._waiting = waiting
        self._someone_waits.set()
        try:
            async with asyncio.timeout(timeout_s):
                return await waiting
        except TimeoutError:
            return None
        finally:
            if self._waiting is waiting:
                self._waiting = None
                self._someone_waits.clear()

    def _end(self, reason: _End) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reason)
