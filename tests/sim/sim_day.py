"""Runs a plan against the exchange's core in virtual time and says which promises were broken."""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import engine.runner
from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id, follower_name
from demo.exchange.orders import Order
from demo.exchange.wire import KiteError
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.market import MASTER, AccountName, Venue
from engine.ports import OrderGateway
from tests.sim.sim_choices import offer_to_press, press
from tests.sim.sim_followers import followers_of
from tests.sim.sim_hours import calendar_of
from tests.sim.sim_judges import Judge
from tests.sim.sim_listing import cut_lots, listed, shorten_the_list
from tests.sim.sim_lives import Lives, request_of
from tests.sim.sim_master import WAITING, Hand
from tests.sim.sim_odd import ODD, Odd
from tests.sim.sim_outcome import COUNTED, Outcome
from tests.sim.sim_paper import PaperJudge
from tests.sim.sim_plan import SYMBOLS, Act, Plan
from tests.sim.sim_program import Life
from tests.sim.sim_reread import REREADS, NoEntries, Rereads
from tests.sim.sim_rows import remembering
from tests.sim.sim_setting import Setting
from tests.sim.sim_trouble import fault_of, name_of
from tests.sim.sim_verdict import Verdict
from tests.sim.sim_watch import Trail, Watch
from tests.sim.virtual_loop import VirtualClock, VirtualLoop, run_virtually

#: What the program needs to settle everything that is not honestly unknown: a lost answer (7 s), two
#: reads 2 s apart, and the writes that follow.
SETTLES_S = 16.0
#: Peace may end once nothing was open for so long: longer than the longest pause between two reads
#: of an account with nothing to look for (`engine.attention`).
QUIET_S = 16.0
#: Peace that a healed program is given at most to settle everything that a person need not.
HEALED_S = 1800.0
#: How often that is looked at.
LOOK_S = 2.0
#: Peace that some days are given in any case: an order may turn up three minutes late.
PATIENCE_S = 150.0
#: What it needs to hear of the close: a resting child's book is read every 5 s.
CLOSES_S = 14.0


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
            # The store draws its id; with a drawn one no two runs had the same tags.
            patch.setattr(secrets, "choice", random.Random(f"{plan.seed}:store").choice)
            patch.setattr(Order, "row", remembering(Order.row))
            return await day.run(rest_s)

    began = time.process_time()
    outcome = run_virtually(work())
    COUNTED.append((outcome, time.process_time() - began))
    return outcome


class Day:
    """One run."""

    def __init__(
        self, plan: Plan, data_dir: Path, gateway: Callable[[OrderGateway], OrderGateway]
    ) -> None:
        self.plan = plan
        self.outcome = Outcome()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.clock = VirtualClock(loop)
        #: The process has a wall clock of its own, which may be wrong.
        self.wall = VirtualClock(loop)
        count = len(plan.multipliers)
        self.exchange = demo_exchange(
            self.clock, random.Random(f"{plan.seed}:exchange"), followers=count
        )
        shorten_the_list(self.exchange, plan.symbols)
        self.names = [AccountName(follower_name(n)) for n in range(1, count + 1)]
        ids = {name: follower_id(n) for n, name in enumerate(self.names, 1)}
        user_ids = {MASTER: MASTER_ID} | ids
        self.hand = Hand(self.exchange, tuple(ids.values()))
        self.odd = Odd(self.exchange, loop, self.wall, tuple(ids.values()))
        self.judge = Judge(
            self.exchange, self.wall, user_ids, data_dir, paper=plan.paper, hours=plan.hours
        )
        self.paper_judge = PaperJudge(self.judge.broken) if plan.paper else None
        trail = Trail()

        def watched(inner: OrderGateway) -> OrderGateway:
            watch = Watch(
                inner, exchange=self.exchange, clock=self.clock, trail=trail,
                broken=self.judge.broken,
            )  # fmt: skip
            return gateway(NoEntries(watch, self.off, self.judge.broken))

        rules = followers_of(plan, self.names, ids)
        self.verdict = Verdict(self.judge, rules)
        self.setting = Setting(
            exchange=self.exchange,
            data_dir=data_dir,
            clock=self.wall,
            rng=random.Random(f"{plan.seed}:wire"),
            rules=rules,
            user_ids=user_ids,
            instruments=listed(self.exchange),
            spy=self.judge.spy,
            gateway=watched,
            committed=self._committed,
            paper=plan.paper,
            calendar=calendar_of(plan.hours),
            total_loss=Decimal(plan.total_loss) if plan.total_loss else None,
            paper_judge=self.paper_judge,
        )
        self._loop = loop
        self.lives = Lives(plan.deaths, self.setting, loop, self.judge)
        self.setting.edited = any(act.kind in REREADS for act in plan.acts)
        self.rereads = Rereads(self.setting, self.lives, self._state)
        self._pump_s = 0.2
        self._cut_lots = plan.cut_lots

    async def run(self, rest_s: float) -> Outcome:
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            keeper = group.create_task(self.lives.keep(group))
            await self._open()
            self.outcome.opening = self.lives.now().deaths.seams
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
            life = self.lives.now()
            life.kill()
        self._judge_all(life)
        return self.outcome

    def _committed(self, life: Life) -> None:
        self.judge.steps.look(life.runner.state)
        self.verdict.known.note(self.clock.now(), life.newest_event)

    # -- the hours ----------------------------------------------------------------------------

    async def _open(self) -> None:
        """Log everybody in and start to copy."""
        for name in (MASTER, *self.names):
            await self.lives.log_in(name)
        if not self.plan.paper:
            until = self.clock.now() + timedelta(hours=15)
            await self.lives.ask(c.GoLive(armed_until=until, totp_step=None))
        while not (await self.lives.ask(c.StartCopy())).accepted:
            await self.clock.sleep(0.5)
        await asyncio.sleep(1.5)

    def off(self) -> set[AccountName]:
        """Return who may enter nothing now."""
        return self.rereads.off()

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

    # -- people -------------------------------------------------------------------------------

    async def _do(self, act: Act) -> None:
        follower = self.names[act.follower % len(self.names)]
        if act.kind in ODD:
            self.odd.do(act)
        elif act.kind in REREADS:
            await self.rereads.do(act.kind, follower)
        else:
            await self._of_the_day(act, follower)

    async def _of_the_day(self, act: Act, follower: AccountName) -> None:
        match act.kind:
            case "logout":
                self.exchange.sessions.kill(self.setting.user_ids[follower])
            case "login":
                await self.lives.log_in(follower)
            case "pause" | "resume" | "stop" | "start" | "kill":
                await self.lives.ask(request_of(act.kind, follower))
            case "approve" | "decline" | "ask_price":
                await self._press(act)
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

    async def _all_back(self) -> None:
        """Have everybody in the file again, on a day on which it was edited."""
        if any(act.kind in REREADS for act in self.plan.acts):
            await self.rereads.everybody()

    async def _press(self, act: Act) -> None:
        offer = offer_to_press(self._state(), act.pick)
        if offer is not None:
            for request in press(offer, act.kind):
                await self.lives.ask(request)

    async def _night(self, *, awake: bool) -> None:
        """Square off, close, sleep, and begin the next day with what is carried."""
        self._end_troubles()
        await self._all_back()
        for name in (MASTER, *self.names):
            await self.lives.log_in(name)
        await asyncio.sleep(2)
        self.exchange.events.square_off()
        await asyncio.sleep(SETTLES_S)
        self.exchange.end_day()
        await asyncio.sleep(SETTLES_S)
        venue = Venue.PAPER if self.plan.paper else Venue.LIVE
        self.verdict.reasons(self.lives.now().runner.state, venue)
        if not awake:
            self.lives.now().kill()
        await self._next_morning()

    async def _next_morning(self) -> None:
        self.verdict.remember(self._state())
        for account in self.exchange.accounts:
            rows = self.exchange.orders_of(account.user_id)
            self.judge.past.setdefault(account.user_id, []).extend(rows)
        for clock in (self.clock, self.wall):
            clock.leap(timedelta(hours=23))
        for account in self.exchange.accounts:
            self.exchange.sessions.kill(account.user_id)
        self.exchange.events.start_next_day()
        self.exchange.events.open_market()
        self._relist()
        await asyncio.sleep(3)
        await self._open()

    def _relist(self) -> None:
        """Give derivatives the lots of the new day, once, and the program the new list."""
        by, self._cut_lots = self._cut_lots, 1
        former = cut_lots(self.exchange, self.plan.symbols, by=by)
        if not former:
            return
        self.judge.former_lots.update(former)
        self.setting.instruments = listed(self.exchange)
        life = self.lives.now()
        if not life.dead.is_set():
            # As the pulse does in a program that was awake.
            life.runner.state.instruments = self.setting.instruments

    async def _sleep_through(self) -> None:
        """A night before which every session has ended: nobody sees the square-off and the close."""
        for account in self.exchange.accounts:
            self.exchange.sessions.kill(account.user_id)
        # The next life finds nobody logged in, and no socket that was open before.
        self.lives.now().kill()
        await asyncio.sleep(3)
        self.exchange.events.square_off()
        await asyncio.sleep(SETTLES_S)
        self.exchange.end_day()
        await self._next_morning()

    def _end_troubles(self) -> None:
        self.exchange.faults.clear()
        self.odd.heal()
        self.lives.end_deaths()

    async def _heal(self, rest_s: float) -> None:
        """End every trouble; the master goes home flat; then there is peace, and the close."""
        self._end_troubles()
        for number in self.plan.symbols:
            self.exchange.set_depth(*SYMBOLS[number][:2], None)
        await self._all_back()
        for name in (MASTER, *self.names):
            await self.lives.log_in(name)
        await asyncio.sleep(SETTLES_S)
        self.verdict.peace()
        self.verdict.wanted()
        for row in self.hand.orders(WAITING):
            # A stop of his may trigger and a pair of his may fill meanwhile.
            with contextlib.suppress(KiteError):
                self.exchange.cancel_from_app(MASTER_ID, str(row["order_id"]))
        await asyncio.sleep(5)
        self.hand.go_home(self.plan.symbols)
        await asyncio.sleep(6)
        self._pump_s = self.setting.tick_s = 0.5
        await self._rest(rest_s)

    async def _rest(self, most_s: float) -> None:
        """Wait until nothing has been open for a while; every eighth day waits the whole time.

        Where all is settled nothing can come any more but what no book shows: hence the while.
        """
        began = self.clock.monotonic()
        least = PATIENCE_S if self.plan.seed % 8 == 0 else 0.0
        quiet = 0.0
        while (passed := self.clock.monotonic() - began) < most_s:
            if passed >= least and quiet >= QUIET_S and self.verdict.would_pass(self._state()):
                break
            await asyncio.sleep(LOOK_S)
            quiet = 0.0 if self._unsettled() else quiet + LOOK_S
        if most_s >= PATIENCE_S:
            for what in self._unsettled():
                self.judge.broken(f"not settled {most_s:.0f} s after all was healed: {what}")

    def _state(self) -> State:
        return self.lives.now().runner.state

    def _unsettled(self) -> list[str]:
        life = self.lives.now()
        return ["the program is down"] if life.dead.is_set() else self.verdict.unsettled(life)

    # -- the end ------------------------------------------------------------------------------

    def _judge_all(self, life: Life) -> None:
        state = life.runner.state
        notices = self.verdict.end(state)
        self.verdict.reasons(state, Venue.PAPER if self.plan.paper else Venue.LIVE)
        if self.paper_judge is not None:
            for name in self.names:
                self.paper_judge.account(state, name, life.papers[name].positions())
        if self.lives.begun == 1:
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
        self.outcome.lives, self.outcome.kills = self.lives.begun, self.lives.ended
        self.outcome.seams = self.lives.seams
        self.outcome.writes = self.judge.writes
        self.outcome.faults = tuple(name_of(fault) for _, fault in self.exchange.faults.struck)
        self.outcome.trace = self.judge.trace.hexdigest()
        self.outcome.turns = self._loop.turns
        self.outcome.children = len(state.children)
        self.outcome.alerts = [each.notice.text for each in notices if each.notice.text]
        self.outcome.copied = sum(child.filled > 0 for child in state.children.values())
