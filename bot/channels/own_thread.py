"""Runs calls of libraries that block, in a thread of their own and one at a time."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class StillBusyError(Exception):
    """The call before has not come back yet; try later."""


class OwnThread(Generic[T]):
    """One blocking call at a time, in a thread that the end of the program does not wait for.

    An executor's threads are waited for when the process ends (CPython, concurrent.futures.thread):
    a server that does not answer would then hold up a stop.

    Args:
        name: The thread's, for whoever looks at the process.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy = threading.Event()

    async def call(self, work: Callable[[], T]) -> T:
        """Return what the call returns, or raise what it raises; bound the wait by a timeout.

        Raises:
            StillBusyError: A call that was given up has not come back yet. Nothing was begun.
        """
        if self._busy.is_set():
            raise StillBusyError
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type]  # there is one where no error is

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - handed to whoever waits for it
                error = raised
            self._busy.clear()
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop has ended: nobody waits any more

        self._busy.set()
        threading.Thread(target=run, name=self._name, daemon=True).start()
        return await answer
