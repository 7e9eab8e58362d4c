"""Runs a plan against the exchange's core in virtual time and says which promises were broken."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import engine.runner
from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id, follower_name
from demo.exchange.instruments import Instruments
from demo.exchange.wire import KiteError
from engine.core import control as c
from engine.core.market import MASTER, AccountName, Venue
from engine.core.rules import FollowerRules, Mirror
from engine.errors import JournalError
from engine.ports import OrderGateway
from tests.sim.sim_judges import Judge
from tests.sim.sim_master import WAITING, Hand
from tests.sim.sim_plan import SYMBOLS, Act, Plan
from tests.sim.sim_program import Deaths, Killed, Life, Setting, listed
from tests.sim.sim_trouble import fault_of
from tests.sim.sim_verdict import Verdict
from tests.sim.sim_watch import Trail, Watch
from tests.sim.virtual_loop import VirtualClock, run_virtually

#: What the program needs to settle everything that is not honestly unknown: a lost answer (7 s), two
#: reads 2 s apart, and the writes that follow.
SETTLES_S = 16.0
#: What it needs to hear of the close: a resting child's book is read every 5 s.
CLOSES_S = 14.0


@dataclass(slots=True)
class Outcome:
    """What came of a day."""

    violations: list[str] = field(default_factory=list)
    writes: int = 0
    copied: int = 0
    lives: int = 0
    alerts: list[str] = field(default_factory=list)


def run_day(
    plan: Plan,
    data_dir: Path,
    *,
    gateway: Callable[[OrderGateway], OrderGateway] = lambda inner: inner,
    rest_s: float = 200.0,
) -> Outcome:
    """Run a plan from the opening to a quiet end.

    Args:
        plan: The day.
        data_dir: An empty folder for the store.
        gateway: Wraps every live gateway; a mutant's way in.
        rest_s: Seconds of peace at the end, longer than an order may take to appear.
    """

    async def work() -> Outcome:
        day = Day(plan, data_dir, gateway)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine.runner, "decide", day.judge.decide)
            return await day.run(rest_s)

    return run_virtually(work())


class Day:
    """One run."""

    def __init__(
        self, plan: Plan, data_dir: Path, gateway: Callable[[OrderGateway], OrderGateway]
    ) -> None:
        self.plan = plan
        self.outcome = Outcome()
        self.clock = VirtualClock(asyncio.get_running_loop())
        count = len(plan.multipliers)
        self.exchange = demo_exchange(
            self.clock, random.Random(f"{plan.seed}:exchange"), followers=count
        )
        self._shorten_the_list()
        self.names = [AccountName(follower_name(n)) for n in range(1, count + 1)]
        ids = {name: follower_id(n) for n, name in enumerate(self.names, 1)}
        user_ids = {MASTER: MASTER_ID} | ids
        self.hand = Hand(self.exchange, tuple(ids.values()))
        self.judge = Judge(self.exchange, self.clock, user_ids, data_dir, paper=plan.paper)
        trail = Trail()

        def watched(inner: OrderGateway) -> OrderGateway:
            watch = Watch(
                inner, exchange=self.exchange, clock=self.clock, trail=trail,
                broken=self.judge.broken,
            )  # fmt: skip
            return gateway(watch)

        rules = tuple(
            FollowerRules(
                name=name, user_id=ids[name], multiplier=Decimal(multiplier), mirror=Mirror(mirror)
            )
            for name, multiplier, mirror in zip(
                self.names, plan.multipliers, plan.mirrors, strict=True
            )
        )
        self.verdict = Verdict(self.judge, rules)
        self.setting = Setting(
            exchange=self.exchange,
            data_dir=data_dir,
            clock=self.clock,
            rng=random.Random(f"{plan.seed}:wire"),
            rules=rules,
            user_ids=user_ids,
            instruments=listed(self.exchange),
            spy=self.judge.spy,
            gateway=watched,
        )
        self._life: Life | None = None
        self._living: asyncio.Task[None] | None = None
        self._deaths = list(plan.deaths)
        self._pump_s = 0.2

    async def run(self, rest_s: float) -> Outcome:
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            keeper = group.create_task(self._keep_alive(group))
            await self._open()
            for trouble in self.plan.troubles:
                user_id = MASTER_ID if trouble.account == 0 else follower_id(trouble.account)
                self.exchange.faults.add(fault_of(trouble, user_id))
            for act in self.plan.acts:
                await asyncio.sleep(act.after)
                await self._do(act)
            await asyncio.sleep(6)
            await self._heal(rest_s)
            keeper.cancel()
            pump.cancel()
            life = self._living_one()
            life.kill()
        self._judge_all(life)
        return self.outcome

    def _living_one(self) -> Life:
        assert self._life is not None
        return self._life

    # -- lives --------------------------------------------------------------------------------

    async def _keep_alive(self, group: asyncio.TaskGroup) -> None:
        """Begin a life, and another one whenever it ended."""
        while True:
            death = self._deaths.pop(0) if self._deaths else None
            deaths = Deaths()
            if death is not None and death.where != "time":
                setattr(deaths, death.where, death.n)
            self.outcome.lives += 1
            self._life = life = Life(self.setting, deaths)
            self.judge.state = lambda: self._living_one().runner.state
            self._living = group.create_task(life.run())
            if death is not None and death.where == "time":
                asyncio.get_running_loop().call_later(float(death.n), life.kill)
            await life.dead.wait()
            await asyncio.wait([self._living])
            await asyncio.sleep(death.pause if death else 1.1)

    async def _ask(self, request: c.Request) -> c.Reply:
        """Ask until a living program answers."""
        while True:
            life = self._life
            if life is not None and not life.dead.is_set():
                with contextlib.suppress(Killed, JournalError, asyncio.CancelledError):
                    return await life.ask(request)
            await asyncio.sleep(0.5)

    async def _log_in(self, name: AccountName) -> None:
        while True:
            life = self._life
            if life is not None and not life.dead.is_set():
                with contextlib.suppress(Killed, JournalError, asyncio.CancelledError):
                    await life.log_in(name)
                    return
            await asyncio.sleep(0.5)

    async def _open(self) -> None:
        """Log everybody in and start to copy."""
        for name in (MASTER, *self.names):
            await self._log_in(name)
        if not self.plan.paper:
            until = self.clock.now() + timedelta(hours=15)
            await self._ask(c.GoLive(armed_until=until, totp_step=None))
        while not (await self._ask(c.StartCopy())).accepted:
            await self.clock.sleep(0.5)
        await asyncio.sleep(1.5)

    async def _pump(self) -> None:
        """Let the exchange's time do its work."""
        beats = 0.0
        while True:
            self.exchange.agenda.run_due(self.clock.now())
            self.exchange.desk.floor.match()
            self.exchange.sockets.tick()
            beats += self._pump_s
            if beats >= 1.0:
                beats = 0.0
                self.exchange.sockets.beat()
            await asyncio.sleep(self._pump_s)

    # -- people, and the hours ----------------------------------------------------------------

    async def _do(self, act: Act) -> None:  # noqa: C901 - one row an act
        follower = self.names[act.follower % len(self.names)]
        match act.kind:
            case "logout":
                self.exchange.sessions.kill(self.setting.user_ids[follower])
            case "login":
                await self._log_in(follower)
            case "pause":
                await self._ask(c.PauseFollower(follower=follower))
            case "resume":
                await self._ask(c.ResumeFollower(follower=follower))
            case "stop":
                await self._ask(c.StopCopy())
            case "start":
                await self._ask(c.StartCopy())
            case "kill":
                await self._ask(c.SetKill(active=True))
            case "slept_through":
                await self._sleep_through()
            case "close":
                self.exchange.end_day()
            case "night":
                await self._night(awake=act.pick % 2 == 0)
            case "wait":
                await asyncio.sleep(1 + 2 * act.pick)
            case _:
                self.hand.do(act)

    async def _night(self, *, awake: bool) -> None:
        """Square off, close, sleep, and begin the next day with what is carried."""
        self._end_troubles()
        for name in (MASTER, *self.names):
            await self._log_in(name)
        await asyncio.sleep(2)
        self.exchange.events.square_off()
        await asyncio.sleep(SETTLES_S)
        self.exchange.end_day()
        await asyncio.sleep(SETTLES_S)
        venue = Venue.PAPER if self.plan.paper else Venue.LIVE
        self.verdict.reasons(self._living_one().runner.state, venue)
        if not awake:
            self._living_one().kill()
        await self._next_morning()

    async def _next_morning(self) -> None:
        for account in self.exchange.accounts:
            rows = self.exchange.orders_of(account.user_id)
            self.judge.past.setdefault(account.user_id, []).extend(rows)
        self.clock.leap(timedelta(hours=23))
        for account in self.exchange.accounts:
            self.exchange.sessions.kill(account.user_id)
        self.exchange.events.start_next_day()
        self.exchange.events.open_market()
        await asyncio.sleep(3)
        await self._open()

    async def _sleep_through(self) -> None:
        """A night before which every session has ended: nobody sees the square-off and the close."""
        for account in self.exchange.accounts:
            self.exchange.sessions.kill(account.user_id)
        # The next life finds nobody logged in, and no socket that was open before.
        self._living_one().kill()
        await asyncio.sleep(3)
        self.exchange.events.square_off()
        await asyncio.sleep(SETTLES_S)
        self.exchange.end_day()
        await self._next_morning()

    def _end_troubles(self) -> None:
        self.exchange.faults.clear()
        self._deaths.clear()
        if self._life is not None:
            self._life.deaths = Deaths()

    async def _heal(self, rest_s: float) -> None:
        """End every trouble; the master goes home flat; then there is peace, and the close."""
        self._end_troubles()
        for number in self.plan.symbols:
            self.exchange.set_depth(*SYMBOLS[number][:2], None)
        for name in (MASTER, *self.names):
            await self._log_in(name)
        await asyncio.sleep(SETTLES_S)
        self.verdict.peace()
        self.verdict.wanted()
        for row in self.hand.orders(WAITING):
            # A stop of his may trigger and a pair of his may fill meanwhile.
            with contextlib.suppress(KiteError):
                self.exchange.cancel_from_app(MASTER_ID, str(row["order_id"]))
        await asyncio.sleep(5)
        self.hand.go_home(self.plan.symbols)
        await asyncio.sleep(20)
        self._pump_s = self.setting.tick_s = 0.5
        await asyncio.sleep(rest_s)

    def _shorten_the_list(self) -> None:
        """List only what is traded: every reading and step costs by the row."""
        traded = dict.fromkeys(SYMBOLS[number][:2] for number in self.plan.symbols)
        kept = [self.exchange.instruments[each] for each in traded]
        short = Instruments(kept)
        self.exchange.instruments._by_key = short._by_key
        self.exchange.instruments._by_token = short._by_token
        for each in kept:
            self.exchange.set_price(each.exchange, each.tradingsymbol, each.close)

    # -- the end ------------------------------------------------------------------------------

    def _judge_all(self, life: Life) -> None:
        state = life.runner.state
        notices = self.verdict.end(state)
        self.verdict.reasons(state, Venue.PAPER if self.plan.paper else Venue.LIVE)
        if self.outcome.lives == 1:
            # What a life that ended here had not handed on, the next finds in the store.
            handed_on = {each.notice_id for each in self.setting.notices}
            for each in notices:
                if each.notice.text and each.notice.notice_id not in handed_on:
                    self.judge.broken(f"{each.notice.text!r} was raised and never handed on")
        for fault in life.faults:
            self.judge.broken(f"inside: {fault}")
        for halt in self.setting.halts:
            self.judge.broken(f"halted: {halt}")
        self.outcome.violations = self.judge.violations
        self.outcome.writes = self.judge.writes
        self.outcome.alerts = [each.notice.text for each in notices if each.notice.text]
        self.outcome.copied = sum(child.filled > 0 for child in state.children.values())
