"""The moment at which orders leave: the wall clock and the kill switch, looked at for all lanes together."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from engine.clock import Clock

#: How old a look may be, seconds. The kill switch of another process is to be heeded within a second
#: (docs/commands.md, ``copytrader kill``); a thousandth of that is a few dozen orders of one burst.
LOOK_S = 0.001


class Switch(Protocol):
    """The kill switch, asked synchronously at the last gate."""

    def is_set(self) -> bool:
        """Return whether no entry may leave."""
        ...


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """What the wall clock showed, as budgets count it.

    Attributes:
        now: The wall clock.
        second, day: Number of its calendar second, and of its day.
    """

    now: datetime
    second: int
    day: int


class Moment(Reading, frozen=True, kw_only=True, gc=False):
    """What was seen at one look: the clock, and whether the kill switch was set."""

    killed: bool = False

    @classmethod
    def of(cls, now: datetime, *, killed: bool = False) -> "Moment":
        """Return the moment of a wall clock's reading."""
        day = now.toordinal()
        second = ((day * 24 + now.hour) * 60 + now.minute) * 60 + now.second
        return cls(now=now, second=second, day=day, killed=killed)


class Lookout:
    """Looks at wall clock and kill switch when asked, at most once in so many seconds.

    A hundred orders within two milliseconds need no hundred looks at a file. Every order asks all the same,
    right before its bytes: what it hears is at most that old.
    """

    __slots__ = (
        "_clock",
        "_for_s",
        "_kill",
        "_looked_s",
        "_moment",
        "_read_s",
        "_reading",
        "monotonic",
    )

    def __init__(self, clock: Clock, kill: Switch, *, for_s: float = 0.0) -> None:
        """Prepare.

        Args:
            clock: The time.
            kill: The kill switch.
            for_s: Seconds for which a look holds; 0 looks every time.
        """
        self._clock = clock
        self._kill = kill
        self._for_s = for_s
        self._looked_s = self._read_s = float("-inf")
        self._moment: Moment | None = None
        self._reading: Reading | None = None
        #: Returns seconds of the monotonic clock, read anew.
        self.monotonic: Callable[[], float] = clock.monotonic

    def moment(self, at_s: float) -> Moment:
        """Return what is to be seen now.

        Args:
            at_s: The monotonic clock, seconds, just read.
        """
        moment = self._moment
        if moment is None or at_s - self._looked_s >= self._for_s:
            moment = Moment.of(self._clock.now(), killed=self._kill.is_set())
            self._moment = self._reading = moment
            self._looked_s = self._read_s = at_s
        return moment

    def reading(self, at_s: float) -> Reading:
        """Return what the clock shows, for what is only to be counted: the kill switch is not looked at.

        It is never behind a moment that was returned before, nor is the next moment behind it.

        Args:
            at_s: The monotonic clock, seconds, just read.
        """
        reading = self._reading
        if reading is None or at_s - self._read_s >= self._for_s:
            self._reading = reading = Moment.of(self._clock.now())
            self._read_s = at_s
        return reading
