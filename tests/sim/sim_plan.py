"""A day as data: what the master does, what goes wrong, when the program dies.

A seed expands to a plan; the plan alone decides the run, so that a failing one can be printed,
replayed and made smaller by leaving parts out.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from demo.exchange.faults import (
    Answer,
    Fault,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    View,
    WriteFault,
    answer_lost,
    late_in_book,
    never_arrives,
    refused,
    server_error,
    timed_out,
)
from demo.exchange.wire import KiteError
from tests.sim.virtual_loop import OPENING

#: Exchange, symbol, product and the lot of what is traded.
SHARE = ("NSE", "SBIN", "MIS", 1)
FUTURE = ("NFO", "NIFTY26NOVFUT", "NRML", 65)


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does `after` seconds of the one before.

    Kinds: market, limit, cancel (of the master); price, depth (of the market); logout, login,
    pause, resume, stop, start (of the followers' owners).
    """

    after: float
    kind: str
    symbol: int = 0
    lots: int = 0
    ticks: int = 0
    follower: int = 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault: which account (0 is the master), which of its calls from the n-th, what."""

    kind: str
    account: int
    operation: str
    nth: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Death:
    """The process ends at the n-th commit or write of its life, or after n seconds."""

    where: str
    n: int
    pause: float = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    multipliers: tuple[str, ...] = ("1", "0.5", "2")
    mirrors: tuple[str, ...] = ("sweep", "orders", "sweep")
    acts: tuple[Act, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    deaths: tuple[Death, ...] = ()
    paper: bool = False

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: multipliers {self.multipliers}, mirrors {self.mirrors}"]
        lines += [f"  {each}" for each in (*self.acts, *self.troubles, *self.deaths)]
        return "\n".join(lines)


WRITE_TROUBLES = (
    "lost", "never", "margin", "429", "late", "timed_out", "timed_out_never", "5xx_booked",
    "5xx_never", "truncated", "empty", "fills_first",
)  # fmt: skip
READ_TROUBLES = ("read_5xx", "read_429", "read_empty", "read_partial", "read_stale", "read_lost")
SOCKET_TROUBLES = ("lose", "double", "swap", "delay", "close", "silent")
DEATHS = ("before_commit", "after_commit", "before_write", "after_write", "time")


def plan_of(seed: int, *, troubled: bool = True) -> Plan:
    """Return the plan of a seed; streams of chance are apart, so that one does not move another."""
    acts = _acts(random.Random(f"{seed}:acts"), people=troubled)
    chance = random.Random(f"{seed}:followers")
    followers = chance.randint(2, 3)
    multipliers = tuple(chance.choice(("1", "0.5", "2", "1.5")) for _ in range(followers))
    mirrors = tuple(chance.choice(("sweep", "orders")) for _ in range(followers))
    troubles = _troubles(random.Random(f"{seed}:troubles"), followers) if troubled else ()
    deaths = _deaths(random.Random(f"{seed}:deaths")) if troubled else ()
    return Plan(
        seed=seed, multipliers=multipliers, mirrors=mirrors, acts=acts, troubles=troubles,
        deaths=deaths,
    )  # fmt: skip


def _acts(rng: random.Random, *, people: bool) -> tuple[Act, ...]:
    kinds = ["buy", "sell", "buy_limit", "sell_limit", "cancel", "price", "depth", "reverse"]
    weights = [5.0, 5.0, 3.0, 3.0, 3.0, 4.0, 1.0, 1.0]
    if people:
        kinds += ["logout", "login", "pause", "resume", "stop", "start"]
        weights += [0.4, 0.8, 0.4, 0.8, 0.2, 0.8]
    return tuple(
        Act(
            after=rng.choice((0.02, 0.1, 0.4, 1.0, 2.5, 6.0)),
            kind=rng.choices(kinds, weights)[0],
            symbol=rng.choice((0, 0, 1)),
            lots=rng.choice((1, 2, 3, 5, 10)),
            ticks=rng.randint(-8, 8),
            follower=rng.randint(1, 3),
        )
        for _ in range(rng.randint(6, 16))
    )


def _troubles(rng: random.Random, followers: int) -> tuple[Trouble, ...]:
    # Swarm: each day knows only some kinds, so that rare ones meet each other often enough.
    known = [
        each for each in (*WRITE_TROUBLES, *READ_TROUBLES, *SOCKET_TROUBLES) if rng.random() < 0.4
    ]
    found = []
    for kind in rng.choices(known, k=rng.randint(0, 8)) if known else ():
        account = rng.randint(0, followers)
        operation = "place"
        if kind in WRITE_TROUBLES:
            account = rng.randint(1, followers)
            cancels = kind == "fills_first" or rng.random() < 0.25
            operation = "cancel" if cancels else "place"
        elif kind in READ_TROUBLES:
            operation = rng.choice(("orders", "orders", "positions", "trades"))
        else:
            operation = "frame"
        found.append(
            Trouble(
                kind=kind, account=account, operation=operation, nth=rng.randint(1, 5),
                seconds=rng.choice((0.5, 3.0, 8.0, 20.0, 90.0)),
            )
        )  # fmt: skip
    return tuple(found)


def _deaths(rng: random.Random) -> tuple[Death, ...]:
    return tuple(
        Death(where=rng.choice(DEATHS), n=rng.randint(1, 25), pause=rng.choice((1.1, 3.0, 12.0)))
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))
    )


def fault_of(trouble: Trouble, user_id: str) -> Fault:
    """Return the exchange's fault for a trouble."""
    meets = Meets(user_id=user_id, operation=Operation(trouble.operation), nth=trouble.nth)
    kind, seconds = trouble.kind, trouble.seconds
    writes: dict[str, Callable[[], Fault]] = {
        "lost": lambda: answer_lost(meets),
        "never": lambda: never_arrives(meets),
        "margin": lambda: refused(meets, KiteError(400, "MarginException", "Insufficient funds.")),
        "429": lambda: refused(meets, KiteError(429, "NetworkException", "Too many requests")),
        "late": lambda: late_in_book(meets, seconds=seconds),
        "timed_out": lambda: timed_out(meets, booked_after_s=seconds),
        "timed_out_never": lambda: timed_out(meets, booked_after_s=None),
        "5xx_booked": lambda: server_error(meets, booked=True),
        "5xx_never": lambda: server_error(meets, booked=False, status=503, html=False),
        "truncated": lambda: WriteFault(meets=meets, answer=Answer.TRUNCATED),
        "empty": lambda: WriteFault(meets=meets, answer=Answer.EMPTY),
        "fills_first": lambda: WriteFault(meets=meets, fills_first=True),
    }
    if kind in writes:
        return writes[kind]()
    if kind in READ_TROUBLES:
        return _read_fault(kind, meets, seconds)
    return SocketFault(meets=meets, trouble=SocketTrouble(kind), seconds=min(seconds, 5.0))


def _read_fault(kind: str, meets: Meets, seconds: float) -> Fault:
    until = OPENING + timedelta(seconds=20 + min(seconds, 20))
    some = Meets(
        user_id=meets.user_id, operation=meets.operation, nth=meets.nth + 3, times=4, until=until
    )
    match kind:
        case "read_5xx":
            return ReadFault(meets=some, answer=Answer.HTML, status=503)
        case "read_429":
            error = (429, "NetworkException", "Too many requests")
            return ReadFault(meets=some, answer=Answer.ERROR, error=error)
        case "read_empty":
            return ReadFault(meets=some, view=View.EMPTY)
        case "read_partial":
            return ReadFault(meets=some, view=View.PARTIAL)
        case "read_stale":
            return ReadFault(meets=some, view=View.STALE, seconds=seconds)
        case _:
            return ReadFault(meets=some, answer=Answer.LOST)
