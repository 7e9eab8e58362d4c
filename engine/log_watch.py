"""Has the store's write-ahead log moved into its file while nothing is to be decided."""

from typing import Protocol

from engine.clock import Clock
from engine.errors import JournalError
from engine.runner import Runner

#: Seconds between looks for an idle moment. A choice of ours: a day of the market has many thousands.
LOOK_S = 0.25


class LogStore(Protocol):
    """A store with a log."""

    def shorten_log(self) -> None:
        """Move the log where there is enough of it; the loop stands still for some milliseconds meanwhile.

        Raises:
            JournalError: The disk did not keep it: halt.
        """
        ...


class LogWatch:
    """One supervised task.

    A store that is left alone moves its log when it is full, within a commit: between a decision and its
    sending, and in the middle of a burst, because that is what fills it.
    """

    def __init__(self, runner: Runner, store: LogStore, *, clock: Clock) -> None:
        self._runner, self._store, self._clock = runner, store, clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._clock.sleep(LOOK_S)
            if not self._runner.is_idle:
                continue
            try:
                self._store.shorten_log()
            except JournalError as error:
                if not self._runner.failed.done():
                    self._runner.failed.set_exception(error)
                return
