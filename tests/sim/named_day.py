"""Performs a named day of the demo in virtual time: the real program above a wire without a network,
judged by the demo's oracle, which knows nothing of the program."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from demo.days.acting import Hands, Moment
from demo.days.day import Day
from demo.days.programme import make_day
from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id
from demo.exchange.catalogue import catalogue
from demo.exchange.exchange import Exchange
from demo.exchange.ledger import Act
from demo.show.accounting import Accounting, Follower, FollowerBook
from demo.show.performing import STOP, Performer
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.market import MASTER, AccountName, OrderId, Venue
from engine.core.values.rules import FollowerRules
from engine.ports import OrderGateway
from tests.sim.sim_listing import listed
from tests.sim.sim_mortal import Deaths
from tests.sim.sim_program import Life
from tests.sim.sim_setting import Setting
from tests.sim.virtual_loop import OPENING, VirtualClock, run_virtually

#: Seconds that a wait of the day may take, as in the demo.
_PATIENCE_S = 12.0
_PUMP_S = 0.1
#: What a copy on paper is given where the day waits for one at the exchange.
_PAPER_PAUSE_S = 2.0
#: Commands of the chat that change nothing.
_READS = frozenset({"/positions", "/status"})


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of a day.

    Attributes:
        books: By the oracle and the exchange's own truth.
        promises: What was promised and not kept; empty where all is well.
        told: Every alert, in order.
        impatient: Waits of the day that were given up.
    """

    day: Day
    exchange: Exchange
    accounting: Accounting
    books: list[FollowerBook]
    state: State
    promises: list[str]
    told: list[str]
    moments: list[Moment]
    impatient: list[str]

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it should be, one line each."""
        return [
            *(f"{book.name}: {line}" for book in self.books for line in book.differences),
            *(
                f"{book.name}: {each.instrument.tradingsymbol} is left working"
                for book in self.books
                for each in book.resting
            ),
            *self.promises,
            *self.impatient,
        ]  # fmt: skip


def todays(name: str, *, seed: int = 1) -> Day:
    """Return a named day for the date on which virtual time begins."""
    return make_day(name, catalogue(OPENING.date()), seed=seed)


def play_virtually(
    day: Day,
    data_dir: Path,
    *,
    seed: int = 1,
    gateway: Callable[[OrderGateway], OrderGateway] = lambda inner: inner,
    paper: bool = False,
) -> Played:
    """Play a day from the opening to a quiet end.

    Args:
        day: The day.
        data_dir: An empty folder for the store.
        seed: Chance of tokens and of the time that a request takes.
        gateway: Wraps every live gateway; a mutant's way in.
        paper: Copy on paper. What the day waits for at the exchange then never comes: it is given a while.
    """

    async def work() -> Played:
        return await _House(day, data_dir, seed, gateway, paper=paper).run()

    return run_virtually(work())


@dataclass(slots=True)
class _Spy:
    """Hears of every write."""

    writes: list[str] = field(default_factory=list)

    def __call__(self, account: str, _request: object) -> None:
        self.writes.append(account)


class _House:
    """Virtual time, and a trader who needs no chat."""

    def __init__(
        self,
        day: Day,
        data_dir: Path,
        seed: int,
        gateway: Callable[[OrderGateway], OrderGateway],
        *,
        paper: bool,
    ) -> None:
        self.day = day
        self.paper = paper
        self.clock = VirtualClock(asyncio.get_running_loop())
        family = day.family
        ids = {name: follower_id(n) for n, name in enumerate(family.names, 1)}
        rows = {row.key: row for row in catalogue(OPENING.date())}
        self.exchange = demo_exchange(
            self.clock, random.Random(f"{seed}:exchange"), followers=len(ids), poor=family.poor,
            poor_funds=family.poor_funds, rules=family.rules,
            instruments=[rows[key] for key in day.instruments],
        )  # fmt: skip
        self.accounting = Accounting(
            self.exchange,
            [
                Follower(name=name, user_id=ids[name], ratio=Fraction(multiplier))
                for name, multiplier in zip(family.names, family.multipliers, strict=True)
            ],
        )
        self.hands = Hands(
            exchange=self.exchange,
            left_out=self.accounting.left_out,
        )
        self.spy = _Spy()
        self.setting = Setting(
            exchange=self.exchange, data_dir=data_dir, clock=self.clock,
            rng=random.Random(f"{seed}:wire"),
            rules=tuple(
                FollowerRules(name=AccountName(name), user_id=ids[name], multiplier=multiplier)
                for name, multiplier in zip(family.names, family.multipliers, strict=True)
            ),
            user_ids={MASTER: MASTER_ID} | {AccountName(name): ids[name] for name in ids},
            instruments=listed(self.exchange), spy=self.spy, gateway=gateway,
            paper=paper,
        )  # fmt: skip
        self.life = Life(self.setting, Deaths())
        self.impatient: list[str] = []
        self._told = 0

    async def run(self) -> Played:
        performer = Performer(hands=self.hands, accounting=self.accounting, house=self)
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            living = group.create_task(self.life.run())
            await self._open()
            for scene in self.day.scenes:
                self._told = len(self.setting.notices)
                for step in scene.steps:
                    await performer.perform(step)
            await self.wait_for(self.accounting.is_settled)
            # Long enough for whatever would be sent a second time to be sent.
            await asyncio.sleep(30)
            pump.cancel()
            self.life.kill()
            await asyncio.wait([living])
        return Played(
            day=self.day, exchange=self.exchange, accounting=self.accounting,
            books=self.accounting.books(), state=self.life.runner.state,
            promises=list(self._broken()), told=[n.text for n in self.setting.notices if n.text],
            moments=self.hands.moments, impatient=self.impatient,
        )  # fmt: skip

    # -- the house ----------------------------------------------------------------------------

    async def beat(self, beats: float) -> None:
        await asyncio.sleep(beats)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait_for(self, condition: Callable[[], bool]) -> bool:
        if self.paper:
            await asyncio.sleep(_PAPER_PAUSE_S)
            return True
        end = self.clock.monotonic() + _PATIENCE_S
        while not condition():
            if self.clock.monotonic() > end:
                self.impatient.append(f"{self.clock.monotonic():.1f} s: waited in vain")
                return False
            await asyncio.sleep(0.05)
        return True

    async def say(self, text: str, answer: str) -> None:
        if text == STOP:
            assert answer in (await self.life.ask(c.StopCopy())).text
        else:
            assert text in _READS, f"the simulated trader does not know {text}"

    async def log_in(self, account: str) -> None:
        await self.life.log_in(AccountName(account))

    async def until_told(self, words: tuple[str, ...]) -> None:
        def is_told() -> bool:
            said = (notice.text for notice in self.setting.notices[self._told :])
            return any(all(word in text for word in words) for text in said)

        assert await self.wait_for(is_told), f"nobody was told {words}"

    # -- behind it ----------------------------------------------------------------------------

    async def _open(self) -> None:
        for name in self.setting.user_ids:
            await self.life.log_in(name)
        if not self.paper:
            until = self.clock.now() + timedelta(hours=15)
            await self.life.ask(c.GoLive(armed_until=until, totp_step=None))
        while not (await self.life.ask(c.StartCopy())).accepted:
            await self.clock.sleep(0.5)
        await asyncio.sleep(1.5)

    async def _pump(self) -> None:
        """Let the exchange's time do its work; prices stand still, so that a day is repeatable."""
        beats = 0
        while True:
            self.exchange.agenda.run_due(self.clock.now())
            self.exchange.desk.floor.match()
            self.exchange.sockets.tick()
            beats += 1
            if beats % 10 == 0:
                self.exchange.sockets.beat()
            await asyncio.sleep(_PUMP_S)

    def _broken(self):
        """Yield the promises that hold on any day and were broken."""
        writes = self.exchange.ledger.order_writes()
        tags = Counter(write.tag for write in writes if write.act is Act.PLACE)
        yield from (f"{tag} was posted {times} times" for tag, times in tags.items() if times > 1)
        if MASTER in self.spy.writes:
            yield "the master's account was written to"
        yield from (f"429 for {each.user_id}" for each in writes if each.status == 429)
        yield from (f"inside: {fault}" for fault in self.life.faults)
        yield from (f"halted: {halt}" for halt in self.setting.halts)
        yield from self._unexplained()

    def _unexplained(self):
        """Yield what of the master's orders has neither an order nor a reason for somebody."""
        state = self.life.runner.state
        for row in self.exchange.orders_of(MASTER_ID):
            order_id = OrderId(str(row["order_id"]))
            key = state.master_key_of.get(order_id)
            for name in self.day.family.names:
                books = state.books.get(key, {}) if key else {}
                venue = Venue.PAPER if self.paper else Venue.LIVE
                book = books.get((venue, AccountName(name)))
                part = book.parts.get(order_id) if book else None
                if part is None or not (part.children or part.skips):
                    yield f"{name}: no order and no reason for {row['tradingsymbol']} ({order_id})"
