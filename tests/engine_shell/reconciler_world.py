"""A reconciler that runs, over an account whose answers are set by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from engine.core.state.fill_order import Doubt
from engine.core.values.events import BookRead, Event, PositionsRead
from engine.core.values.market import MASTER
from engine.core.values.orders import HoldingRow, OrderRow, PositionRow
from engine.reconciler import LEAST_PAUSE_S, Needs, Reconciler
from tests.engine_shell.shell_world import ManualClock, settle


@dataclass
class Reader:
    """An account whose answers are set by hand; each call is noted."""

    clock: ManualClock
    calls: list[tuple[str, float]] = field(default_factory=list)
    rows: tuple[OrderRow, ...] = ()
    net: tuple[PositionRow, ...] = ()
    owned: tuple[HoldingRow, ...] = ()
    error: Exception | None = None
    errors: dict[str, Exception] = field(default_factory=dict)

    was_called: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event | None = None

    def _called(self, what: str) -> None:
        self.was_called.set()
        self.calls.append((what, self.clock.monotonic()))
        error = self.errors.get(what) or self.error
        if error is not None:
            raise error

    def times(self, what: str) -> list[float]:
        return [at for name, at in self.calls if name == what]

    async def orders(self) -> tuple[OrderRow, ...]:
        if self.answers is not None:
            await self.answers.wait()
        self._called("orders")
        return self.rows

    async def fills(self) -> tuple[Any, ...]:
        self._called("fills")
        return ()

    async def positions(self) -> tuple[PositionRow, ...]:
        self._called("positions")
        return self.net

    async def holdings(self) -> tuple[HoldingRow, ...]:
        self._called("holdings")
        return self.owned


class Watch:
    """A reconciler that runs while the block does."""

    def __init__(self, *, needs_fills: Callable[..., Doubt | None] = lambda _rows: None) -> None:
        self.clock = ManualClock()
        self.reader = Reader(self.clock)
        self.needs = Needs(active=True, book_s=1.0, positions_s=30.0)
        self.events: list[Event] = []
        self.recorded = 1
        self.looks = 0
        self.reconciler = Reconciler(
            MASTER,
            self.reader,
            clock=self.clock,
            needs=self._look,
            recorded=lambda: self.recorded,
            offer=self.events.append,
            needs_fills=needs_fills,
        )

    async def __aenter__(self) -> Self:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._task = self._group.create_task(self.reconciler.run())
        await settle()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._task.cancel()
        await self._group.__aexit__(None, None, None)

    def _look(self) -> Needs:
        self.looks += 1
        return self.needs

    def books(self) -> list[BookRead]:
        return [event for event in self.events if isinstance(event, BookRead)]

    def positions(self) -> list[PositionsRead]:
        return [event for event in self.events if isinstance(event, PositionsRead)]


async def asked(watch: Watch) -> None:
    """Have the book read once more."""
    watch.reconciler.ask()
    await watch.clock.pass_time(LEAST_PAUSE_S)
