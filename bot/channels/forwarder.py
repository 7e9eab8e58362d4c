"""Takes alerts to one channel: in order, again and again until each is there, never in anyone's way."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.channels.words import in_words
from bot.chat.times import LATE
from engine.clock import Clock
from engine.core.values.notices import Notice, NoticeKind, Severity

_log = logging.getLogger(__name__)

_LOUDNESS = tuple(Severity)
#: Seconds for one attempt, whatever the channel's library makes of its own time limits.
ATTEMPT_S = 60.0
#: Seconds for what is left when the program ends; the whole program may take five.
LAST_WORDS_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Seconds to the first retry, and at most; and how long a trouble may pass before it is told."""

    retry_s: float = 2.0
    retry_max_s: float = 300.0
    told_after_s: float = 30.0


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiting:
    notice: Notice
    may_repeat: bool
    attempts: int = 0


class Forwarder:
    """The queue and the one task of a channel. Nothing is ever dropped.

    Args:
        channel: Makes the attempts.
        least: Alerts below this stay out.
        clock: Tells how late an alert is.
        delivered: Told of each notice that is there.
        told: Told in one line when the channel fails, once, and when it works again.
        pacing: Waits; tests shorten them.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        least: Severity,
        clock: Clock,
        delivered: Callable[[Notice], None],
        told: Callable[[str], None],
        pacing: Pacing | None = None,
    ) -> None:
        self.channel = channel
        self._least = _LOUDNESS.index(least)
        self._clock = clock
        self._delivered = delivered
        self._told = told
        self._pacing = pacing or Pacing()
        self._queue: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._failures = 0
        self._failing_since: tuple[datetime, float] | None = None
        self._is_told = False

    @property
    def backlog(self) -> tuple[int, datetime | None]:
        """How many alerts wait, and when the oldest of them was raised."""
        return len(self._queue), min((each.notice.at for each in self._queue), default=None)

    @property
    def topic(self) -> str:
        """What is told of the channel itself belongs to this; it never goes by the channel."""
        return f"channel:{self.channel.name}"

    def offer(self, notice: Notice, *, may_repeat: bool = False) -> None:
        """Take an alert, if it is for this channel. Returns at once; call it after the commit.

        Args:
            notice: What happened.
            may_repeat: Whether a life before this one may have delivered it.
        """
        loud = _LOUDNESS.index(notice.severity) >= self._least
        if notice.kind is NoticeKind.ALERT and loud and notice.topic != self.topic:
            self._queue.append(_Waiting(notice=notice, may_repeat=may_repeat))
            self._wake.set()
            if notice.severity is Severity.CRITICAL:
                self._urgent.set()

    async def run(self) -> None:
        """Deliver until cancelled; then try once more what cannot wait for the next start."""
        try:
            while True:
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                self._urgent.clear()
                failed = await self._attempt(self._next())
                if failed is not None:
                    await self._wait_after(failed)
        except asyncio.CancelledError:
            try:
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._say_last_words()
            except TimeoutError:
                _log.info("alerts are left for the next start", extra={"action": "forward"})
            raise

    def _next(self) -> _Waiting:
        """Return what is to go now: critical alerts first, then the oldest.

        What was tried more often stands back: a text that is never taken must not stop the others.
        """
        return min(
            self._queue,
            key=lambda each: (each.attempts, each.notice.severity is not Severity.CRITICAL),
        )

    async def _say_last_words(self) -> None:
        for waiting in [w for w in self._queue if w.notice.severity is Severity.CRITICAL]:
            await self._attempt(waiting)
        await self.channel.close()

    async def _wait_after(self, failed: NotSent) -> None:
        """Leave the other side alone for a while; a new critical alert is tried at once.

        What hindered one alert may not hinder the next. Where the other side asked for a wait it has it.
        """
        if failed.wait_s is not None:
            await asyncio.sleep(failed.wait_s)
            return
        pacing = self._pacing
        wait_s = pacing.retry_max_s  # what only a person can mend is not knocked at in vain
        if not failed.lasting:
            wait_s = min(wait_s, pacing.retry_s * 2 ** min(self._failures - 1, 20))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._urgent.wait()

    async def _attempt(self, waiting: _Waiting) -> NotSent | None:
        """Try once; return how it failed, None after a success."""
        text = self._words(waiting)
        try:
            async with asyncio.timeout(ATTEMPT_S):
                outcome = await self.channel.send(text)
        except TimeoutError:
            outcome = NotSent(why=f"no answer in {ATTEMPT_S:.0f} s", may_have_arrived=True)
        except asyncio.CancelledError:
            # Stopped in the middle: rather twice than never.
            waiting.may_repeat = True
            raise
        except Exception as error:  # noqa: BLE001 - a channel's fault must not end its task
            _log.error(
                "a channel failed inside",
                extra={"action": "forward", "channel": self.channel.name},
                exc_info=error,
            )
            why = f"a fault inside ({type(error).__name__}) - see the log"
            outcome = NotSent(why=why, may_have_arrived=True)
        if isinstance(outcome, Sent):
            self._queue.remove(waiting)
            self._delivered(waiting.notice)
            self._is_well(outcome)
            return None
        waiting.attempts += 1
        waiting.may_repeat = waiting.may_repeat or outcome.may_have_arrived
        self._is_ill(outcome)
        return outcome

    def _words(self, waiting: _Waiting) -> AlertText:
        """Return what is sent; one odd alert is named rather than kept back, and ends nothing."""
        notice = waiting.notice
        try:
            return in_words(notice, now=self._clock.now(), may_repeat=waiting.may_repeat)
        except Exception as error:  # noqa: BLE001 - whatever is odd about it, the next ones are not
            _log.error(
                "an alert cannot be put into words",
                extra={"action": "forward", "notice_id": notice.notice_id},
                exc_info=error,
            )
            line = f"{notice.venue.label} {notice.severity.value.upper()} alert {notice.notice_id}: see the chat"
            return AlertText(key=str(notice.notice_id), headline=line, body=line)

    def _is_well(self, sent: Sent) -> None:
        if self._is_told:
            late = sum(self._clock.now() - each.notice.at > LATE for each in self._queue)
            left = f"; {late} more that waited follow now" if late else ""
            self._told(f"{self._title} alerts go out again (since {self._time()}){left}.")
        self._failures, self._failing_since, self._is_told = 0, None, False
        if sent.but:
            self._told(f"{self._title}: {sent.but}.")

    def _is_ill(self, failed: NotSent) -> None:
        self._failures += 1
        _log.warning(
            "alert not forwarded",
            extra={"action": "forward", "channel": self.channel.name, "reason": failed.why},
        )
        now = self._clock.monotonic()
        if self._failing_since is None:
            self._failing_since = (self._clock.now(), now)
        since, began = self._failing_since
        waits = failed.wait_s is not None
        long = now - began >= self._pacing.told_after_s
        if not self._is_told and (failed.lasting or (long and not waits)):
            self._is_told = True
            self._told(
                f"{self._title} alerts do not go out (since {self._time(since)}): {failed.why}. They are "
                "kept and tried again; in this chat nothing is missing. To try it: copytrader "
                f"notify-test {self.channel.name}"
            )

    @property
    def _title(self) -> str:
        return self.channel.title

    def _time(self, at: datetime | None = None) -> str:
        return f"{at or self._clock.now():%H:%M:%S}"
