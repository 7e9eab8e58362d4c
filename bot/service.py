"""The word between the program and systemd: it runs, it is alive, it ends.

One datagram for each, to the socket that systemd names (man 3 sd_notify, man 5 systemd.service).
"""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self

from engine.clock import Clock

#: Of the time that systemd allows: two feedings may be late before it ends the program.
_FEEDINGS = 3
#: Without a watchdog the line of ``systemctl status`` is brought up to date so often.
_STATUS_S = 10.0

_log = logging.getLogger(__name__)


class ServiceManager:
    """Tells systemd how the program is; make it with :meth:`from_environ`.

    Args:
        address: Where it listens.
        watchdog_s: Seconds without a feeding after which it ends the program; None: it does not.
    """

    def __init__(self, address: str, *, watchdog_s: float | None = None) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._watchdog_s = watchdog_s

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return what the environment tells of; None where nobody listens."""
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        microseconds = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        fed = ours and microseconds.isdecimal() and int(microseconds) > 0
        return cls(address, watchdog_s=int(microseconds) / 1e6 if fed else None)

    def ready(self) -> None:
        """Say that the program runs."""
        self._say("READY=1")

    def stopping(self) -> None:
        """Say that the program is ending."""
        self._say("STOPPING=1")

    async def feed(self, clock: Clock, beats: Callable[[], int], status: Callable[[], str]) -> None:
        """Feed the watchdog for as long as the engine's heart beats, until cancelled.

        A loop that is blocked does not come here; an engine that decides nothing any more, whose journal has
        failed or whose tick has died does not beat. Neither is fed.

        Args:
            clock: Waits.
            beats: How often the engine's heart has beaten.
            status: One line for ``systemctl status``.
        """
        every_s = _STATUS_S if self._watchdog_s is None else self._watchdog_s / _FEEDINGS
        seen = beats()
        while True:
            await clock.sleep(every_s)
            now = beats()
            if now == seen:
                _log.error("the engine does not beat", extra={"action": "watchdog"})
                continue
            seen = now
            self._say(f"STATUS={status()}\nWATCHDOG=1")

    def _say(self, text: str) -> None:
        # Never in the way of trading: what cannot be said at once is left out.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)
            sender.sendto(text.encode(), self._address)
