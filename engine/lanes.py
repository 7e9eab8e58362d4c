"""One lane per account and venue: the last gate before a write leaves, and its answer back."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from typing_extensions import override

from engine.budget import RateBudget
from engine.clock import Clock
from engine.core.state.turn import child_tag
from engine.core.values.commands import (
    Cancel,
    Command,
    Modify,
    Outcome,
    Place,
    Priority,
    RefusalKind,
    Refused,
    Unknown,
    Withheld,
    WithheldReason,
)
from engine.core.values.events import Allowance, Answered
from engine.core.values.market import AccountName, Venue
from engine.moment import Lookout, Moment, Reading
from engine.ports import OrderGateway

_log = logging.getLogger(__name__)

#: Seconds until a write without an answer is UNKNOWN; the official SDK waits as long
#: (kiteconnect 5.2.2, default timeout).
ANSWER_TIMEOUT_S = 7.0

#: The wall clock's reading, and seconds of the monotonic one.
Clocks = tuple[Reading, float]


class Lane:
    """Sends one account's writes; nothing here waits, so no account delays another.

    Args of the constructor that say what may leave: ``lookout`` tells the kill switch, and the time for deadlines
    and the budget; ``epoch`` tells the mode epoch whose entries may leave, None while the follower is paused.
    ``clock`` stamps answers.
    """

    __slots__ = ("_answered", "_budget", "_clock", "_epoch", "_gateway", "_lookout")

    def __init__(
        self,
        gateway: OrderGateway,
        *,
        clock: Clock,
        lookout: Lookout,
        epoch: Callable[[], int | None],
        answered: Callable[[Answered], None],
        budget: RateBudget | None,
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._lookout = lookout
        self._epoch = epoch
        self._answered = answered
        self._budget = budget

    @property
    def is_limited(self) -> bool:
        """Whether the venue counts what leaves."""
        return self._budget is not None

    def clocks(self) -> Clocks:
        """Return what both clocks show now, for :meth:`allowance`."""
        at_s = self._lookout.monotonic()
        return self._lookout.reading(at_s), at_s

    def allowance(self, seen: Clocks | None = None) -> Allowance | None:
        """Return what may leave now, or None where the venue has no limits.

        Args:
            seen: What the clocks of any lane showed a moment ago, while nothing has left since; None: they
                are read. The earlier it is, the less may leave.
        """
        if self._budget is None:
            return None
        reading, at_s = seen or self.clocks()
        return self._budget.allowance(reading, at_s)

    def send(self, command: Command) -> None:
        """Let one journalled write leave, or attest that no byte of it did."""
        at_s = self._lookout.monotonic()
        moment = self._lookout.moment(at_s)
        # A resting order that grows or gets another price enters as a new one does.
        entry: Place | Modify | None = None
        if isinstance(command, Place):
            entry = command if command.priority is Priority.ENTRY else None
        elif isinstance(command, Modify) and command.enters:
            entry = command
        withheld = None if entry is None else self._withheld(entry, moment)
        if withheld is not None:
            self._done(command, withheld)
            return
        if self._budget is not None:
            self._budget.spend(moment, at_s)
        try:
            self._gateway.submit(
                command, timeout_s=ANSWER_TIMEOUT_S, done=partial(self._done, command)
            )
        except Exception as error:  # noqa: BLE001 - one account's bug must not keep others' writes in
            _log.error(
                "gateway failed",
                extra={"action": "send", "account": command.follower},
                exc_info=error,
            )
            # A byte may have left: never send it again, find out.
            fault = f"a fault inside while sending ({type(error).__name__})"
            self._done(command, Unknown(detail=fault))

    def _done(self, command: Command, outcome: Outcome) -> None:
        not_sent = isinstance(outcome, Refused) and outcome.kind is RefusalKind.NOT_SENT
        if not_sent and self._budget is not None:
            self._budget.take_back()
        self._answered(
            Answered(
                tag=child_tag(command.intent_id),
                intent_id=command.intent_id,
                cancel=isinstance(command, Cancel),
                modify=isinstance(command, Modify),
                outcome=outcome,
                at=self._clock.now(),
            )
        )

    def _withheld(self, entry: Place | Modify, moment: Moment) -> Withheld | None:
        """Ask kill switch, mode epoch, pause and deadline once more; only entries can be held back.

        What a person asked for may have been decided in the same drain of the queue, after the entry was.
        """
        epoch = self._epoch()
        if epoch is None:
            return Withheld(reason=WithheldReason.PAUSED)
        if moment.killed or entry.mode_epoch != epoch:
            return Withheld(reason=WithheldReason.KILLED)
        deadline = entry.deadline if isinstance(entry, Place) else None
        if deadline is not None and moment.now > deadline:
            return Withheld(reason=WithheldReason.EXPIRED)
        return None

    async def close(self) -> None:
        """Close the gateway; what is outstanding ends as UNKNOWN."""
        await self._gateway.close()


class Allowances(Mapping[AccountName, Allowance]):
    """What each live account may still send in one drain of the queue, less what was decided in it.

    A lane is asked when its account is first looked at, and once: nothing leaves while a drain lasts. For the same
    reason the clocks are read once for all of them.
    """

    def __init__(self, lanes: Mapping[tuple[Venue, AccountName], Lane]) -> None:
        self._lanes = lanes
        self._began: dict[AccountName, Allowance | None] = {}
        self._used: Counter[AccountName] = Counter()
        self._seen: Clocks | None = None

    def use(self, commands: Iterable[Command]) -> None:
        """Take what a decision sends out of what the next ones may."""
        self._used.update(each.follower for each in commands if each.venue is Venue.LIVE)

    @override
    def __getitem__(self, follower: AccountName) -> Allowance:
        if follower not in self._began:
            lane = self._lanes[Venue.LIVE, follower]
            if self._seen is None:
                self._seen = lane.clocks()
            self._began[follower] = lane.allowance(self._seen)
        began, used = self._began[follower], self._used.get(follower, 0)
        if began is None:
            raise KeyError(follower)
        if not used:
            return began
        return Allowance(entries=max(0, began.entries - used), total=max(0, began.total - used))

    @override
    def __iter__(self) -> Iterator[AccountName]:
        return (
            follower
            for (venue, follower), lane in self._lanes.items()
            if venue is Venue.LIVE and lane.is_limited
        )

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)
