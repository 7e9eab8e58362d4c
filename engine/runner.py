"""The one queue and the one writer: drain, decide, commit once, then let the lanes send."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Protocol

from engine.clock import Clock
from engine.core.decide import decide
from engine.core.state.state import State
from engine.core.state.turn import Decision, child_tag
from engine.core.values import records as r
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Priority,
    Withheld,
    WithheldReason,
)
from engine.core.values.control import Reply, Request, Requester, SetKill, StartCopy, StopCopy
from engine.core.values.events import (
    Answered,
    Asked,
    DiskFilled,
    Event,
    Faulted,
    RowHinted,
    Ticked,
)
from engine.core.values.intents import IntentState
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Notice
from engine.errors import JournalError, JournalFull
from engine.lanes import Allowances, Lane

_log = logging.getLogger(__name__)

_RANK = {Priority.EXIT: 0, Priority.CANCEL: 1, Priority.MODIFY: 2, Priority.ENTRY: 3}
#: So many decisions that failed by a bug of ours within a minute end the process; it starts anew
#: from the journal.
MOST_FAULTS, FAULTS_WITHIN_S = 3, 60.0


#: A drain that has taken so long commits and lets the loop turn: else one burst of the master's would be one drain,
#: and nobody's /stop, no socket and no answer of a broker would be heard meanwhile. A choice of ours: far less than
#: people or brokers notice, far more than the commit of it costs.
LONGEST_DRAIN_S = 0.02


class JournalPort(Protocol):
    """What the writer needs of the store."""

    def load(self) -> State:
        """Rebuild the state from the records."""
        ...

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        """Make a batch durable, or raise ``JournalError`` with nothing written.

        ``JournalFull`` may be tried once more where room was made.
        """
        ...


def _only_stops(request: Request) -> bool:
    """Whether a request can do nothing but keep entries back."""
    return isinstance(request, StopCopy) or (isinstance(request, SetKill) and request.active)


def _lets_go(event: Event) -> bool:
    """Whether an event takes back what :func:`_only_stops`."""
    request = event.request if isinstance(event, Asked) else None
    return isinstance(request, StartCopy) or (isinstance(request, SetKill) and not request.active)


def _can_wait(event: Event) -> bool:
    """Whether nothing that an event tells could keep an entry back."""
    return isinstance(event, Answered) and isinstance(event.outcome, Acked)


def _no_room() -> bool:
    return False


def _nobody_asks(_questions: Sequence[MarginQuestion]) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What follows a commit.

    Attributes:
        notify: Takes notices; must not wait.
        read: Takes accounts whose order book is to be read now; must not wait.
        restored: Puts what is not journalled (rules, instruments) into a state that was rebuilt.
        ask_margin: Takes questions about margins; must not wait. Their answers are events.
        make_room: Frees what room was kept on the store's disk; False where there is none to free.
    """

    notify: Callable[[Sequence[Notice]], None]
    read: Callable[[frozenset[AccountName]], None]
    restored: Callable[[State], None]
    make_room: Callable[[], bool] = _no_room
    ask_margin: Callable[[Sequence[MarginQuestion]], None] = _nobody_asks


class Runner:
    """Owns the state. Everything that happens comes in through :meth:`offer` or :meth:`ask`."""

    def __init__(self, state: State, journal: JournalPort, *, clock: Clock, hooks: Hooks) -> None:
        self.state = state
        self.lanes: Mapping[tuple[Venue, AccountName], Lane] = {}
        #: The heartbeat: counts the ticks that were decided, and whose decisions are durable.
        self.beats = 0
        #: When orders last left, by the monotonic clock; what is not urgent keeps away from it.
        self.sent_at_s = float("-inf")
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._journal = journal
        self._clock = clock
        self._hooks = hooks
        self._queue: deque[tuple[Event, asyncio.Future[Reply] | None]] = deque()
        self._scheduled = False
        self._faults: list[float] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be decided, and no order is on its way to a broker."""
        sending = (
            child.state is IntentState.SENDING for child in self.state.open_children.values()
        )
        return not self._queue and not self.failed.done() and not any(sending)

    def offer(self, event: Event) -> None:
        """Queue an event; it is decided, with all others that are ready, in the next loop turn.

        What the master's socket tells goes before the answers that came last and took an order: a thousand of
        them, to his order before, take a tenth of a second, and what they tell can wait. All else keeps its place,
        and so do other answers: where it is not known what became of an entry, the next one there must not leave.
        """
        if isinstance(event, RowHinted) and event.account == MASTER:
            self._queue.insert(self._before_last_answers(), (event, None))
        else:
            self._queue.append((event, None))
        self._drain_soon()

    def report(self, request: Request, *, by: Requester) -> None:
        """Queue a request that nobody waits for, stamped by the engine's clock as any other."""
        at = self._clock.now()
        self.offer(Asked(request=request, by=by, update_id=None, sent_at=None, at=at))

    async def ask(
        self,
        request: Request,
        *,
        by: Requester,
        update_id: int | None = None,
        sent_at: datetime | None = None,
    ) -> Reply:
        """Decide a person's request at once and return its answer, which is durable by then.

        Raises:
            JournalError: Nothing took effect.
        """
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        event = Asked(
            request=request, by=by, update_id=update_id, sent_at=sent_at, at=self._clock.now()
        )
        # Ahead of what has come and was not decided: no entry of that is wanted any more.
        place = self._behind_what_starts() if _only_stops(request) else len(self._queue)
        self._queue.insert(place, (event, answer))
        self._drain()
        return await answer

    def _before_last_answers(self) -> int:
        """Return the place in the queue from which on there is nothing but answers that took an order."""
        answers = takewhile(lambda queued: _can_wait(queued[0]), reversed(self._queue))
        return len(self._queue) - sum(1 for _ in answers)

    def _behind_what_starts(self) -> int:
        """Return the first place in the queue at which nothing follows that lets entries leave again.

        A start, or the release of the kill switch, that was asked before a stop must not be decided after it.
        """
        starts = (at for at, (event, _) in enumerate(self._queue, 1) if _lets_go(event))
        return max(starts, default=0)

    def _drain(self) -> None:
        """Decide what is ready, commit once, then act; what would take too long comes in the loop's next turn."""
        self._scheduled = False
        if self.failed.done():
            self._refuse_all()
            return
        done: list[tuple[Event, Decision, asyncio.Future[Reply] | None]] = []
        allowances = Allowances(self.lanes)
        until = self._clock.monotonic() + LONGEST_DRAIN_S
        while self._queue:
            event, answer = self._queue.popleft()
            try:
                decision = decide(self.state, event, allowances)
            except Exception as error:  # noqa: BLE001 - our bug, whatever it is: halt entries, keep exits
                self._commit(done)
                self._recover(event, answer, error)
                return
            allowances.use(decision.sends)
            for fault in decision.faults:
                _log.critical("a symbol was parked", extra={"action": "park"}, exc_info=fault)
            done.append((event, decision, answer))
            if self._clock.monotonic() >= until:
                break
        self._commit(done)
        if self._queue:
            self._drain_soon()

    def _drain_soon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _commit(self, done: Sequence[tuple[Event, Decision, asyncio.Future[Reply] | None]]) -> None:
        kept = [(event, d.records) for event, d, _ in done if d.records]
        try:
            if kept:
                self._write(kept)
        except JournalError as error:
            _log.critical("journal failed, nothing more is sent", extra={"action": "halt"})
            for _, _, answer in done:
                if answer is not None and not answer.done():
                    answer.set_exception(error)
            if not self.failed.done():
                self.failed.set_exception(error)
            return
        self._act([decision for _, decision, _ in done])
        self.beats += any(isinstance(event, Ticked) for event, _, _ in done)
        for _, decision, answer in done:
            if answer is not None and not answer.done():
                answer.set_result(decision.reply or Reply(accepted=True, text=""))

    def _write(self, kept: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        """Commit; where the disk is full once more, in the room that was kept for that.

        Raises:
            JournalError: Nothing was written.
        """
        try:
            self._journal.commit(kept)
        except JournalFull:
            if not self._hooks.make_room():
                raise
            _log.critical("disk full, kept room is freed", extra={"action": "stop entries"})
            self._journal.commit(kept)
            # What was just decided is durable and may leave; it is the next entry that is kept back.
            self.offer(DiskFilled(at=self._clock.now()))

    def _act(self, decisions: Sequence[Decision]) -> None:
        commands: list[Command] = [c for decision in decisions for c in decision.sends]
        # Stable: within one rank the order of decision stays.
        commands.sort(key=lambda command: _RANK[command.priority])
        for command in commands:
            lane = self.lanes.get((command.venue, command.follower))
            if lane is not None:
                lane.send(command)
            else:
                self.offer(self._withheld(command))
        if commands:
            self.sent_at_s = self._clock.monotonic()
        questions = [each for decision in decisions for each in decision.questions]
        if questions:
            self._hooks.ask_margin(questions)
        notices = [notice for decision in decisions for notice in decision.notices]
        if notices:
            self._hooks.notify(notices)
        reads = frozenset().union(*(decision.reads for decision in decisions))
        if reads:
            self._hooks.read(reads)

    def _withheld(self, command: Command) -> Answered:
        """Attest for an account that is not configured any more: nothing leaves for it."""
        return Answered(
            tag=child_tag(command.intent_id),
            intent_id=command.intent_id,
            cancel=isinstance(command, Cancel),
            modify=isinstance(command, Modify),
            outcome=Withheld(reason=WithheldReason.NO_PERMIT),
            at=self._clock.now(),
        )

    def _recover(
        self, event: Event, answer: asyncio.Future[Reply] | None, error: Exception
    ) -> None:
        """A decision failed by a bug of ours: rebuild the state, drop the event, tell people.

        Crash-only: after several in a minute the process ends and starts from the journal.
        """
        now = self._clock.monotonic()
        self._faults = [*(at for at in self._faults if now - at < FAULTS_WITHIN_S), now]
        _log.critical(
            "a decision failed",
            extra={"action": "recover", "event": type(event).__name__},
            exc_info=error,
        )
        if len(self._faults) >= MOST_FAULTS:
            if not self.failed.done():
                self.failed.set_exception(error)
            self._refuse_all()
            return
        try:
            self.state = self._journal.load()
        except JournalError as damaged:
            # Half a decision is in the state and the store cannot undo it: nothing more may leave.
            if answer is not None and not answer.done():
                answer.set_exception(damaged)
            if not self.failed.done():
                self.failed.set_exception(damaged)
            self._refuse_all()
            return
        self._hooks.restored(self.state)
        if answer is not None and not answer.done():
            answer.set_exception(JournalError("that request failed inside; nothing took effect"))
        self.offer(
            Faulted(
                topic="engine",
                text=f"A fault inside the program while handling {type(event).__name__}: "
                "that event was dropped and the state rebuilt from the journal.",
                at=self._clock.now(),
            )
        )

    def _refuse_all(self) -> None:
        for _, answer in self._queue:
            if answer is not None and not answer.done():
                answer.set_exception(JournalError("the program is halting; nothing took effect"))
        self._queue.clear()
