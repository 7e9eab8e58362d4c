"""Builders for the shell around the core: a clock that is moved by hand, a gateway and a journal
that write down what happens in which order, and a runner over a state that is ready to copy."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from engine.core.risk.gates import entry_epoch
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.commands import Acked, Cancel, Command, Modify, Outcome, Place, Priority
from engine.core.values.events import Answered, BookRead, Event
from engine.core.values.intents import IntentState
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import (
    MASTER,
    AccountName,
    OrderId,
    OrderType,
    Product,
    Side,
    Tag,
    Venue,
)
from engine.core.values.notices import Notice
from engine.core.values.orders import OrderRow
from engine.errors import JournalError
from engine.lanes import Lane
from engine.moment import Lookout
from engine.runner import Hooks, Runner
from storage.codec import encode_event
from tests.core.core_world import FATHER, MORNING, World, done


class ManualClock:
    """Time moves only when told; who sleeps wakes when it has moved far enough."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now
        self._seconds = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._seconds + seconds, woken))
        await woken

    def set(self, now: datetime) -> None:
        self._now = now

    async def pass_time(self, seconds: float) -> None:
        """Move both clocks on, wake who is due, and let everybody run until they wait again."""
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds
        due = [woken for at, woken in self._sleepers if at <= self._seconds + 1e-9]
        self._sleepers = [pair for pair in self._sleepers if pair[1] not in due]
        for woken in due:
            if not woken.done():
                woken.set_result(None)
        await settle()


async def settle(turns: int = 30) -> None:
    """Give the loop some turns: nothing here waits for anything but these."""
    for _ in range(turns):
        await asyncio.sleep(0)


@dataclass
class Switch:
    """A kill switch without a file."""

    active: bool = False

    def is_set(self) -> bool:
        return self.active


@dataclass
class Gateway:
    """Writes down what is submitted; answers when told, or at once in the next turn."""

    diary: list[Any] = field(default_factory=list)
    obliging: bool = False
    waiting: list[tuple[Command, Callable[[Outcome], None]]] = field(default_factory=list)

    @property
    def sent(self) -> list[Command]:
        return [entry for entry in self.diary if isinstance(entry, Command)]

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        self.diary.append(command)
        if self.obliging:
            number = OrderId(f"B{len(self.sent)}")
            asyncio.get_running_loop().call_soon(done, Acked(order_id=number))
        else:
            self.waiting.append((command, done))

    async def warm(self) -> None:
        return None

    async def close(self) -> None:
        self.diary.append("closed")


@dataclass
class Kept:
    """A journal that keeps batches in memory and in the diary it shares with the gateway."""

    diary: list[Any] = field(default_factory=list)
    batches: list[list[tuple[Event, tuple[r.Record, ...]]]] = field(default_factory=list)
    broken: bool = False
    loads: int = 0
    begin: Callable[[], State] = State

    def load(self) -> State:
        self.loads += 1
        return self.begin()

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        if self.broken:
            raise JournalError("disk full")
        for event, _ in batch:
            encode_event(event)
        self.batches.append([(event, tuple(records)) for event, records in batch])
        for _, records in batch:
            for record in r.each_of(records):
                if isinstance(record, r.IntentMoved | r.CancelMoved):
                    self.diary.append((record.state, record.tag))


class Shell:
    """A runner with one lane per follower and venue, over a world that is copying in LIVE."""

    def __init__(self, world: World | None = None, journal: Any = None) -> None:
        self.world = world or World()
        self.diary: list[Any] = []
        self.clock = ManualClock(self.world.now)
        self.journal = journal if journal is not None else Kept(diary=self.diary)
        self.kill = Switch()
        self.notices: list[Notice] = []
        self.reads: list[AccountName] = []
        self.questions: list[MarginQuestion] = []
        self.restored: list[State] = []
        hooks = Hooks(
            notify=self.notices.extend,
            read=self.reads.extend,
            restored=self.restored.append,
            ask_margin=self.questions.extend,
        )
        self.runner = Runner(self.world.state, self.journal, clock=self.clock, hooks=hooks)
        self.gateways: dict[AccountName, Gateway] = {}
        lanes = {}
        for name in self.world.rules:
            self.gateways[name] = Gateway(diary=self.diary)
            for venue in Venue:
                lanes[(venue, name)] = Lane(
                    self.gateways[name],
                    clock=self.clock,
                    lookout=Lookout(self.clock, self.kill),
                    epoch=partial(self._epoch_of, venue, name),
                    answered=self.runner.offer,
                    budget=None,
                )
        self.runner.lanes = lanes

    def _epoch_of(self, venue: Venue, name: AccountName) -> int | None:
        return entry_epoch(self.runner.state, venue, name)

    def gateway(self, name: AccountName = FATHER) -> Gateway:
        return self.gateways[name]

    def master(self, *rows: OrderRow) -> BookRead:
        """Return a read of the master's book with these rows new or changed."""
        stamped = [self.world._stamped(row) for row in rows]
        self.world.master_rows.update((row.order_id, row) for row in stamped)
        now = self.clock.now()
        return BookRead(
            venue=Venue.LIVE,
            account=MASTER,
            rows=tuple(stamped),
            total=len(self.world.master_rows),
            asked_at=now,
            at=now,
        )

    def sendings(self) -> list[Tag]:
        return [e[1] for e in self.diary if isinstance(e, tuple) and e[0] is IntentState.SENDING]


def a_place(tag: str = "KCK7AAAA", priority: Priority = Priority.ENTRY, **changed: Any) -> Place:
    """Return a command of the father's: BUY 10 SBIN at MARKET in epoch 1."""
    plain: dict[str, Any] = {
        "venue": Venue.LIVE,
        "follower": FATHER,
        "mode_epoch": 1,
        "deadline": MORNING + timedelta(seconds=10) if priority is Priority.ENTRY else None,
        "exchange": "NSE",
        "symbol": "SBIN",
        "side": Side.BUY if priority is Priority.ENTRY else Side.SELL,
        "product": Product.MIS,
        "order_type": OrderType.MARKET,
        "quantity": 10,
        "market_protection": Decimal(-1),
    }
    return Place(intent_id=tag, tag=Tag(tag), priority=priority, **(plain | changed))


def a_change(*, enters: bool) -> Modify:
    return Modify(
        intent_id="KCK7AAAAm1",
        venue=Venue.LIVE,
        follower=FATHER,
        priority=Priority.MODIFY,
        mode_epoch=1,
        order_id=OrderId("B1"),
        enters=enters,
        quantity=20 if enters else 5,
    )


def a_cancel(intent_id: str = "KCK7AAAAx1", epoch: int = 1) -> Cancel:
    return Cancel(
        intent_id=intent_id,
        venue=Venue.LIVE,
        follower=FATHER,
        mode_epoch=epoch,
        order_id=OrderId("B1"),
    )


__all__ = [
    "FATHER",
    "MORNING",
    "Answered",
    "Gateway",
    "Kept",
    "ManualClock",
    "Shell",
    "Switch",
    "World",
    "a_cancel",
    "a_place",
    "done",
    "settle",
]
