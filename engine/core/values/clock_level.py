"""How wrong this machine's clock is, in three steps."""

from datetime import timedelta
from enum import IntEnum, unique

#: The clock is told from here on. A choice of ours: an entry may be 10 s old by default, and the
#: broker counts requests by the second of its own clock.
OFF = timedelta(seconds=2)
#: Entries stop from here on: no age of an order of the master means anything any more.
FAR_OFF = timedelta(seconds=30)
#: What to do about it: systemd's own client, which every usual Linux server has.
#: Source: timedatectl(1), ``set-ntp``.
MEND_CLOCK = "set it by NTP (sudo timedatectl set-ntp true)"


@unique
class ClockLevel(IntEnum):
    """How bad it is."""

    WELL = 0
    OFF = 1
    FAR_OFF = 2


def level_of(ahead: timedelta) -> ClockLevel:
    """Return how bad it is that our clock is ahead of the broker's by so much (negative: behind)."""
    if abs(ahead) > FAR_OFF:
        return ClockLevel.FAR_OFF
    return ClockLevel.OFF if abs(ahead) > OFF else ClockLevel.WELL
