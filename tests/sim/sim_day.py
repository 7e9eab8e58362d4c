"""Runs a plan against the exchange's core in virtual time and says which promises were broken."""

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs

import pytest

import engine.runner
from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id, follower_name
from demo.exchange.instruments import Instruments, Toward
from demo.exchange.ledger import Act as Write
from demo.exchange.wire import KiteError, Row
from engine.brokers.kite.replies import Request
from engine.core import control as c
from engine.core.commands import Place, Priority
from engine.core.decide import decide
from engine.core.events import Allowance, Event
from engine.core.keys import Key, Leg
from engine.core.ledger import carry_of
from engine.core.market import MASTER, AccountName, OrderId, Tag, Venue
from engine.core.records import ChildPlanned, HoldingGone, NoticeRaised
from engine.core.rules import FollowerRules, Mirror
from engine.core.state import State
from engine.errors import JournalError
from engine.ports import OrderGateway
from storage.codec import decode_record
from storage.journal import STORE_NAME
from tests.sim.sim_plan import FUTURE, SHARE, Act, Plan, fault_of
from tests.sim.sim_program import Deaths, Killed, Life, Setting, listed
from tests.sim.virtual_loop import VirtualClock, run_virtually

SYMBOLS = (SHARE, FUTURE)
#: Our own limits per account and second, in all and for entries.
MOST, MOST_ENTRIES = 8, 6


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
            patch.setattr(engine.runner, "decide", day._decide)
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
        self.setting = Setting(
            exchange=self.exchange,
            data_dir=data_dir,
            clock=self.clock,
            rng=random.Random(f"{plan.seed}:wire"),
            rules=tuple(
                FollowerRules(
                    name=name, user_id=ids[name], multiplier=Decimal(multiplier),
                    mirror=Mirror(mirror),
                )
                for name, multiplier, mirror in zip(
                    self.names, plan.multipliers, plan.mirrors, strict=True
                )
            ),
            user_ids={MASTER: MASTER_ID} | ids,
            instruments=listed(self.exchange),
            spy=self._spy,
            gateway=gateway,
        )  # fmt: skip
        self._life: Life | None = None
        self._living: asyncio.Task[None] | None = None
        self._deaths = list(plan.deaths)
        self._pump_s = 0.2
        self._sent: dict[str, list[tuple[float, bool]]] = {}
        self._gone: dict[Key | None, int] = {}

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
            assert self._life is not None
            self._life.kill()
        self._judge(self._life.runner.state)
        return self.outcome

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

    # -- people -------------------------------------------------------------------------------

    async def _do(self, act: Act) -> None:
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
            case _:
                with contextlib.suppress(KiteError):
                    self._trade(act)

    def _trade(self, act: Act) -> None:
        exchange, symbol, product, lot = SYMBOLS[act.symbol]
        row = self.exchange.instruments[exchange, symbol]
        last = self.exchange.market.touch(row).last
        price = row.round(last + act.ticks * row.tick_size * 4, Toward.DOWN)
        quantity = act.lots * lot
        match act.kind:
            case "price":
                self.exchange.set_price(exchange, symbol, price)
                return
            case "depth":
                self.exchange.set_depth(exchange, symbol, quantity if act.ticks > 0 else None)
                return
            case "cancel":
                for open_row in self._open_orders():
                    self.exchange.cancel_from_app(MASTER_ID, str(open_row["order_id"]))
                    return
                return
        if act.kind == "reverse":
            net = self._master_net(SYMBOLS[act.symbol])
            if not net:
                return
            side, quantity = ("SELL" if net > 0 else "BUY"), abs(net) + quantity
        else:
            side = "BUY" if act.kind.startswith("buy") else "SELL"
        order: dict[str, object] = {
            "exchange": exchange, "tradingsymbol": symbol, "transaction_type": side,
            "quantity": quantity, "product": product,
        }  # fmt: skip
        if act.kind.endswith("limit"):
            order["price"] = price
        self.exchange.place_from_app(MASTER_ID, **order)

    def _open_orders(self) -> list[Row]:
        rows = self.exchange.orders_of(MASTER_ID)
        return [row for row in rows if row["status"] in {"OPEN", "TRIGGER PENDING"}]

    def _master_net(self, symbol: tuple[str, str, str, int]) -> int:
        found = self.exchange.net_positions(MASTER_ID)
        return sum(n for k, n in found.items() if tuple(k)[:2] == symbol[:2])

    async def _heal(self, rest_s: float) -> None:
        """End every trouble; the master goes home flat; then there is peace."""
        self.exchange.faults.clear()
        self._deaths.clear()
        if self._life is not None:
            self._life.deaths = Deaths()
        for exchange, symbol, _, _ in SYMBOLS:
            self.exchange.set_depth(exchange, symbol, None)
        for name in (MASTER, *self.names):
            await self._log_in(name)
        await asyncio.sleep(5)
        for row in self._open_orders():
            self.exchange.cancel_from_app(MASTER_ID, str(row["order_id"]))
        await asyncio.sleep(5)
        for one in SYMBOLS:
            while net := self._master_net(one):
                exchange, symbol, product, lot = one
                self.exchange.place_from_app(
                    MASTER_ID, exchange=exchange, tradingsymbol=symbol, product=product,
                    transaction_type="SELL" if net > 0 else "BUY",
                    quantity=min(abs(net), 25 * lot),
                )  # fmt: skip
        await asyncio.sleep(20)
        self._pump_s = self.setting.tick_s = 0.5
        await asyncio.sleep(rest_s)

    def _shorten_the_list(self) -> None:
        """List only what is traded: every reading and step costs by the row."""
        kept = [self.exchange.instruments[each[0], each[1]] for each in SYMBOLS]
        short = Instruments(kept)
        self.exchange.instruments._by_key = short._by_key
        self.exchange.instruments._by_token = short._by_token
        for each in kept:
            self.exchange.set_price(each.exchange, each.tradingsymbol, each.close)

    # -- promises, at every write -------------------------------------------------------------

    def _spy(self, account: str, request: Request) -> None:
        self.outcome.writes += 1
        placing = request.method == "POST"
        fields = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        entry = False
        if self.plan.paper:
            self._broken(f"PAPER wrote {request.method} {request.target}")
        if account == MASTER:
            self._broken("the master's account was written to")
        if placing:
            tag = fields.get("tag", "")
            state, leg = self._stored(tag)
            entry = leg == Leg.ENTRY
            if state != "SENDING":
                self._broken(f"{tag} left while the store says {state}")
            if leg == Leg.EXIT:
                self._check_exit(tag, fields)
        self._check_rate(account, entry=entry)

    def _stored(self, tag: str) -> tuple[str | None, str | None]:
        with contextlib.closing(sqlite3.connect(self.setting.data_dir / STORE_NAME)) as db:
            row = db.execute("SELECT state, leg FROM intents WHERE tag = ?", (tag,)).fetchone()
        return (row[0], row[1]) if row else (None, None)

    def _check_exit(self, tag: str, fields: dict[str, str]) -> None:
        """No exit that leaves may add to what is held, by the store and by the exchange."""
        assert self._life is not None
        state = self._life.runner.state
        key = state.children[tag].key
        book = state.book(key)
        true = self._true_net(key.follower).get((key.exchange, key.symbol), 0)
        sign = 1 if fields["transaction_type"] == "BUY" else -1
        nets = (book.held if book else 0, true)
        if not any(net * sign < 0 and int(fields["quantity"]) <= abs(net) for net in nets):
            what = f"{fields['transaction_type']} {fields['quantity']}"
            self._broken(f"exit {tag}: {what}, held {nets[0]}, at the exchange {true}")

    def _decide(self, state: State, event: Event, allowances: Mapping[AccountName, Allowance]):
        """Decide as the engine does, and look at each entry at the moment of its decision."""
        decision = decide(state, event, allowances)
        for command in decision.sends:
            if isinstance(command, Place) and command.priority is Priority.ENTRY:
                self._check_entry(state, command.tag)
        return decision

    def _check_entry(self, state: State, tag: str) -> None:
        """No entry may plan more than what the master's orders make, but for rounding."""
        child = state.children[Tag(tag)]
        book = state.book(child.key)
        position = state.master[child.key.master]
        instrument = state.instruments.find(child.key.exchange, child.key.symbol)
        assert instrument is not None
        lot = instrument.lot_size
        left = child.side.sign * carry_of(book, position, lot_size=lot)
        # A carry is pinned when its order is first seen: two orders may each round by one lot.
        if left <= -2 * lot:
            self._broken(f"entry {tag}: {child.command.quantity}, of which {-left} too many")

    def _check_rate(self, account: str, *, entry: bool) -> None:
        now = self.clock.monotonic()
        sent = self._sent.setdefault(account, [])
        sent.append((now, entry))
        sliding = [each for each in sent if each[0] > now - 1]
        calendar = [each for each in sent if int(each[0]) == int(now)]
        for window in (sliding, calendar):
            entries = sum(was_entry for _, was_entry in window)
            if len(window) > MOST or entries > MOST_ENTRIES:
                self._broken(
                    f"{account}: {len(window)} writes in a second, {entries} of them entries"
                )

    def _broken(self, what: str) -> None:
        self.outcome.violations.append(f"{self.clock.monotonic():8.3f} {what}")

    # -- promises, at the end -----------------------------------------------------------------

    def _judge(self, state: State) -> None:
        planned, notices = self._journalled()
        self._judge_once(planned)
        self._judge_holdings(state, notices)
        self._judge_reasons(state)
        self._judge_store()
        assert self._life is not None
        for fault in self._life.faults:
            self._broken(f"inside: {fault}")
        for halt in self.setting.halts:
            self._broken(f"halted: {halt}")
        self.outcome.alerts = [each.notice.text for each in notices if each.notice.text]
        self.outcome.copied = sum(child.filled > 0 for child in state.children.values())

    def _journalled(self) -> tuple[list[ChildPlanned], list[NoticeRaised]]:
        planned, notices = [], []
        with contextlib.closing(sqlite3.connect(self.setting.data_dir / STORE_NAME)) as db:
            for kind, body in db.execute("SELECT kind, body FROM records ORDER BY seq"):
                record = decode_record(kind, body)
                if isinstance(record, ChildPlanned):
                    planned.append(record)
                elif isinstance(record, NoticeRaised):
                    notices.append(record)
                elif isinstance(record, HoldingGone):
                    self._gone[record.key] = self._gone.get(record.key, 0) + record.units
        return planned, notices

    def _judge_once(self, planned: list[ChildPlanned]) -> None:
        """One placement a tag on the wire; one child a wish."""
        wires = Counter(
            write.tag for write in self.exchange.ledger.order_writes() if write.act is Write.PLACE
        )
        for tag, times in wires.items():
            if times > 1:
                self._broken(f"{tag} was posted {times} times")
        known = {each.command.tag for each in planned}
        for tag in wires.keys() - known:
            self._broken(f"{tag} reached the exchange and is not in the store")
        wishes = Counter(
            (
                each.key.venue,
                each.key.follower,
                each.order_id,
                each.leg,
                each.generation,
                each.slice,
            )
            for each in planned
        )
        for wish, times in wishes.items():
            if times > 1:
                self._broken(f"{wish} was planned {times} times")

    def _judge_holdings(self, state: State, notices: list[NoticeRaised]) -> None:
        """What the store holds is what our tags filled; and it is nothing, or somebody was told."""
        named = {
            each.notice.follower or each.notice.text.split(":")[0].split(" ")[0]
            for each in notices
            if each.notice.needs_human
        }
        for name in self.names:
            true = self._true_net(name)
            for key, books in state.books.items():
                book = books.get((Venue.LIVE, name))
                held = book.held if book else 0
                net = true.pop((key.exchange, key.symbol), 0)
                # What stale positions proved gone is written off, and a person is asked to look.
                if held + self._gone.get(book.key if book else None, 0) != net:
                    self._broken(f"{name} {key.symbol}: the store holds {held}, the exchange {net}")
                if net and name not in named:
                    self._broken(f"{name} {key.symbol}: {net} are left and nobody was told")
            for key_left, net in true.items():
                if net:
                    self._broken(f"{name} {key_left}: {net} at the exchange, nothing in the store")
            for row in self.exchange.orders_of(self.setting.user_ids[name]):
                if row["status"] == "OPEN" and str(row["tag"]) and name not in named:
                    self._broken(f"{name}: {row['tradingsymbol']} {row['tag']} still rests")

    def _true_net(self, name: AccountName) -> dict[tuple[str, str], int]:
        """Return what our tagged orders filled at the exchange, signed units by symbol."""
        found: dict[tuple[str, str], int] = {}
        for row in self.exchange.orders_of(self.setting.user_ids[name]):
            if str(row["tag"] or "").startswith("KC"):
                sign = 1 if row["transaction_type"] == "BUY" else -1
                at = (str(row["exchange"]), str(row["tradingsymbol"]))
                found[at] = found.get(at, 0) + sign * int(str(row["filled_quantity"]))
        return found

    def _judge_reasons(self, state: State) -> None:
        """Every order of the master ended for every follower with an order or a reason."""
        venue = Venue.PAPER if self.plan.paper else Venue.LIVE
        for row in self.exchange.orders_of(MASTER_ID):
            order_id = OrderId(str(row["order_id"]))
            key = state.master_key_of.get(order_id)
            if key is None:
                self._broken(f"master order {order_id} ({row['status']}) was never seen")
                continue
            for name in self.names:
                book = state.books.get(key, {}).get((venue, name))
                part = book.parts.get(order_id) if book else None
                if part is None or not (part.children or part.skips):
                    self._broken(
                        f"{name}: no order and no reason for {row['transaction_type']} "
                        f"{row['quantity']} {row['tradingsymbol']} {row['status']} ({order_id})"
                    )

    def _judge_store(self) -> None:
        with contextlib.closing(sqlite3.connect(self.setting.data_dir / STORE_NAME)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
            faults = db.execute("PRAGMA foreign_key_check").fetchall()
        if verdict != "ok" or faults:
            self._broken(f"the store is damaged: {verdict} {faults}")
