"""SIGHUP: by hand it has the settings read again; of a closed terminal it ends the program."""

import asyncio
import os
import signal
from pathlib import Path

#: Standard output and the complaints.
_SAYS = (1, 2)


def on_hangup(stop: asyncio.Event) -> asyncio.Event:
    """Return what SIGHUP sets from now on; where the terminal was closed, ``stop`` is set in its place.

    A terminal that is closed sends the same signal (POSIX, general terminal interface). Then the program ends
    as by SIGTERM: nobody who started it by hand expects it to trade on.
    """
    asked = asyncio.Event()
    terminals = [fd for fd in _SAYS if os.isatty(fd)]

    def hung_up() -> None:
        closed = [fd for fd in terminals if not os.isatty(fd)]
        if not closed:
            asked.set()
            return
        # The last words would fail there, and the status of the end with them.
        with Path(os.devnull).open("wb") as nowhere:
            for fd in closed:
                os.dup2(nowhere.fileno(), fd)
        stop.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)
    return asked
