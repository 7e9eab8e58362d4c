"""The whole program with its chat: the real ChatBot above a Telegram without a network."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.app import ChatBot, ChatSettings
from bot.desk import EngineDesk
from bot.restart import notices_left
from bot.used_codes import UsedCodes
from engine.core.values import records as r
from engine.core.values.events import Event, Faulted
from engine.core.values.notices import Notice, NoticeKind
from engine.core.values.secrets import Secret
from engine.runner import JournalPort
from tests.sim.sim_chat_judges import ChatJudge
from tests.sim.sim_chat_others import TOTP_SECRET
from tests.sim.sim_chat_plan import ChatDeath
from tests.sim.sim_chat_wire import SimLine, SimTelegram
from tests.sim.sim_mortal import Deaths, Killed
from tests.sim.sim_program import Life
from tests.sim.sim_setting import Setting

#: Who is answered, and who is not.
OWNER, SECOND, STRANGER = 4001, 4002, 9999
TOKEN = "7000000001:AAcanaryTOKENcanaryTOKENcanaryTOKEN1"


class ChatJournal:
    """The life's journal, watched: what is committed, and the moments at which a life may end."""

    def __init__(self, inner: JournalPort, life: "ChatLife") -> None:
        self._inner = inner
        self._life = life

    def load(self):
        return self._inner.load()

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        life, records = self._life, [record for _, records in batch for record in records]
        alerts = any(
            isinstance(each, r.NoticeRaised) and each.notice.kind is NoticeKind.ALERT
            for each in records
        )
        shown = any(isinstance(each, r.NoticeShown) for each in records)
        moments = [name for name, here in (("alert", alerts), ("shown", shown)) if here]
        for name in moments:
            life.reached(f"before {name}")
        self._inner.commit(batch)
        life.judge.committed(records, life=life.number)
        for name in moments:
            life.reached(f"after {name}")
        if any(isinstance(each, r.UpdateAnswered) for each in records):
            life.reached("after answered")


class ChatLife(Life):
    """One life of the engine and its chat, put together as the composition root does."""

    def __init__(
        self,
        setting: Setting,
        sim: SimTelegram,
        judge: ChatJudge,
        death: ChatDeath | None,
        *,
        number: int,
        codes: bool = False,
    ) -> None:
        super().__init__(setting, Deaths())
        self.judge = judge
        self.number = number
        self.death = death
        self._moments: dict[str, int] = {}
        self.runner._journal = ChatJournal(self.runner._journal, self)
        self.runner._hooks = replace(self.runner._hooks, notify=self._notify)
        for name, member in self.members.items():
            # Chances of their own: what one account is asked for moves no other's answer.
            chance = random.Random(f"{number}:{name}")
            member.wire._rng = chance
            member.feed._stream._rng = chance
        self.desk = self._desk()
        self.line = SimLine(sim)
        self._sim = sim
        sim.handed = self._handed
        sim.heard = self._heard
        sim.confirmed = self._confirmed
        settings = ChatSettings(
            bot_token=Secret(TOKEN), admins=frozenset({OWNER, SECOND}),
            api_url="http://127.0.0.1:1", require_totp=codes,
            totp_secret=Secret(TOTP_SECRET) if codes else None,
        )  # fmt: skip
        self.chat = ChatBot(self.desk, setting.clock, settings, transport=self.line)
        people, now = self.chat.people, setting.clock.now()
        for notice, chats in notices_left(self._journal, people.everybody(), now=now):
            waiting = [each for each in chats if people.missed(each, notice)]
            if waiting:
                self.chat.offer_again(notice, waiting)
        self._talk: asyncio.Task[None] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._talk = loop.create_task(self._chat())
        if self.death is not None and self.death.where == "time":
            loop.call_later(float(self.death.n), self.kill)
        if self.death is not None and self.death.where == "signal":
            loop.call_later(float(self.death.n), lambda: loop.create_task(self._end_gently()))
        # As in the composition root: behind the start itself.
        loop.call_soon(lambda: loop.call_soon(self.chat.greet))
        try:
            await super().run()
        finally:
            self._talk.cancel()
            await asyncio.wait([self._talk])

    def kill(self) -> None:
        self.line.dead = True
        super().kill()

    def reached(self, moment: str) -> None:
        """End the life here, if this is the moment."""
        self._moments[moment] = self._moments.get(moment, 0) + 1
        death = self.death
        if self.dead.is_set() or (
            death is not None and death.where == moment and death.n == self._moments[moment]
        ):
            self.kill()
            raise Killed

    def alert(self, topic: str, text: str) -> None:
        """Have the engine raise an alert."""
        self.runner.offer(Faulted(topic=topic, text=text, at=self.setting.clock.now()))

    async def _chat(self) -> None:
        try:
            await self.chat.run()
        except* Killed:
            self.kill()

    async def _end_gently(self) -> None:
        """End as after SIGTERM: the chat says its last words first."""
        if self._talk is not None and not self.dead.is_set():
            self._talk.cancel()
            await asyncio.wait([self._talk])
            await asyncio.sleep(0)
            self.kill()

    def _notify(self, notices: Sequence[Notice]) -> None:
        self.setting.notices.extend(notices)
        for notice in notices:
            self.chat.offer(notice)

    def _handed(self, update_ids: list[int]) -> None:
        self.judge.handed(update_ids)
        self._quietly("after fetch")

    def _heard(self, method: str, values: dict[str, object], status: int) -> None:
        self.judge.heard(method, values)
        if method == "sendMessage" and status == 200:
            self._quietly("after send")

    def _confirmed(self, offset: int) -> None:
        self.judge.confirmed(offset)
        self._quietly("in poll")

    def _quietly(self, moment: str) -> None:
        """End the life between two of its own steps."""
        try:
            self.reached(moment)
        except Killed:
            return

    def _desk(self) -> EngineDesk:
        async def no_story(_asked, _numbered):
            return None

        return SimDesk(
            self.runner,
            clock=self.setting.clock,
            sessions={name: SimLogin() for name in self.members},
            readers={name: member.reconciler._reader for name, member in self.members.items()},
            story=no_story,
            sealer=NoSeal(),
            context_of=str,
            live_refusals=(),
            problems=lambda: (),
            store_fault=lambda: "",
            changed=lambda name: self.members[name].reconciler.forget(),
            registered=lambda secret: None,
            used_codes=UsedCodes(self.setting.data_dir / "totp.used"),
            days=None,
        )


class SimDesk(EngineDesk):
    """The engine's door; how the machine is looked at needs threads, which there are none of in here."""

    async def preflight(self, venue):
        return await self.checked(venue)


class NoSeal:
    """Keeps tokens as they are."""

    def seal(self, text: str, context: str) -> str:
        return text


class SimLogin:
    """A login page of which only the address is asked for."""

    def login_url(self, state: str) -> str:
        return f"https://kite.zerodha.com/connect/login?state={state}"
