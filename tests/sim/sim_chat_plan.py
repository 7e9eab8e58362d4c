"""A day of the chat as data: what the master does, what people do with their phones, how Telegram
fails, and when the program dies. A seed expands to a plan; the plan alone decides the run.
"""

import random
from dataclasses import dataclass

from tests.sim.sim_chat_others import OTHERS, others_of
from tests.sim.sim_plan import Act, Plan, Trouble


@dataclass(frozen=True, slots=True)
class Deed:
    """Something somebody does `at` so many seconds of the day.

    Kinds: those of `PEOPLE`, `STRANGE` and `OTHERS`; master (`act` is what he does); alert (`pick` is the
    severity and the topic); logout (of a follower, at his broker).
    """

    at: float
    kind: str
    who: int = 0
    pick: int = 0
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class ChatTrouble:
    """A fault of Telegram that begins `at` and lasts `seconds`, or for `calls`."""

    kind: str
    at: float
    seconds: float = 0.0
    calls: int = 1


@dataclass(frozen=True, slots=True)
class ChatDeath:
    """The process ends at the n-th such moment of its life, or after n seconds."""

    where: str
    n: int
    pause: float = 2.0


@dataclass(frozen=True, slots=True)
class ChatPlan:
    """A day; `day` has the exchange's half: followers, mirrors and what goes wrong at the broker.

    Attributes:
        lasts_s: Seconds until it is healed, or longer where a trouble lasts longer.
    """

    day: Plan
    deeds: tuple[Deed, ...] = ()
    troubles: tuple[ChatTrouble, ...] = ()
    deaths: tuple[ChatDeath, ...] = ()
    lasts_s: float = 28.0

    @property
    def has_others(self) -> bool:
        """Whether an operator and a follower are paired, and codes are asked for."""
        return any(deed.kind in OTHERS for deed in self.deeds)

    def __str__(self) -> str:
        parts = (*self.deeds, *self.troubles, *self.deaths)
        return "\n".join([str(self.day), *(f"  {each}" for each in parts)])


#: What an owner does with the phone, and how often.
PEOPLE = {
    "/stop": 2.0,
    "/Stop!": 0.5,
    "/start_copy": 3.0,
    "/start_copy, an hour ago": 0.7,
    "/stop, an hour ago": 0.5,
    "/pause father": 1.5,
    "/resume father": 2.0,
    "/pause nobody": 0.5,
    "/status": 1.5,
    "/positions": 0.5,
    "/orders": 0.5,
    "/diff": 0.5,
    "/funds": 0.5,
    "/satrt_copy": 0.7,
    "/panic": 0.3,
    "hello": 0.3,
    "123456": 0.3,
    "taps confirm": 5.0,
    "taps confirm twice": 3.0,
    "taps cancel": 0.7,
    "taps an old button": 1.5,
    "taps refresh": 1.0,
    "taps cancel resting": 1.0,
    "taps forged data": 0.7,
    "edits into /start_copy": 0.5,
    "deletes the newest": 1.0,
    "storms": 0.5,
    "blocks": 0.7,
    "kills": 0.4,
    "releases": 0.6,
}
#: What only looks, so that no order depends on when it was read.
LOOKS = (
    "/status",
    "/orders",
    "/diff",
    "hello",
    "/satrt_copy",
    "taps refresh",
    "deletes the newest",
)
STRANGE = {"says /stop": 1.0, "says /start_copy": 1.0, "taps his button": 2.0, "any kind": 4.0}

#: Faults of Telegram; the value says whether it lasts for seconds or for calls.
TROUBLES = {
    "down": "seconds",  #: no connection can be made
    "outage": "seconds",  #: 502 and a page that is not JSON
    "flood": "seconds",  #: 429 with retry_after for what writes to a chat
    "flood of all": "calls",  #: 429 for every call, polling too
    "slow": "seconds",
    "lost answer": "calls",  #: done, but the answer never comes
    "garbled answer": "calls",  #: done, but the answer is cut off
    "unauthorised": "calls",  #: 401, as a server that starts up gives
    "twice": "calls",  #: updates are listed twice
    "out of order": "calls",
    "again": "calls",  #: an acknowledgement is lost: old updates come again
    "conflict": "calls",  #: 409, another program polls
    "not modified": "calls",
    "not found": "calls",  #: 400 for an edit: the message is gone
    "bad markup": "calls",
}
DEATHS = (
    "before alert", "after alert", "after send", "before shown", "after shown", "in poll",
    "after fetch", "after answered", "signal", "time",
)  # fmt: skip


def chat_plan_of(seed: int) -> ChatPlan:
    """Return the plan of a seed; streams of chance are apart, so that one does not move another."""
    deeds = [*_master(seed), *_alerts(seed), *_people(seed, tuple(PEOPLE)), *_strangers(seed)]
    deeds += [Deed(at=at, kind=kind) for at, kind in others_of(seed)]
    return ChatPlan(
        day=_day(seed, troubled=True),
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        troubles=troubles_of(seed),
        deaths=_deaths(seed),
    )


def looking_plan_of(seed: int, *, deaths: bool) -> ChatPlan:
    """Return a plan in which nothing that people do bears on an order."""
    deeds = [*_master(seed), *_alerts(seed), *_people(seed, LOOKS), *_strangers(seed)]
    rng = random.Random(f"{seed}:time deaths")
    times = tuple(ChatDeath(where="time", n=rng.randint(4, 12)) for _ in range(rng.randint(0, 2)))
    return ChatPlan(
        day=_day(seed, troubled=False),
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        troubles=troubles_of(seed, lasting=25.0),
        deaths=times if deaths else (),
        lasts_s=60.0,
    )


def _day(seed: int, *, troubled: bool) -> Plan:
    rng = random.Random(f"{seed}:chat day")
    count = rng.randint(1, 2)
    nth = Trouble(kind="margin", account=1, operation="place", nth=rng.randint(1, 3))
    return Plan(
        seed=seed,
        multipliers=("1", "0.5")[:count],
        mirrors=("sweep", "orders")[:count],
        troubles=(nth,) if troubled and rng.random() < 0.4 else (),
        symbols=(0,),
    )


def _master(seed: int) -> list[Deed]:
    rng = random.Random(f"{seed}:chat master")
    kinds = ["buy", "sell", "buy_limit", "sell_limit", "cancel", "price"]
    found = []
    for _ in range(rng.randint(2, 5)):
        act = Act(
            after=0.0, kind=rng.choices(kinds, (5, 3, 3, 2, 2, 3))[0], lots=rng.choice((1, 5, 10)),
            ticks=rng.randint(-8, 8),
        )  # fmt: skip
        found.append(Deed(at=rng.uniform(0, 25), kind="master", act=act))
    if rng.random() < 0.3:
        found.append(Deed(at=rng.uniform(3, 25), kind="logout"))
    return found


def _alerts(seed: int) -> list[Deed]:
    rng = random.Random(f"{seed}:chat alerts")
    found, at = [], 0.0
    for _ in range(rng.choice((4, 8, 20, 40))):
        at += rng.choice((0.0, 0.0, 0.3, 2.0))
        found.append(Deed(at=at % 28, kind="alert", pick=rng.randint(0, 11)))
    return found


def _people(seed: int, kinds: tuple[str, ...]) -> list[Deed]:
    rng = random.Random(f"{seed}:chat people")
    weights = [PEOPLE[kind] for kind in kinds]
    found, at = [], 0.0
    for _ in range(rng.randint(4, 12)):
        at += rng.choice((0.05, 0.6, 1.5, 4.0))
        who = rng.choice((0, 0, 1))
        found.append(
            Deed(at=at, kind=rng.choices(kinds, weights)[0], who=who, pick=rng.randint(0, 9))
        )
    return found


def _strangers(seed: int) -> list[Deed]:
    rng = random.Random(f"{seed}:chat strangers")
    kinds, weights = list(STRANGE), list(STRANGE.values())
    return [
        Deed(at=rng.uniform(0, 28), kind=rng.choices(kinds, weights)[0], pick=rng.randint(0, 99))
        for _ in range(rng.randint(1, 5))
    ]


def troubles_of(seed: int, *, lasting: float = 90.0) -> tuple[ChatTrouble, ...]:
    """Return the faults of a seed; swarm: each day knows only some kinds."""
    rng = random.Random(f"{seed}:chat troubles")
    known = [kind for kind in TROUBLES if rng.random() < 0.4]
    found = []
    for kind in rng.choices(known, k=rng.randint(1, 6)) if known else ():
        seconds = min(lasting, rng.choice((0.5, 3.0, 20.0, 90.0)))
        calls = rng.choice((1, 1, 2, 4))
        lasts = TROUBLES[kind] == "seconds"
        found.append(
            ChatTrouble(
                kind=kind, at=rng.uniform(0, 25), seconds=seconds if lasts else 0.0, calls=calls
            )
        )  # fmt: skip
    return tuple(found)


def _deaths(seed: int) -> tuple[ChatDeath, ...]:
    rng = random.Random(f"{seed}:chat deaths")
    return tuple(
        ChatDeath(where=rng.choice(DEATHS), n=rng.randint(1, 8), pause=rng.choice((1.1, 3.0, 40.0)))
        for _ in range(rng.choice((0, 1, 1, 2, 3)))
    )
