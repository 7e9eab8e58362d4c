"""Runs a plan of the chat in virtual time and says which promises were broken."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

import engine.runner
from demo.chat.conversation import Change, ChangeKind
from demo.chat.messages import Message, User
from demo.chat.people import Person
from engine.core.state.turn import Decision
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.events import Faulted
from engine.core.values.notices import Severity
from tests.bot_chat.chat_updates import a_message, a_tap, kinds
from tests.sim.sim_chat import OWNER, SECOND, STRANGER, ChatLife
from tests.sim.sim_chat_judges import ChatJudge, Tap
from tests.sim.sim_chat_others import (
    NAMES,
    OTHERS,
    OthersJudge,
    let_in,
    may_act,
    speaker_of,
    words_of,
)
from tests.sim.sim_chat_plan import STRANGE, ChatPlan, Deed
from tests.sim.sim_chat_wire import SimTelegram
from tests.sim.sim_day import Day
from tests.sim.sim_trouble import fault_of
from tests.sim.virtual_loop import run_virtually

SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL)
#: How long somebody keeps the bot blocked, seconds.
BLOCKED_S = 12.0
#: What the chat needs to say everything after the last trouble.
SAYS_ALL_S = 45.0


@dataclass(slots=True)
class ChatOutcome:
    """What came of a day; `orders` are those of the followers, without their times."""

    violations: list[str] = field(default_factory=list)
    orders: list[tuple[str, ...]] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    lives: int = 0
    acted: int = 0


def run_chat_day(plan: ChatPlan, data_dir: Path) -> ChatOutcome:
    """Run a plan from the opening to a quiet end; the folder must be empty."""

    async def work() -> ChatOutcome:
        day = ChatDay(plan, data_dir)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine.runner, "decide", day.decide)
            return await day.go()

    return run_virtually(work())


class ChatDay(Day):
    """One run."""

    def __init__(self, plan: ChatPlan, data_dir: Path) -> None:
        super().__init__(plan.day, data_dir, lambda gateway: gateway)
        self._plan = plan
        self._chat_deaths = list(plan.deaths)
        self.sim = SimTelegram(self.clock, random.Random(f"{plan.day.seed}:telegram"))
        telegram = self.sim.telegram
        names = {OWNER: "Asha", SECOND: "Ravi", STRANGER: "Eve"}
        names |= NAMES if plan.has_others else {}
        self.people = {id_: Person(telegram, User(id=id_, name=n)) for id_, n in names.items()}
        self.owners = (self.people[OWNER], self.people[SECOND])
        self.chat_judge = ChatJudge(telegram, self.clock, (OWNER, SECOND), self.judge.broken)
        self.others_judge = OthersJudge(self.judge.broken, self._held)
        if plan.has_others:
            self.chat_judge.others = frozenset(NAMES)
            self.chat_judge.look_on = self.others_judge.committed
        self.buttons: dict[str, tuple[int, int, Message]] = {}
        telegram.on_change(self._seen)
        self.setting.spy = self._spy
        self._alerts = 0
        self._quiet_from = 0.0

    async def go(self) -> ChatOutcome:
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            keeper = group.create_task(self._keep_alive(group))
            await self._open()
            if self._plan.has_others:
                await self._let_in()
            for trouble in self.plan.troubles:
                self.exchange.faults.add(
                    fault_of(trouble, self.setting.user_ids[self.names[trouble.account - 1]])
                )
            began = self.clock.monotonic()
            loop = asyncio.get_running_loop()
            for trouble in self._plan.troubles:
                loop.call_at(began + trouble.at, self.sim.begin, trouble)
            for deed in self._plan.deeds:
                await self._until(began + deed.at)
                await self._deed(deed)
            ends = [
                began + self._plan.lasts_s,
                *(began + each.at + each.seconds for each in self._plan.troubles),
            ]
            await self._until(max(ends))
            await self._heal_chat()
            self._judge_panic()
            await self._heal(5.0)
            keeper.cancel()
            pump.cancel()
            life = self.lives.now()
            self._judge_life(life)
            life.kill()
        self._judge_all(life)
        self.chat_judge.end(healed_at=self._quiet_from)
        return self._chat_outcome()

    # -- lives --------------------------------------------------------------------------------

    async def _keep_alive(self, group: asyncio.TaskGroup) -> None:
        while True:
            death = self._chat_deaths.pop(0) if self._chat_deaths else None
            self.outcome.lives += 1
            life = ChatLife(
                self.setting, self.sim, self.chat_judge, death, number=self.outcome.lives,
                codes=self._plan.has_others,
            )  # fmt: skip
            self.lives.begin(life)
            self._quiet_from = self.clock.monotonic()
            living = group.create_task(life.run())
            await life.dead.wait()
            died_at = self.clock.monotonic()
            await asyncio.wait([living])
            await self._until(died_at + (death.pause if death else 1.1))

    def decide(self, state, event, allowances) -> Decision:
        """Decide as the judge of orders does; alerts of the plan have a severity of their own."""
        decision = self.judge.decide(state, event, allowances)
        if not isinstance(event, Faulted) or not event.topic.startswith("topic"):
            return decision
        severity = SEVERITIES[int(event.text.rsplit(" ", 1)[-1]) % len(SEVERITIES)]
        records = tuple(
            replace(each, notice=replace(each.notice, severity=severity))
            if isinstance(each, r.NoticeRaised)
            else each
            for each in decision.records
        )
        notices = tuple(replace(each, severity=severity) for each in decision.notices)
        return replace(decision, records=records, notices=notices)

    def _spy(self, account, request) -> None:
        entries = len(self.judge._sent.get(account, ()))
        self.judge.spy(account, request)
        sent = self.judge._sent.get(account, ())
        if len(sent) > entries and sent[-1][1] and not self.lives.now().runner.state.copying:
            self.judge.broken(f"an entry of {account} left after a stop")

    async def _heal_chat(self) -> None:
        """End every trouble of the chat; people unblock the bot; then everything must be said."""
        self.sim.heal()
        self._chat_deaths.clear()
        self._pump_s = self.setting.tick_s = 0.5
        while self.lives.now().dead.is_set():  # noqa: ASYNC110 - it is virtual
            await asyncio.sleep(0.5)
        self.lives.now().death = None
        for person in self.owners:
            if self.sim.telegram.conversation(person.id).has_blocked:
                person.send("/status")
        self._quiet_from = max(self._quiet_from, self.clock.monotonic())
        await asyncio.sleep(SAYS_ALL_S)
        for person in self.owners:
            person.send("/version")
            answered = person.mark()
            await asyncio.sleep(5)
            shown = self.sim.telegram.conversation(person.id).changes[answered:]
            if not any("kitecopytrader" in each.message.text for each in shown):
                self.judge.broken(f"/version of {person.name} is not answered")

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self.clock.monotonic()))

    # -- people -------------------------------------------------------------------------------

    def _seen(self, change: Change) -> None:
        """Note every question's button, when it is first on a screen."""
        if change.kind is ChangeKind.TOAST or not change.message.from_bot:
            return
        for button in change.message.buttons:
            if (button.data or "").startswith("v1|"):
                shown = (change.chat_id, self.outcome.lives, change.message)
                self.buttons.setdefault(str(button.data), shown)

    async def _deed(self, deed: Deed) -> None:
        match deed.kind:
            case "master":
                assert deed.act is not None
                await self._do(deed.act)
            case "logout":
                self.exchange.sessions.kill(self.setting.user_ids[self.names[0]])
            case "alert":
                self._alert(deed)
            case "kills" | "releases":
                await self.lives.ask(c.SetKill(active=deed.kind == "kills"))
            case kind if kind in STRANGE:
                self._strange(deed)
            case kind if kind in OTHERS:
                self._others(kind)
            case _:
                self._at_the_phone(self.owners[deed.who % 2], deed)

    async def _let_in(self) -> None:
        for request, user_id in let_in(self.names[0]):
            by = c.Requester(user_id=user_id, name=NAMES.get(user_id, "command line"))
            await self.lives.ask(request, by=by)

    def _others(self, kind: str) -> None:
        """Have an operator or a follower say something; or an owner, about what those may not do."""
        if kind == "owner: confirms":
            shown = self._newest(self.people[OWNER], "Confirm panic")
            if shown is not None:
                found = next(b for b in shown.buttons if b.text.startswith("Confirm panic"))
                self._tap(self.people[OWNER], shown, str(found.data))
            return
        speaker = speaker_of(kind)
        words = words_of(kind, now=self.clock.now())
        number = self.people[speaker or OWNER].send(words)
        if may_act(kind):
            self.chat_judge.must_act[number] = kind
            self.chat_judge.theirs.add(number)

    def _held(self) -> list[str]:
        """Return what followers who are logged in hold at the exchange."""
        state = self.lives.now().runner.state
        return [
            f"{units} of {name}"
            for name in self.names
            if state.account(name).session_ok
            for units in self.exchange.net_positions(self.setting.user_ids[name]).values()
            if units
        ]

    def _judge_panic(self) -> None:
        state = self.lives.now().runner.state
        if self._plan.has_others and state.panic is not None:
            self.others_judge.end(since=not state.copying)

    def _alert(self, deed: Deed) -> None:
        life = self.lives.now()
        if not life.dead.is_set():
            self._alerts += 1
            text = f"thing {self._alerts} of severity {deed.pick % 4}"
            life.alert(f"topic {deed.pick % 3}", text)

    def _at_the_phone(self, person: Person, deed: Deed) -> None:
        match deed.kind:
            case "blocks":
                person.block()
                loop = asyncio.get_running_loop()
                loop.call_later(BLOCKED_S, person.send, "/status")
            case "storms":
                for _ in range(25):
                    person.send("/status")
                self._says(person, "/stop")
            case "edits into /start_copy":
                mine = [each for each in person.messages() if not each.from_bot]
                if mine and mine[-1].text != "/start_copy":
                    self.chat_judge.unheard[person.edit(mine[-1], "/start_copy")] = deed.kind
            case "deletes the newest":
                shown = self._newest(person, "")
                if shown is not None:
                    chat = self.sim.telegram.conversation(person.id)
                    chat.delete(shown.message_id, at=self.clock.now())
            case kind if kind.startswith("taps"):
                self._taps(person, deed)
            case text:
                self._says(person, text)

    def _says(self, person: Person, text: str) -> None:
        words, _, ago = text.partition(",")
        sent_at = self.clock.now().replace(hour=9) if ago else None
        number = person.send(words, sent_at=sent_at)
        known = [f"/pause {name}" for name in self.names]
        if words.lower().startswith("/stop") or words in known:
            self.chat_judge.must_act[number] = words

    def _taps(self, person: Person, deed: Deed) -> None:
        words = {
            "taps confirm": "Confirm", "taps confirm twice": "Confirm", "taps cancel": "Cancel",
            "taps refresh": "Refresh", "taps cancel resting": "Cancel resting",
        }  # fmt: skip
        if deed.kind == "taps an old button":
            if self.buttons:
                data = list(self.buttons)[deed.pick % len(self.buttons)]
                self._tap(person, self.buttons[data][2], data)
            return
        shown = self._newest(person, words.get(deed.kind, ""))
        if shown is None:
            return
        if deed.kind == "taps forged data":
            data = ("v1|AAAAAAAAAAAAAAAAAAAAAA|0", "r|stop", "r|start_copy", "v1|x|y|z", "")[
                deed.pick % 5
            ]
            self.chat_judge.unheard[person.tap_data(shown, data or "r|")] = deed.kind
            return
        label = words[deed.kind]
        exact = [each for each in shown.buttons if each.text == label]
        found = exact or [each for each in shown.buttons if each.text.startswith(label)]
        for _ in range(2 if deed.kind.endswith("twice") else 1):
            self._tap(person, shown, str(found[0].data))

    def _tap(self, person: Person, shown: Message, data: str) -> None:
        number = person.tap_data(shown, data)
        if data in self.buttons:
            shown_to, life, _ = self.buttons[data]
            tap = Tap(data.split("|")[1], person.id, shown_to, life)
            self.chat_judge.taps[number] = tap

    def _newest(self, person: Person, label: str) -> Message | None:
        for message in reversed(person.messages()):
            texts = [button.text for button in message.buttons]
            if message.from_bot and (not label or any(t.startswith(label) for t in texts)):
                return message
        return None

    def _strange(self, deed: Deed) -> None:
        eve, updates = self.people[STRANGER], self.sim.telegram.updates
        match deed.kind:
            case "says /stop" | "says /start_copy":
                number = eve.send(deed.kind.removeprefix("says "))
            case "taps his button":
                data = list(self.buttons)[-1] if self.buttons else "r|status"
                query = f"eve{len(self.chat_judge.unheard)}"
                self.chat_judge.queries_of_strangers.add(query)
                number = updates.add("callback_query", a_tap(STRANGER, id=query, data=data))
            case _:
                who = OWNER if deed.pick % 3 == 0 else STRANGER
                every = kinds(who) | {"plain": {"message": a_message(STRANGER)}}
                name = list(every)[deed.pick % len(every)]
                kind, payload = next(iter(every[name].items()), ("nothing", {}))
                number = updates.add(kind, payload)
        self.chat_judge.unheard[number] = f"{deed.kind} {number}"

    # -- the end ------------------------------------------------------------------------------

    def _judge_life(self, life: ChatLife) -> None:
        """Everything is said, and both tasks of the chat live."""
        waiting = len(life.chat._outbox._lines.words)
        if waiting:
            self.judge.broken(f"{waiting} posts still wait")
        if life._talk is None or life._talk.done():
            self.judge.broken("the chat has ended")
        eve = self.sim.telegram.conversation(STRANGER)
        if any(change.message.from_bot for change in eve.changes):
            self.judge.broken("the stranger was written to")

    def _chat_outcome(self) -> ChatOutcome:
        rows = [
            (name, str(row["tag"])[4:], *(str(row[field]) for field in _SAME))
            for name in self.names
            for row in self.exchange.orders_of(self.setting.user_ids[name])
        ]
        screens = [
            f"{change.number} {change.kind} {change.message.message_id} {change.message.text}"
            for person in self.owners
            for change in self.sim.telegram.conversation(person.id).changes
        ]
        return ChatOutcome(
            violations=self.judge.violations,
            orders=sorted(rows),
            struck=self.sim.struck,
            screens=screens,
            lives=self.outcome.lives,
            acted=len(self.chat_judge._answered),
        )


#: Besides the tag, whose first four letters name the installation.
_SAME = (
    "tradingsymbol", "transaction_type", "order_type", "quantity", "filled_quantity", "price",
    "status",
)  # fmt: skip
