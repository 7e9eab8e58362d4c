"""Reading books: a failed read is not known, reads come when due or asked for, and not too often."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Self

import pytest

from engine.core.state.fill_order import Doubt
from engine.core.values.events import BookRead, Event, Faulted, PositionsRead, SessionLost
from engine.core.values.market import MASTER, Product
from engine.core.values.orders import HoldingRow, OrderRow, PositionRow
from engine.errors import BrokerUnavailable, PermissionDenied, RateLimited, SessionExpired
from engine.reconciler import (
    AGREEING_READS,
    FIRST_BACKOFF_S,
    LEAST_PAUSE_S,
    LOGIN_TRAVELS_S,
    LONGEST_BACKOFF_S,
    Needs,
    Reconciler,
)
from tests.core.core_world import an_order, done
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
        self.reconciler = Reconciler(
            MASTER,
            self.reader,
            clock=self.clock,
            needs=lambda: self.needs,
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

    def books(self) -> list[BookRead]:
        return [event for event in self.events if isinstance(event, BookRead)]

    def positions(self) -> list[PositionsRead]:
        return [event for event in self.events if isinstance(event, PositionsRead)]


@pytest.fixture
async def watch():
    async with Watch() as running:
        yield running


def held(symbol: str, quantity: int) -> PositionRow:
    return PositionRow(exchange="NSE", symbol=symbol, product=Product.MIS, quantity=quantity)


async def asked(watch: Watch) -> None:
    """Have the book read once more."""
    watch.reconciler.ask()
    await watch.clock.pass_time(LEAST_PAUSE_S)


async def test_the_first_read_tells_everything_and_later_ones_only_what_changed(watch):
    assert [book.total for book in watch.books()] == [0]
    watch.reader.rows = (an_order("M1"), an_order("M2"))
    await asked(watch)
    watch.reader.rows = (an_order("M1"), done("M2"))
    await asked(watch)
    first, second = watch.books()[1:]
    assert [row.order_id for row in first.rows] == ["M1", "M2"]
    assert second.rows == (done("M2"),)
    assert second.total == 2


async def test_while_something_is_unresolved_the_whole_book_is_told(watch):
    watch.reader.rows = (an_order("M1"),)
    await asked(watch)
    watch.needs = Needs(active=True, book_s=1.0, positions_s=30.0, whole=True)
    await asked(watch)
    assert watch.books()[-1].rows == (an_order("M1"),)


async def test_a_read_is_stamped_with_when_it_was_asked_and_when_it_was_answered(watch):
    book = watch.books()[0]
    assert book.asked_at == book.at == watch.clock.now()
    assert watch.positions()[0].asked_at == watch.clock.now()


@pytest.mark.parametrize(
    "error", [BrokerUnavailable("502"), PermissionDenied("plan"), RateLimited("429")]
)
async def test_a_read_that_failed_tells_nothing(watch, error):
    before = list(watch.events)
    watch.reader.error = error
    await asked(watch)
    assert watch.events == before


async def test_positions_that_failed_leave_the_book_told_and_are_asked_again(watch):
    watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
    watch.reader.errors["positions"] = BrokerUnavailable("502")
    await asked(watch)
    assert (len(watch.books()), len(watch.positions())) == (2, 1)
    watch.reader.errors.clear()
    await watch.clock.pass_time(FIRST_BACKOFF_S)
    assert len(watch.positions()) == 2, "as soon as the pause for the failure is over"


async def test_a_dead_session_is_told_and_reading_ends_until_there_is_another(watch):
    watch.reader.error = SessionExpired("token")
    await asked(watch)
    await watch.clock.pass_time(LOGIN_TRAVELS_S)
    assert watch.events[-1] == SessionLost(account=MASTER, at=watch.clock.now())
    watch.needs = Needs(active=False, book_s=1.0, positions_s=30.0)
    reads = len(watch.reader.calls)
    for _ in range(20):
        await watch.clock.pass_time(0.5)
    assert len(watch.reader.calls) == reads
    assert sum(isinstance(event, SessionLost) for event in watch.events) == 1
    # Login: the book is told anew, whole.
    watch.reader.error, watch.reader.rows = None, (an_order("M1"),)
    watch.needs = Needs(active=True, book_s=1.0, positions_s=30.0)
    watch.reconciler.forget()
    await watch.clock.pass_time(0.5)
    assert watch.books()[-1].rows == (an_order("M1"),)


async def test_the_end_of_the_session_before_is_not_taken_for_the_end_of_the_new_one(watch):
    watch.reader.answers = asyncio.Event()
    watch.reader.error = SessionExpired("the token before")
    await asked(watch)  # under way with the old token
    watch.reconciler.forget()  # the login that made it die
    watch.reader.answers.set()
    await settle()
    assert not any(isinstance(event, SessionLost) for event in watch.events)
    watch.reader.error = None
    books = len(watch.books())
    await watch.clock.pass_time(LEAST_PAUSE_S)
    await asked(watch)
    assert len(watch.books()) > books


async def test_a_token_found_dead_while_the_login_that_ended_it_is_being_answered_is_not_told(
    watch,
):
    watch.reader.error = SessionExpired("the token before")
    await asked(watch)
    await watch.clock.pass_time(LOGIN_TRAVELS_S / 2)
    watch.reconciler.forget()  # the answer to the login
    watch.reader.error = None
    for _ in range(4):
        await watch.clock.pass_time(LOGIN_TRAVELS_S)
    assert not any(isinstance(event, SessionLost) for event in watch.events)


async def test_after_429_it_waits_as_long_as_it_is_told(watch):
    watch.reader.error = RateLimited("slow down", retry_after=timedelta(seconds=5))
    await asked(watch)
    tried = watch.reader.times("orders")[-1]
    watch.reader.error = None
    while watch.reader.times("orders")[-1] == tried:
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    assert watch.reader.times("orders")[-1] - tried >= 5.0


async def test_failures_in_a_row_are_further_and_further_apart_and_one_success_ends_that(watch):
    watch.reader.error = BrokerUnavailable("down")
    for _ in range(400):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    times = watch.reader.times("orders")
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert gaps[0] == pytest.approx(FIRST_BACKOFF_S, abs=0.01)
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(LONGEST_BACKOFF_S, abs=0.01)
    watch.reader.error = None
    for _ in range(80):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.25)
    quick = watch.reader.times("orders")[-2:]
    assert quick[1] - quick[0] <= 0.5


async def test_asking_reads_at_once_but_never_twice_within_the_least_pause(watch):
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    await watch.clock.pass_time(LEAST_PAUSE_S)
    for _ in range(3):
        watch.reconciler.ask()
        await settle()
    assert len(watch.books()) == 2, "three questions, one read"
    for _ in range(40):
        watch.reconciler.ask()
        await watch.clock.pass_time(0.05)
    times = watch.reader.times("orders")
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert gaps
    assert min(gaps) >= LEAST_PAUSE_S - 1e-6
    assert max(gaps) <= 0.31


async def test_a_question_in_the_pause_is_not_forgotten(watch):
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    watch.reconciler.ask()  # right after the first read, within the pause
    await watch.clock.pass_time(LEAST_PAUSE_S)
    assert len(watch.books()) == 2


async def test_becoming_urgent_wakes_it_although_nobody_asked(watch, monkeypatch):
    monkeypatch.setattr("engine.reconciler.LOOK_AGAIN_S", 0.005)
    watch.needs = Needs(active=True, book_s=30.0, positions_s=300.0)
    await watch.clock.pass_time(2.0)
    assert len(watch.books()) == 1
    watch.reader.was_called.clear()
    watch.needs = Needs(active=True, book_s=1.0, positions_s=300.0)
    async with asyncio.timeout(2):
        await watch.reader.was_called.wait()
    await settle()
    assert len(watch.books()) == 2


async def test_trades_are_read_only_where_the_order_of_fills_matters():
    async with Watch(needs_fills=lambda rows: Doubt.ORDER if len(rows) > 1 else None) as watch:
        watch.reader.rows = (an_order("M1"),)
        await asked(watch)
        assert watch.books()[-1].fills is None
        watch.reader.rows = (done("M1"), done("M2", "SELL"))
        await asked(watch)
        assert watch.books()[-1].fills == ()
        assert len(watch.reader.times("fills")) == 1


async def test_if_the_trades_cannot_be_read_the_changed_rows_come_again():
    async with Watch(needs_fills=lambda rows: Doubt.ORDER if len(rows) > 1 else None) as watch:
        watch.reader.rows = (done("M1"), done("M2", "SELL"))
        watch.reader.errors["fills"] = BrokerUnavailable("502")
        await asked(watch)
        assert len(watch.books()) == 1
        watch.reader.errors.clear()
        await watch.clock.pass_time(FIRST_BACKOFF_S)
        assert len(watch.books()[-1].rows) == 2


async def test_a_book_whose_trades_only_tell_an_age_is_told_without_them():
    """An exit beside the entry must not wait for as long as the trades cannot be read."""
    async with Watch(needs_fills=lambda rows: Doubt.AGE if rows else None) as watch:
        watch.reader.errors["fills"] = BrokerUnavailable("502")
        watch.reader.rows = (done("M1"), done("X1", "SELL", symbol="INFY"))
        await asked(watch)
        book = watch.books()[-1]
        assert (len(book.rows), book.fills, book.age_unknown) == (2, None, True)


async def test_a_book_that_shrank_does_not_make_its_old_rows_news_again(watch):
    watch.reader.rows = (done("M1"), done("M2"))
    await asked(watch)
    watch.reader.rows = ()
    await asked(watch)
    assert (watch.books()[-1].rows, watch.books()[-1].total) == ((), 0)
    watch.reader.rows = (done("M1"), done("M2"))
    await asked(watch)
    assert (watch.books()[-1].rows, watch.books()[-1].total) == ((), 2)


async def test_positions_are_read_when_due_and_holdings_with_the_first(watch):
    assert len(watch.positions()) == 1
    await asked(watch)
    assert len(watch.positions()) == 1, "30 s are not over"
    await watch.clock.pass_time(30.0)
    await asked(watch)
    assert len(watch.positions()) >= 2
    assert len(watch.reader.times("holdings")) == 1


async def test_positions_that_lost_a_row_are_doubted_and_said_to_be():
    async with Watch() as watch:
        watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
        watch.reader.net = (held("SBIN", 10), held("INFY", 0))
        await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net
        told = len(watch.positions())
        for answer in ((), (held("INFY", 0),), ()):
            watch.reader.net = answer
            await asked(watch)
        assert len(watch.positions()) == told
        faults = [event for event in watch.events if isinstance(event, Faulted)]
        assert "positions came back without some" in faults[0].text
        watch.reader.net = (held("SBIN", 4), held("INFY", 0))
        await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net


async def test_a_position_that_is_gone_in_read_after_read_is_believed_to_be_gone():
    async with Watch() as watch:
        watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
        watch.reader.net = (held("SBIN", 10), held("INFY", 0))
        await asked(watch)
        watch.reader.net = (held("INFY", 0),)
        for _ in range(AGREEING_READS):
            assert watch.positions()[-1].rows != watch.reader.net
            await asked(watch)
        assert watch.positions()[-1].rows == watch.reader.net


async def let_pass(watch: Watch, seconds: float) -> None:
    """Let seconds pass, with a read in each."""
    for _ in range(int(seconds)):
        await watch.clock.pass_time(1 - LEAST_PAUSE_S)
        await asked(watch)


def owning(*symbols: str) -> tuple[HoldingRow, ...]:
    return tuple(HoldingRow(exchange="NSE", symbol=each, quantity=5) for each in symbols)


async def test_holdings_are_read_once_a_session_unless_they_are_needed(watch):
    watch.reader.owned = owning("SBIN")
    watch.needs = replace(watch.needs, positions_s=3.0)
    await let_pass(watch, 30)
    assert len(watch.reader.times("holdings")) == 1
    first, *later = watch.positions()
    assert first.holdings == owning()
    assert {each.holdings for each in later} == {None}
    watch.needs = replace(watch.needs, holdings_s=10.0)
    await let_pass(watch, 31)
    assert len(watch.reader.times("holdings")) in (4, 5)
    assert watch.positions()[-1].holdings in (None, owning("SBIN"))
    watch.reconciler.forget()
    await let_pass(watch, 2)
    assert watch.positions()[-1].holdings == owning("SBIN")


async def test_holdings_that_lose_a_share_are_not_believed_until_several_reads_agree(watch):
    watch.needs = replace(watch.needs, positions_s=1.0, holdings_s=1.0)
    watch.reader.owned = owning("SBIN", "INFY")
    await let_pass(watch, 3)
    watch.reader.owned = owning("SBIN")
    before = len(watch.positions())
    await let_pass(watch, 2)
    assert len(watch.positions()) == before
    assert [event for event in watch.events if isinstance(event, Faulted)]
    await let_pass(watch, 3)
    assert watch.positions()[-1].holdings == owning("SBIN")


async def test_a_failed_read_of_holdings_is_not_known(watch):
    watch.needs = replace(watch.needs, positions_s=1.0, holdings_s=1.0)
    await let_pass(watch, 2)
    before = len(watch.positions())
    watch.reader.errors["holdings"] = BrokerUnavailable("no answer")
    await let_pass(watch, 3)
    assert len(watch.positions()) == before
