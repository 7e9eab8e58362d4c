"""From options to an exit status: which show, which signals, what is said at the end."""

import asyncio
import contextlib
import os
import signal
import sys
from typing import TextIO

from rich.console import Console

from demo.picture.saving import save_or_say_why_not
from demo.show.full_screen import FullScreen
from demo.show.options import Options
from demo.show.plain_show import PlainShow
from demo.show.run import Outcome, Show, play
from demo.show.verdict import plain_verdict, rich_verdict

_FAILED = 1
_SIGNALLED = 128
#: What ends the show in good order; a closed terminal sends SIGHUP, which Windows has not.
_ENDING = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if name in signal.Signals.__members__
)
#: Its number where it exists; Windows has no name for it.
_SIGPIPE = 13
#: Below this a live screen shows too little to be worth it: columns, rows.
_SMALLEST = (60, 20)


def run_show(options: Options) -> int:
    """Play the show on this process's terminal and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        _survive_any_character(stream)
    house = _House(options, Console())
    try:
        return asyncio.run(house.open())
    except KeyboardInterrupt:
        return _SIGNALLED + signal.SIGINT
    except BrokenPipeError:
        # Whoever read the lines has gone; nothing may be flushed to them at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGNALLED + _SIGPIPE
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user, whatever failed
        said = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"copytrader: unexpected error, {said} - please report it\n")
        return _FAILED


class _House:
    """One evening: the show with its signals."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._signal: signal.Signals | None = None

    async def open(self) -> int:
        """Play, and say how it ended."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            # Not on Windows, where Ctrl-C cancels through asyncio.run itself.
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, self._end, number, task)
        try:
            return await self._play()
        except asyncio.CancelledError:
            if self._signal is None:
                raise
            with contextlib.suppress(OSError):  # the terminal may be what ended
                sys.stderr.write("copytrader: stopped; everything is ended and tidied up\n")
            return _SIGNALLED + self._signal
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    def _end(self, number: signal.Signals, task: "asyncio.Task[int] | None") -> None:
        """End in good order at the first signal; a second one changes nothing, it is bounded."""
        if self._signal is None and task is not None:
            self._signal = number
            task.cancel()

    async def _play(self) -> int:
        if self._wants_screen():
            with FullScreen(self._console) as screen:
                outcome = await _with(self._options, screen)
            self._report(outcome)
        else:
            plain = PlainShow(sys.stdout)
            outcome = await _with(self._options, plain)
            lines = plain_verdict(
                outcome.books, master_orders=outcome.master_orders, failure=outcome.failure
            )
            _write(sys.stdout, "\n".join(["", *lines]))
        said = save_or_say_why_not(outcome.chart, self._options.picture_file)
        _write(sys.stdout, said)
        _complain(outcome)
        return 0 if outcome.is_good else _FAILED

    def _wants_screen(self) -> bool:
        width, height = self._console.size
        large = width >= _SMALLEST[0] and height >= _SMALLEST[1]
        can_draw = self._console.is_terminal and not self._console.is_dumb_terminal
        return can_draw and large and not self._options.headless

    def _report(self, outcome: Outcome) -> None:
        table = rich_verdict(
            outcome.books, master_orders=outcome.master_orders, failure=outcome.failure
        )
        self._console.print(table)


async def _with(options: Options, show: Show) -> Outcome:
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(show.follow())
        try:
            return await play(options, show)
        finally:
            following.cancel()


def _complain(outcome: Outcome) -> None:
    """Say on stderr what broke, and where to look."""
    if outcome.folder is None:
        return
    said = f"copytrader: {outcome.failure}\n" if outcome.failure else ""
    tail = f"the end of its log:\n{outcome.log_tail}\n" if outcome.log_tail else ""
    _write(sys.stderr, f"{said}everything is kept in {outcome.folder}; {tail}".rstrip("; \n"))


def _write(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()


def _survive_any_character(stream: TextIO) -> None:
    """Let a terminal that cannot show a character show a question mark instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
