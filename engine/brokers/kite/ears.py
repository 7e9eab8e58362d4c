"""Whether an idle connection has something to read: asked of the kernel for all connections together."""

import select
from collections.abc import Callable

from engine.clock import SystemClock

#: How old an answer of the kernel may be, seconds. A server that hangs up within that time is noticed as late
#: as one whose goodbye is still on its way, which takes ten times as long.
LISTEN_S = 0.001
#: Most sockets that one look names; where so many have something to read, all count as having.
_MOST = 1024


class Ears:
    """Hears which sockets have something to read, before the event loop gets round to them.

    One system call in so many seconds for all orders of a burst, instead of one for each.
    Where the system has no epoll (it is Linux's) the socket that is asked about is looked at alone, each time.
    """

    __slots__ = ("_all", "_epoll", "_for_s", "_heard", "_looked_s", "_monotonic")

    def __init__(
        self, monotonic: Callable[[], float] = SystemClock.monotonic, *, for_s: float = 0.0
    ) -> None:
        """Prepare.

        Args:
            monotonic: Returns seconds.
            for_s: Seconds for which a look holds; 0 looks every time.
        """
        self._monotonic = monotonic
        self._for_s = for_s
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._looked_s = float("-inf")
        self._heard: frozenset[int] = frozenset()
        self._all = False

    def add(self, number: int) -> None:
        """Listen to an open socket, by its file number; the kernel forgets it when it is closed."""
        if self._epoll is not None:
            self._epoll.register(number, select.EPOLLIN | select.EPOLLRDHUP)

    def listen_anew(self) -> None:
        """Let no look of before count: an answer came, and a server that hangs up after it does so at once."""
        self._looked_s = float("-inf")

    def heard(self, number: int) -> bool:
        """Return whether there is something to read on a socket that was added, or its end."""
        if self._epoll is None:
            return _look_at(number)
        at_s = self._monotonic()
        if at_s - self._looked_s >= self._for_s:
            found = self._epoll.poll(0, _MOST)
            self._looked_s, self._all = at_s, len(found) == _MOST
            self._heard = frozenset([each for each, _ in found])
        return self._all or number in self._heard


def _look_at(number: int) -> bool:
    if not hasattr(select, "poll"):
        return False  # as it was noticed by the loop
    poller = select.poll()
    poller.register(number, select.POLLIN)
    return bool(poller.poll(0))
