"""A Telegram that misbehaves: faults as data, switched on for some calls or some seconds."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CHAT_WRITES = frozenset(
    {
        "sendmessage",
        "sendphoto",
        "senddocument",
        "editmessagetext",
        "editmessagemedia",
        "editmessagereplymarkup",
        "deletemessage",
        "pinchatmessage",
    }
)
"""The calls that Telegram's flood control counts; polling goes on through a flood wait."""


class FaultKind(StrEnum):
    """How a call goes wrong."""

    #: 429 with ``retry_after``; the call does nothing.
    FLOOD = "flood"
    #: A 5xx page that is not JSON, as from Telegram's front servers; the call does nothing.
    OUTAGE = "outage"
    #: The call works, ``delay_s`` late.
    SLOW = "slow"
    #: The call works, but its answer never arrives: the connection closes.
    LOST_ANSWER = "lost_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One switch.

    Attributes:
        kind: What happens.
        methods: Bot API methods it hits; None = those that write to a chat for ``FLOOD``, else all.
        calls: Ends after hitting this many calls; None = no such end.
        seconds: Ends this long after it was switched on; None = no such end.
        retry_after: Seconds, for ``FLOOD``; while ``seconds`` runs, what is left of them is said.
        status: HTTP status of an ``OUTAGE``, 500 to 599.
        delay_s: How late a ``SLOW`` or ``LOST_ANSWER`` call is, seconds >= 0.
    """

    kind: FaultKind
    methods: frozenset[str] | None = None
    calls: int | None = None
    seconds: float | None = None
    retry_after: int = 5
    status: int = 502
    delay_s: float = 0.0

    def hits(self, method: str) -> bool:
        """Whether a call of this method, in any case, is hit."""
        if self.methods is not None:
            return method.lower() in {name.lower() for name in self.methods}
        return self.kind is not FaultKind.FLOOD or method.lower() in CHAT_WRITES


@dataclass(slots=True)
class _Active:
    fault: Fault
    calls_left: float
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A fault that strikes now, with the seconds to wait that a 429 states."""

    fault: Fault
    retry_after: int


class FaultBoard:
    """The switches that are on; the first one that fits a call strikes it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._active: list[_Active] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        ends_at = None
        if fault.seconds is not None:
            ends_at = self._now() + timedelta(seconds=fault.seconds)
        calls = math.inf if fault.calls is None else fault.calls
        self._active.append(_Active(fault, calls, ends_at))

    def clear(self) -> None:
        """Switch everything off."""
        self._active.clear()

    def take(self, method: str) -> Hit | None:
        """Return the fault that strikes this call, counting it, or None."""
        now = self._now()
        self._active = [
            active
            for active in self._active
            if active.calls_left > 0 and (active.ends_at is None or now < active.ends_at)
        ]
        for active in self._active:
            if active.fault.hits(method):
                active.calls_left -= 1
                wait = active.fault.retry_after
                if active.ends_at is not None:
                    wait = max(1, math.ceil((active.ends_at - now).total_seconds()))
                return Hit(fault=active.fault, retry_after=wait)
        return None
