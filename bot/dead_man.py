"""The dead man's switch: copying stops by itself while the chat cannot be heard; off by default.

Whoever sets it trades alone, and would rather miss entries than have them where no /stop can reach.
Exits go on as ever.
"""

from collections.abc import Awaitable, Callable

from engine.clock import Clock
from engine.core.values.control import Requester

#: Who stops, in the journal.
DEAD_MAN = Requester(user_id=0, name="dead man's switch")
#: Seconds between looks; the limit itself is minutes.
LOOK_EVERY_S = 5.0


class DeadMan:
    """Looks how long the chat has not been heard, and stops copying once in every silence.

    Args:
        clock: Paces the looks.
        limit_s: Seconds of silence that are allowed.
        silent_s: Seconds since Telegram was last read without an error.
        is_armed: Whether real entries may leave now, so that there is something to stop.
        stop: Stops copying and tells people by every channel, with these words.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit_s: float,
        silent_s: Callable[[], float],
        is_armed: Callable[[], bool],
        stop: Callable[[str], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._silent_s = silent_s
        self._is_armed = is_armed
        self._stop = stop
        self._stopped = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Stop copying if the silence has grown too long; once, until the chat is heard again."""
        if self._silent_s() < self._limit_s:
            self._stopped = False
            return
        if self._stopped or not self._is_armed():
            return
        self._stopped = True
        minutes = self._limit_s / 60
        await self._stop(
            f"Telegram was not reached for {minutes:.0f} min, so copying stopped by itself "
            "(TELEGRAM__DEAD_MAN_MINUTES). Exits, reductions and cancels still follow. /start_copy begins again."
        )
