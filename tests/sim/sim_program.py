"""One life of the program: the real runner, lanes, reconcilers, feeds and journal, put together as
the composition root does, above a wire that needs no network. It can be killed at any point."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from bot.restart import lost_on_paper, open_paper_rows, paper_positions
from engine.attention import follower_needs, funds_every_s, master_needs, watched_tokens
from engine.brokers.kite.ticks import ListedName
from engine.brokers.paper import PaperMarket, PaperVenue
from engine.budget import RateBudget
from engine.clock import SteadyClock
from engine.core.decide import trading_day_of
from engine.core.observe.membership import remains
from engine.core.risk.gates import entry_epoch
from engine.core.risk.scale import sized_by_funds
from engine.core.state.chosen import configure
from engine.core.state.fill_order import Doubt, needs_fills
from engine.core.state.state import State
from engine.core.state.turn import topic_of
from engine.core.values import control as c
from engine.core.values.calendar import Calendar
from engine.core.values.events import (
    ClockCompared,
    Faulted,
    RowHinted,
    Started,
    Ticked,
)
from engine.core.values.instruments import Instrument
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.core.values.secrets import Secret
from engine.lanes import Lane
from engine.margin_desk import MarginDesk
from engine.moment import Lookout
from engine.paper_watch import PaperWatch
from engine.ports import BrokerSession
from engine.prices import PriceBoard
from engine.reconciler import Needs
from engine.runner import Hooks, Runner
from engine.standstill import Standstill
from engine.supervisor import Supervisor
from storage.journal import Journal
from tests.sim.sim_member import Member
from tests.sim.sim_mortal import Deaths, Killed, Mortal, MortalJournal
from tests.sim.sim_setting import Setting

OWNER = c.Requester(user_id=1, name="owner")


class NoSwitch:
    """No kill file."""

    def is_set(self) -> bool:
        return False


class Life(Mortal):
    """The program from a start to its end."""

    def __init__(self, setting: Setting, deaths: Deaths) -> None:
        self.setting = setting
        self.clock = SteadyClock(setting.clock)
        super().__init__(deaths)
        self.prices = PriceBoard()
        self.faults: list[str] = []
        self._calendar = Calendar(always_open=True)
        self._journal = Journal.open(setting.data_dir)
        state = self._journal.load()
        # What is edited later counts from the next reading, and that is in the journal.
        self.file, self._settings_before = dict(setting.file), state.settings_at
        self._missing = state.kept.keys() - self.file.keys()
        self._restored(state)
        hooks = Hooks(
            notify=setting.notices.extend, read=self._read, restored=self._restored,
            ask_margin=self._ask_margin,
        )  # fmt: skip
        journal = MortalJournal(self._journal, self)
        self.runner = Runner(state, journal, clock=self.clock, hooks=hooks)
        names = [MASTER, *(rules.name for rules in setting.rules)]
        self.members = {name: Member(self, name) for name in names}
        if setting.paper_judge is not None:
            setting.paper_judge.begin()
            # Before the venues listen: what they fill by a tick is judged by that tick.
            self.prices.listen(setting.paper_judge.tick)
        self.papers = {name: self._paper(name) for name in self.members if name != MASTER}
        self.paper_watch = PaperWatch(
            self.papers,
            {name: member.reading for name, member in self.members.items()},
            clock=self.clock,
            state=lambda: self.runner.state,
        )
        self.margins = MarginDesk(
            {name: member.reader for name, member in self.members.items()},
            funds={name: member.reading for name, member in self.members.items()},
            clock=self.clock,
            offer=self.runner.offer,
        )
        self.runner.lanes = self._lanes()

    def _ask_margin(self, questions: Sequence[MarginQuestion]) -> None:
        self.margins.ask(questions)

    async def run(self) -> None:
        """Live until killed."""
        try:
            async with asyncio.TaskGroup() as group:
                supervisor = Supervisor(group, clock=self.clock, faulted=self._faulted)
                self._begin()
                supervisor.watch("tick", self._tick)
                if self.setting.paper:
                    # Only then: the days of LIVE plans keep their steps.
                    supervisor.watch("paper", self.paper_watch.run)
                if any(rules.basket_window for rules in self.setting.rules):
                    supervisor.watch("margins", self.margins.run)
                for name, member in self.members.items():
                    supervisor.watch(f"{name} books", member.reconciler.run)
                    supervisor.watch(f"{name} socket", member.feed.run)
                    if name in sized_by_funds(self.runner.state):
                        supervisor.watch(f"{name} funds", member.funds.run)
                ended = group.create_task(self.dead.wait())
                await asyncio.wait((ended, self.runner.failed), return_when=asyncio.FIRST_COMPLETED)
                if not self.dead.is_set():
                    self.setting.halts.append(repr(self.runner.failed.exception()))
                self.kill()
                supervisor.stop()
        except* Killed:
            pass  # in one of its tasks
        finally:
            self.kill()
            self._journal.close()

    def kill(self) -> None:
        """End it here: nothing is written, sent or heard any more."""
        if self.dead.is_set():
            return
        self.dead.set()
        for member in self.members.values():
            member.wire.dead = True
        if not self.runner.failed.done():
            self.runner.failed.cancel()

    def committed(self) -> None:
        """Let whoever looks on look at what is durable now."""
        if not self.dead.is_set():
            self.setting.committed(self)

    @property
    def newest_event(self) -> int:
        """The newest event that is durable."""
        return self._journal.newest_event

    async def log_in(self, name: AccountName) -> None:
        """Log an account in as its owner does, and keep the session in the store."""
        user_id = self.setting.user_ids[name]
        session = self.setting.exchange.login(user_id)
        request = c.SessionStored(
            account=name, user_id=user_id, user_name=name, sealed_token=session.access_token,
            login_at=self.clock.now(),
        )  # fmt: skip
        # In use first: an exit that waited for this login leaves the moment it is stored.
        self._use(name, session.access_token)
        await self.ask(request)
        self.members[name].reconciler.forget()
        self.members[name].funds.forget()

    async def ask(self, request: c.Request, *, by: c.Requester | None = None) -> c.Reply:
        return await self.runner.ask(request, by=by or OWNER)

    def may_write(self, name: AccountName) -> bool:
        return name != MASTER and self.runner.state.venue is Venue.LIVE

    def needs(self, name: AccountName) -> Needs:
        state, now = self.runner.state, self.clock.now()
        if name == MASTER:
            return master_needs(state, self._calendar, now=now, ready=True)
        return follower_needs(state, name, now=now)

    def funds_every_s(self, name: AccountName) -> float | None:
        return funds_every_s(self.runner.state, name, self._calendar, now=self.clock.now())

    def needs_fills(self, rows: tuple[OrderRow, ...]) -> Doubt | None:
        return needs_fills(self.runner.state, rows, at=self.clock.now())

    def find_name(self, token: int) -> ListedName | None:
        instrument = self.setting.instruments.by_token(token)
        return instrument and ListedName(instrument.exchange, instrument.symbol)

    def clock_compared(self, ahead: timedelta) -> None:
        if ahead or self.runner.state.doubts_clock:
            self.runner.offer(ClockCompared(ahead=ahead, at=self.clock.now()))

    def malformed(self, detail: str) -> None:
        self.faults.append(detail)

    def _begin(self) -> None:
        now = self.clock.now()
        for answered in lost_on_paper(self.runner.state, at=now):
            self.runner.offer(answered)
        self.runner.offer(
            Started(at=now, trading_day=trading_day_of(now), install_id=self._journal.install_id)
        )
        if self._missing or not self.runner.state.leaving.keys().isdisjoint(self.file):
            back = c.TakeSettings(
                rules=tuple(self.file.values()), total_loss_limit=self.setting.total_loss
            )
            self.runner.report(back, by=OWNER)
        # Before the day turns, which waits in the queue (bot/app/process.py does it so).
        state, today = self.runner.state, trading_day_of(now)
        for name, paper in self.papers.items():
            paper.restore(open_paper_rows(state, name), paper_positions(state, name, today=today))
            if self.setting.paper_judge is not None:
                self.setting.paper_judge.known(state, name)
        for name in self.members:
            known = self.runner.state.account(name)
            if known.session_ok:
                self._use(name, known.sealed_token)

    def _use(self, name: AccountName, token: str) -> None:
        self.members[name].credentials.use(
            BrokerSession(
                user_id=self.setting.user_ids[name], user_name=name,
                access_token=Secret(token), login_at=self.clock.now(),
            )
        )  # fmt: skip

    def _keep_accounts(self) -> None:
        state = self.runner.state
        new = state.env_rules.keys() - state.kept.keys() - state.leaving.keys()
        if self.setting.edited and new:
            kept = tuple((name, "sealed") for name in sorted(new))
            self.runner.report(c.KeepFollowers(kept=kept), by=OWNER)

    async def _tick(self) -> None:
        standstill = Standstill(self.clock)
        while True:
            self._keep_accounts()
            stood_still = standstill.look(every_s=self.setting.tick_s)
            if stood_still is not None:
                self.runner.offer(stood_still)
            now = self.clock.now()
            state = self.runner.state
            priced = {(key.exchange, key.symbol) for key in state.books}
            found = [(f"{e}:{s}", self.prices.last_price(e, s)) for e, s in sorted(priced)]
            prices = tuple((key, price) for key, price in found if price is not None)
            self.runner.offer(Ticked(at=now, trading_day=trading_day_of(now), prices=prices))
            self.members[MASTER].feed.watch(watched_tokens(state))
            await asyncio.sleep(self.setting.tick_s)

    def _lanes(self) -> dict[tuple[Venue, AccountName], Lane]:
        lanes = {}
        for name, member in self.members.items():
            if name == MASTER:
                continue
            paper = self.papers[name]
            for venue, gateway, budget in (
                (Venue.PAPER, paper, None),
                (Venue.LIVE, member.gateway, RateBudget()),
            ):
                lanes[venue, name] = Lane(
                    gateway, clock=self.clock, lookout=Lookout(self.clock, NoSwitch()),
                    epoch=partial(self._epoch_of, venue, name), answered=self.runner.offer,
                    budget=budget,
                )  # fmt: skip
        return lanes

    def _paper(self, name: AccountName) -> PaperVenue:
        market = PaperMarket(
            prices=self.prices,
            find=self._known_as,
            is_open=lambda exchange, at: True,
            trades=lambda exchange, symbol, at: True,
        )
        return PaperVenue(
            name, clock=self.clock, market=market, funds=lambda: self.paper_watch.funds(name),
            on_row=self._paper_row, tell=self._paper_waits,
        )  # fmt: skip

    def _known_as(self, exchange: str, symbol: str) -> Instrument | None:
        """Return an instrument of today; the state is another after a commit that failed."""
        return self.runner.state.listed(exchange, symbol)

    def _paper_waits(self, name: AccountName, text: str) -> None:
        at = self.clock.now()
        self.runner.offer(
            Faulted(topic=topic_of(name), text=text, at=at, severity=Severity.WARNING)
        )

    def _epoch_of(self, venue: Venue, name: AccountName) -> int | None:
        return entry_epoch(self.runner.state, venue, name)

    def _paper_row(self, name: AccountName, row: OrderRow) -> None:
        if self.setting.paper_judge is not None and not self.dead.is_set():
            self.setting.paper_judge.row(name, row)
        at = self.clock.now()
        self.runner.offer(RowHinted(venue=Venue.PAPER, account=name, row=row, at=at, trusted=True))

    def _configure(self, state: State) -> None:
        # Who is leaving stays until he has gone, as what the store keeps of him has it.
        left = [
            each for each in self.setting.rules if each.name in state.leaving.keys() - self.file
        ]
        # And who was deleted while nothing ran, by what is kept of him (bot/app/keeping.py).
        left += [
            replace(each, enabled=False)
            for each in self.setting.rules
            if each.name in self._missing and remains(state, each.name)
        ]
        rules = (*self.file.values(), *left)
        configure(state, rules, total_loss_limit=self.setting.total_loss)

    def _restored(self, state: State) -> None:
        if state.settings_at == self._settings_before:
            self._configure(state)
        state.instruments = self.setting.instruments
        state.calendar = self.setting.calendar

    def _read(self, accounts: frozenset[AccountName]) -> None:
        for name in sorted(accounts):  # a set has no order that every process shares
            self.members[name].reconciler.ask()

    def _faulted(self, task: str, error: BaseException) -> None:
        self.faults.append(f"{task}: {error!r}")
        self.runner.offer(Faulted(topic="engine", text=task, at=self.clock.now()))
