"""A day as data: what the master does, what goes wrong, when the program dies.

A seed expands to a plan; the plan alone decides the run, so that a failing one can be printed,
replayed and made smaller by leaving parts out.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple


class Traded(NamedTuple):
    """What is traded, and in which lot."""

    exchange: str
    symbol: str
    product: str
    lot: int


#: All six segments and every product, by the number that an act names.
SYMBOLS = (
    Traded("NSE", "SBIN", "MIS", 1),
    Traded("NFO", "NIFTY26NOVFUT", "NRML", 65),
    Traded("NSE", "RELIANCE", "MIS", 1),
    Traded("NSE", "RELIANCE", "CNC", 1),
    Traded("NSE", "M&M", "MIS", 1),
    Traded("BSE", "RELIANCE", "MIS", 1),
    Traded("NFO", "NIFTY26D0126000CE", "NRML", 65),
    Traded("BFO", "SENSEX26D0385000CE", "MIS", 20),
    Traded("MCX", "CRUDEOIL26NOVFUT", "NRML", 1),
    Traded("CDS", "USDINR26NOVFUT", "NRML", 1),
    Traded("NFO", "NIFTY26D0126100CE", "NRML", 65),
)
#: How many of them days are drawn from; the rest are for days that are made for them.
DRAWN = 10


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does `after` seconds of the one before.

    Kinds: market, limit, cancel (of the master); price, depth (of the market); logout, login,
    pause, resume, stop, start (of the followers' owners); those of `sim_life.KINDS` and of
    `sim_odd.ODD`.

    Attributes:
        pick: Which of several: the n-th resting order, a pause, a number of legs.
    """

    after: float
    kind: str
    symbol: int = 0
    lots: int = 0
    ticks: int = 0
    follower: int = 1
    pick: int = 0


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
    """The process ends at the n-th commit, write or seam of its life, or after n seconds.

    Deaths of a plan follow one another: the second ends the life that begins after the first.
    """

    where: str
    n: int
    pause: float = 2.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a follower's entries: which of his rules, and how much; `cut` or left out."""

    of: str
    most: int
    cut: bool = False


class Hours(NamedTuple):
    """Seconds after the first day's beginning from which, and until which, entries are taken."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A day; `symbols` are the numbers of what is listed.

    `limits` and `losses` (`sim_loss`) are those of the followers, or none; `sizings` by what each one's
    entries are sized: an empty word, or none, is the multiplier.

    Attributes:
        asks: Followers who are asked first, by their place.
        basket_ms: How long a sold option waits for its hedge.
        unwind: Whether a bought leg is sold again when its sold leg is refused.
        hours: When the exchanges take entries on the first day; None: at any hour.
        total_loss: What all followers together may lose on a day, rupees; 0 is no limit.
        cut_lots: By what the lots of derivatives are divided over the first night; 1: they stay.
        lists: What each follower enters: `block GLOB`, `allow GLOB` or `segments A,B`; nothing is everything.
    """

    seed: int
    multipliers: tuple[str, ...] = ("1", "0.5", "2")
    mirrors: tuple[str, ...] = ("sweep", "orders", "sweep")
    acts: tuple[Act, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    deaths: tuple[Death, ...] = ()
    paper: bool = False
    symbols: tuple[int, ...] = (0, 1)
    asks: tuple[int, ...] = ()
    basket_ms: int = 0
    unwind: bool = False
    limits: tuple[Limit | None, ...] = ()
    losses: tuple[str, ...] = ()
    sizings: tuple[str, ...] = ()
    hours: Hours | None = None
    total_loss: int = 0
    lists: tuple[str, ...] = ()
    cut_lots: int = 1

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: multipliers {self.multipliers}, mirrors {self.mirrors}, {self.symbols}"
            + (f", losses {self.losses}" if any(self.losses) else "")
        ]
        if any(self.sizings):
            lines[0] += f", sized by {self.sizings}"
        if self.hours is not None:
            lines[0] += f", {self.hours}"
        if self.cut_lots != 1:
            lines[0] += f", lots cut by {self.cut_lots}"
        if any(self.lists):
            lines[0] += f", {self.lists}"
        if self.total_loss:
            lines[0] += f", {self.total_loss} to lose together"
        lines += [f"  {each}" for each in (*self.limits, *self.acts, *self.troubles, *self.deaths)]
        return "\n".join(lines)


#: Limits by the follower's rule, and how much; units and rupees are near what is traded.
LIMITS = {
    "max_order_quantity": (3, 5, 10, 130, 650),
    "max_order_value": (2_000, 20_000, 2_000_000),
    "max_position_value": (2_000, 20_000, 2_000_000),
    "max_open_positions": (1, 2),
    "max_orders_per_day": (1, 2, 4, 8),
}
WRITE_TROUBLES = (
    "lost", "never", "margin", "429", "late", "timed_out", "timed_out_never", "5xx_booked",
    "5xx_never", "truncated", "empty", "fills_first",
)  # fmt: skip
READ_TROUBLES = ("read_5xx", "read_429", "read_empty", "read_partial", "read_stale", "read_lost")
SOCKET_TROUBLES = ("lose", "double", "swap", "delay", "close", "silent")
#: What a plan may say of a follower's daily loss: rupees, and by which rule. Small, since a price moves by
#: a rupee or two at a time.
LOSSES = ("15", "60", "60 trailing", "60 flatten", "400", "400 flatten", "400 trailing", "3000")
#: The share of days with limits on what is lost.
LIMITED = 0.2
#: What all followers may lose together, and the share of days on which they have such a limit.
TOTAL_LOSSES, LIMITED_TOGETHER = (60, 400, 3000), 0.1
#: What a plan may say of what a follower enters, and the share of days with such followers.
LISTS = (
    "block NSE:*", "block *NIFTY*", "block NSE:SBIN", "allow NSE:*", "allow *:NIFTY*", "segments NSE",
    "segments NSE,NFO",
)  # fmt: skip
LISTED = 0.1
#: The share of nights over which derivatives get another lot.
RELISTED = 0.3
#: The share of days near an edge of the session.
EDGED = 0.12
SIZINGS = ("fixed_lots", "equity", "free_margin")
DEATHS = ("before_commit", "after_commit", "before_write", "after_write", "time")


def plan_of(seed: int, *, troubled: bool = True) -> Plan:
    """Return the plan of a seed; streams of chance are apart, so that one does not move another."""
    acts = _acts(random.Random(f"{seed}:acts"), people=troubled)
    chance = random.Random(f"{seed}:followers")
    followers = chance.randint(2, 3)
    multipliers = tuple(chance.choice(("1", "0.5", "2", "1.5")) for _ in range(followers))
    mirrors = some_fill(seed, tuple(chance.choice(("sweep", "orders")) for _ in range(followers)))
    troubles = _troubles(random.Random(f"{seed}:troubles"), followers) if troubled else ()
    deaths = deaths_of(random.Random(f"{seed}:deaths")) if troubled else ()
    return Plan(
        seed=seed, multipliers=multipliers, mirrors=mirrors, acts=acts, troubles=troubles,
        deaths=deaths, limits=limits_of(seed, followers), losses=losses_of(seed, followers),
        sizings=sizings_of(seed, followers), hours=hours_of(seed), total_loss=total_loss_of(seed),
        lists=lists_of(seed, followers),
    )  # fmt: skip


def limits_of(seed: int, followers: int) -> tuple[Limit | None, ...]:
    """Return the limits of a seed's followers: most days have none."""
    rng = random.Random(f"{seed}:limit")
    if rng.random() < 0.7:
        return ()
    return tuple(a_limit(rng) if rng.random() < 0.6 else None for _ in range(followers))


def a_limit(rng: random.Random) -> Limit:
    of = rng.choice(tuple(LIMITS))
    return Limit(of=of, most=rng.choice(LIMITS[of]), cut=rng.random() < 0.5)


def sizings_of(seed: int, followers: int) -> tuple[str, ...]:
    """Return by what the followers of a seed's day are sized: seldom by anything but the multiplier."""
    rng = random.Random(f"{seed}:sizings")
    return tuple(rng.choice(SIZINGS) if rng.random() < 0.1 else "" for _ in range(followers))


def some_fill(seed: int, mirrors: tuple[str, ...]) -> tuple[str, ...]:
    """Let some followers mirror fills instead; of a stream apart, so that nothing else of a seed moves."""
    chance = random.Random(f"{seed}:fills")
    return tuple("fills" if chance.random() < 0.2 else mirror for mirror in mirrors)


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


def losses_of(seed: int, followers: int) -> tuple[str, ...]:
    """Return what the followers of some days may lose, drawn apart: the rest of the plan stays as it is."""
    rng = random.Random(f"{seed}:losses")
    if rng.random() >= LIMITED:
        return ()
    return tuple(rng.choice(("", *LOSSES)) for _ in range(followers))


def total_loss_of(seed: int) -> int:
    """Return what all followers of a seed's day may lose together, drawn apart: mostly there is no limit."""
    rng = random.Random(f"{seed}:total-loss")
    return rng.choice(TOTAL_LOSSES) if rng.random() < LIMITED_TOGETHER else 0


def lists_of(seed: int, followers: int) -> tuple[str, ...]:
    """Return what the followers of a seed's day enter at all, drawn apart: mostly everything."""
    rng = random.Random(f"{seed}:lists")
    if rng.random() >= LISTED:
        return ()
    return tuple(rng.choice(("", *LISTS)) for _ in range(followers))


def cut_lots_of(seed: int) -> int:
    """Return by what lots are divided over the first night of a seed's day, if it has one; drawn apart."""
    return 5 if random.Random(f"{seed}:lots").random() < RELISTED else 1


def hours_of(seed: int) -> Hours | None:
    """Return when the exchanges open or close on a seed's day, drawn apart: most are open at any hour."""
    rng = random.Random(f"{seed}:hours")
    if rng.random() >= EDGED:
        return None
    if rng.random() < 0.4:
        return Hours(opens=rng.choice((3, 5, 8, 15)), closes=4 * 3600)
    return Hours(opens=0, closes=rng.choice((3, 5, 8, 15, 30, 60)))


def deaths_of(rng: random.Random) -> tuple[Death, ...]:
    return tuple(
        Death(where=rng.choice(DEATHS), n=rng.randint(1, 25), pause=rng.choice((1.1, 3.0, 12.0)))
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))
    )
