"""The faults in force: which call strikes which, counted and kept on record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from demo.exchange.faults import Call, Fault, Meets, ReadFault, SocketFault, WriteFault

_Kind = TypeVar("_Kind", WriteFault, ReadFault, SocketFault)


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0


@dataclass(slots=True)
class FaultPlan:
    """The faults in force, how often each was met, and which struck."""

    struck: list[tuple[Call, Fault]] = field(default_factory=list)
    _armed: list[_Armed] = field(default_factory=list)

    def add(self, *faults: Fault) -> None:
        """Put more faults in force; each counts its calls from now."""
        self._armed.extend(_Armed(fault) for fault in faults)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Put a whole plan in force."""
        self.add(*faults)

    def clear(self) -> None:
        """Lift every fault; what struck stays on record."""
        self._armed.clear()

    def take(self, kind: type[_Kind], call: Call, *, status: str | None = None) -> _Kind | None:
        """Count a call and return the first fault of `kind` that strikes it.

        Args:
            kind: Write, read or socket.
            call: The call.
            status: Status of the order, for frames.
        """
        struck: _Kind | None = None
        for armed in self._armed:
            fault = armed.fault
            if not isinstance(fault, kind) or not _meets(fault, call, status):
                continue
            armed.seen += 1
            if struck is None and _counts(fault.meets, armed.seen):
                struck = fault
                self.struck.append((call, fault))
        return struck


def _meets(fault: Fault, call: Call, status: str | None) -> bool:
    meets = fault.meets
    if isinstance(fault, SocketFault) and fault.status_of_order not in {None, status}:
        return False
    return (
        meets.user_id in {None, call.user_id}
        and meets.operation in {None, call.operation}
        and meets.tag in {None, call.tag}
        and (meets.after is None or call.at >= meets.after)
        and (meets.until is None or call.at < meets.until)
    )


def _counts(meets: Meets, seen: int) -> bool:
    return seen >= meets.nth and (meets.times is None or seen < meets.nth + meets.times)
