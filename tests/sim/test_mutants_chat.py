"""Planted faults of the chat: the simulation must notice each of them."""

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

import bot.chat.gate
import bot.chat.people
import engine.core.state.fold
import storage.waiting_notices
from bot.chat.cockpit import Cockpit
from bot.chat.outbox import Outbox
from bot.chat.polling import Polling
from bot.chat.posts import PostQueue
from bot.chat.prompts import Accepted, Prompts
from bot.chat.router import Router
from bot.chat.speaker import Speaker
from engine.core.values import records as r
from engine.core.values.people import Role
from storage.journal import Journal
from tests.sim.sim_chat_day import run_chat_day
from tests.sim.sim_chat_plan import ChatDeath, ChatPlan, ChatTrouble, Deed
from tests.sim.sim_plan import Plan


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted fault: what it is, the day that shows it, and words of what is said then."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]
    plan: ChatPlan
    words: str


def a_day(*deeds: Deed, troubles=(), deaths=()) -> ChatPlan:
    """Return a day of one follower and no trouble at the broker."""
    day = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), symbols=(0,))
    return ChatPlan(day=day, deeds=deeds, troubles=troubles, deaths=deaths)


def alerts(*picks: int, at: float = 3.0) -> tuple[Deed, ...]:
    return tuple(Deed(at=at, kind="alert", pick=pick) for pick in picks)


STOP = Deed(at=3.0, kind="/stop")
DOWN = ChatTrouble(kind="down", at=2.0, seconds=8.0)
FLOOD = ChatTrouble(kind="flood", at=1.0, seconds=30.0)
FLOODED_STOP = a_day(*alerts(0, at=1.5), STOP, troubles=(FLOOD,))
KILLED_AFTER_IT = ChatDeath(where="after answered", n=1)
CONFIRMED = (STOP, Deed(at=4.0, kind="/start_copy"), Deed(at=5.5, kind="taps confirm twice"))


def noted_before_sent(patch: pytest.MonkeyPatch) -> None:
    honest = Speaker.attempt

    async def hasty(self, post):
        if post.topic is not None:
            self.outbox._settling.report(post.what.notice, post.chat_id, 1, topic="")
        return await honest(self, post)

    made = Outbox.__init__

    def make(self, *args, **more) -> None:
        made(self, *args, **more)
        type(self._speaker).outbox = self

    patch.setattr(Speaker, "outbox", None, raising=False)
    patch.setattr(Outbox, "__init__", make)
    patch.setattr(Speaker, "attempt", hasty)


def acknowledged_before_journalled(patch: pytest.MonkeyPatch) -> None:
    async def late(self, update) -> None:
        await asyncio.sleep(0.5)
        await self._deliver(update)

    patch.setattr(Polling, "_handle_one", late)
    patch.setattr("bot.chat.polling.HANDLED_S", 0.0)


def asked_without_its_number(patch: pytest.MonkeyPatch) -> None:
    honest = Cockpit.request

    async def request(self, ask, request):
        return await honest(self, replace(ask, update_id=None), request)

    patch.setattr(Cockpit, "request", request)


def numbers_forgotten_at_a_restart(patch: pytest.MonkeyPatch) -> None:
    load = Journal.load

    def forgetful(self):
        state = load(self)
        state.replies.clear()
        return state

    patch.setattr(Journal, "load", forgetful)


def stop_waits_for_the_flood(patch: pytest.MonkeyPatch) -> None:
    honest = Router.guarded

    async def patient(self, work, ask) -> None:
        queue = self._cockpit.outbox._lines.words
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, queue._held.get(ask.chat_id, 0.0) - loop.time()))
        await honest(self, work, ask)

    patch.setattr(Router, "guarded", patient)


def strangers_are_let_in(patch: pytest.MonkeyPatch) -> None:
    """Gate and reception ask one answer: who nobody knows is taken for an owner."""
    honest = bot.chat.people.People.role
    patch.setattr(
        bot.chat.people.People, "role", lambda self, user_id: honest(self, user_id) or Role.OWNER
    )


def strangers_may_tap(patch: pytest.MonkeyPatch) -> None:
    """The gate lets every tap through, and the reception behind it takes it for an owner's."""
    honest = bot.chat.gate.Gate.admits

    def admits(self, update) -> bool:
        return update.callback_query is not None or honest(self, update)

    patch.setattr(bot.chat.gate.Gate, "admits", admits)
    strangers_are_let_in(patch)


def buttons_act_twice(patch: pytest.MonkeyPatch) -> None:
    def tap(self, data, user_id):
        _, nonce, index = data.split("|")
        return Accepted(action=self._open[nonce].choices[int(index)].action)

    patch.setattr(Prompts, "tap", tap)


def only_one_chat_is_told_again(patch: pytest.MonkeyPatch) -> None:
    honest = Journal.waiting_notices

    def waiting(self, chats, *, since):
        seen = set(storage.waiting_notices._shown(self._db))
        return [each for each in honest(self, chats, since=since) if each[0].notice_id not in seen]

    patch.setattr(Journal, "waiting_notices", waiting)


def nothing_is_told_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "waiting_notices", lambda self, chats, *, since: [])


def topics_are_overtaken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PostQueue, "_place", lambda self, ranks: lambda post: (post.rank, post.order))


def failures_are_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PostQueue, "put_back", lambda self, post: None)


def lateness_is_not_said(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Speaker, "_lateness", lambda self, post: [])


def answers_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    honest = engine.core.state.fold._APPLY[r.UpdateAnswered]
    patch.setitem(engine.core.state.fold._APPLY, r.UpdateAnswered, lambda state, record: None)
    assert honest is not None


MUTANTS = (
    Mutant(
        "an alert is noted as shown before it is sent",
        noted_before_sent,
        a_day(*alerts(3), troubles=(DOWN,)),
        "noted as shown and is not on the screen",
    ),
    Mutant(
        "an update is acknowledged before its command is in the store",
        acknowledged_before_journalled,
        a_day(STOP),
        "is acknowledged and not in the store",
    ),
    Mutant(
        "the engine is asked without the update's number",
        asked_without_its_number,
        a_day(STOP, deaths=(KILLED_AFTER_IT,)),
        "never acted",
    ),
    Mutant(
        "the numbers of answered updates are lost at a restart",
        numbers_forgotten_at_a_restart,
        a_day(STOP, deaths=(KILLED_AFTER_IT,)),
        "acted twice",
    ),
    Mutant(
        "the numbers of answered updates are not kept at all",
        answers_are_not_kept,
        a_day(STOP, deaths=(KILLED_AFTER_IT,)),
        "acted twice",
    ),
    Mutant("a /stop waits for the flood", stop_waits_for_the_flood, FLOODED_STOP, "from being read"),
    Mutant(
        "whoever writes is answered",
        strangers_are_let_in,
        a_day(Deed(at=3.0, kind="says /stop")),
        "of 9999 acted",
    ),
    Mutant(
        "a stranger's tap is heard",
        strangers_may_tap,
        a_day(*CONFIRMED[:2], Deed(at=5.0, kind="taps his button")),
        "a stranger's tap was answered",
    ),
    Mutant("a button acts twice", buttons_act_twice, a_day(*CONFIRMED), "a button acted twice"),
    Mutant(
        "after a restart only alerts that nobody saw are told",
        only_one_chat_is_told_again,
        a_day(*alerts(3), deaths=(ChatDeath(where="after shown", n=1),)),
        "was never shown",
    ),
    Mutant(
        "after a restart nothing is told again",
        nothing_is_told_again,
        a_day(*alerts(3, 2, 1), troubles=(DOWN,), deaths=(ChatDeath(where="time", n=6),)),
        "was never shown",
    ),
    Mutant(
        "of one topic the grave overtakes the calm",
        topics_are_overtaken,
        a_day(*alerts(0, 3, 0, 3), troubles=(DOWN,)),
        "was shown before",
    ),
    Mutant(
        "what failed is dropped",
        failures_are_dropped,
        a_day(*alerts(3), troubles=(DOWN,)),
        "was never shown",
    ),
    Mutant(
        "it is not said how late an alert is",
        lateness_is_not_said,
        a_day(*alerts(3), troubles=(dataclasses.replace(DOWN, seconds=60.0),)),
        "and says False",
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_of_the_chat_is_caught(mutant, new_store, monkeypatch):
    honest = run_chat_day(mutant.plan, new_store()).violations
    assert not honest, "\n".join(honest)
    mutant.plant(monkeypatch)
    assert mutant.words in "\n".join(run_chat_day(mutant.plan, new_store()).violations)
