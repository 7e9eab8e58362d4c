"""Days of the whole life of orders: stops, pairs, changes of every kind, odd validities, the night.

Drawn with streams of chance of their own, so that the days of `sim_plan.plan_of` stay as they are.
"""

import random

from tests.sim.sim_plan import (
    DRAWN,
    READ_TROUBLES,
    SOCKET_TROUBLES,
    WRITE_TROUBLES,
    Act,
    Death,
    Plan,
    Trouble,
    cut_lots_of,
    deaths_of,
    hours_of,
    limits_of,
    lists_of,
    losses_of,
    sizings_of,
    some_fill,
    total_loss_of,
)

#: Always done: something must be held and the market must move.
BASE = {"buy": 5.0, "sell": 4.0, "buy_limit": 3.0, "sell_limit": 3.0, "price": 5.0, "cancel": 2.0}

#: What a day may know besides, and how often it then happens.
KINDS = {
    "stop_buy": 2.0,  #: SL that enters or covers, above the last price
    "stop_sell": 2.0,
    "stop_market_buy": 1.0,  #: SL-M likewise
    "stop_market_sell": 1.0,
    "protect": 3.0,  #: SL for all that he holds
    "target": 3.0,  #: LIMIT for all that he holds
    "pair": 3.0,  #: both
    "trail": 3.0,  #: another trigger
    "reprice": 4.0,  #: another price
    "resize": 4.0,  #: another quantity, maybe less than is filled
    "to_market": 2.0,
    "to_limit": 1.0,  #: SL to LIMIT
    "storm": 1.0,  #: twenty to thirty changes in a second
    "flash": 2.0,  #: placed and cancelled before our answer
    "ioc_buy": 1.0,
    "ioc_sell": 1.0,
    "ttl_buy": 0.7,  #: good for a minute
    "iceberg_buy": 1.0,
    "iceberg_sell": 0.7,
    "amo": 1.0,
    "open": 1.0,  #: the after-market orders take their turn
    "gtt": 1.0,  #: fires with a later price
    "cover": 1.0,  #: CO with its stop
    "square_master": 0.5,  #: RMS closes his intraday positions
    "square_follower": 0.5,
    "exchange_cancels_master": 0.7,
    "exchange_cancels_follower": 0.7,
    "pending_rejected": 1.0,  #: shown pending, then rejected by the exchange
    "pending_slow": 1.0,  #: shown pending for long
    "reverse": 1.5,
    "depth": 3.0,
    "wait": 1.0,
}  # fmt: skip
PEOPLE = {"logout": 0.3, "login": 0.8, "pause": 0.3, "resume": 0.8, "stop": 0.2, "start": 0.8}
#: What befalls a change or cancel on its way, besides what befalls a placement.
LATE_TROUBLES = ("exchange_refuses", "refuses_later", "stuck", "busy", "fills_first")
CHANGE_TROUBLES = (
    *LATE_TROUBLES, "lost", "never", "429", "timed_out", "timed_out_never", "5xx_booked",
    "5xx_never", "truncated", "not_so",
)  # fmt: skip
PAUSES = (0.02, 0.1, 0.4, 1.0, 2.5, 6.0)


def life_of(seed: int, *, troubled: bool = True) -> Plan:
    """Return the plan of a seed."""
    chance = random.Random(f"{seed}:life-followers")
    followers = chance.randint(1, 2)
    symbols = tuple(sorted(chance.sample(range(DRAWN), chance.choice((1, 1, 2)))))
    return Plan(
        seed=seed,
        multipliers=tuple(chance.choice(("1", "1", "0.5", "2", "1.5")) for _ in range(followers)),
        mirrors=some_fill(
            seed, tuple(chance.choice(("sweep", "orders")) for _ in range(followers))
        ),
        acts=_acts(random.Random(f"{seed}:life"), symbols, people=troubled)
        + _ending(random.Random(f"{seed}:life-ending"), symbols),
        troubles=_troubles(random.Random(f"{seed}:life-troubles"), followers) if troubled else (),
        deaths=_ends_of_lives(random.Random(f"{seed}:life-deaths")) if troubled else (),
        symbols=symbols,
        limits=limits_of(seed, followers),
        losses=losses_of(seed, followers),
        sizings=sizings_of(seed, followers),
        hours=hours_of(seed),
        total_loss=total_loss_of(seed),
        lists=lists_of(seed, followers),
        cut_lots=cut_lots_of(seed),
    )


def _acts(rng: random.Random, symbols: tuple[int, ...], *, people: bool) -> tuple[Act, ...]:
    # Swarm: each day knows only some kinds, so that rare ones meet each other often enough.
    known = BASE | {kind: weight for kind, weight in KINDS.items() if rng.random() < 0.35}
    if people and rng.random() < 0.5:
        known |= PEOPLE
    return tuple(
        _act(rng, rng.choices(list(known), list(known.values()))[0], symbols)
        for _ in range(rng.randint(6, 22))
    )


def _ending(rng: random.Random, symbols: tuple[int, ...]) -> tuple[Act, ...]:
    """End the day of some plans, and let some go on the next morning."""
    ending = rng.choices(("home", "close", "night"), (6, 2, 2))[0]
    if ending == "home":
        return ()
    if ending == "close":
        return (Act(after=2.5, kind="close", pick=rng.randint(0, 9)),)
    morning = [_act(rng, kind, symbols) for kind in rng.choices(list(BASE), k=rng.randint(1, 5))]
    return (Act(after=2.5, kind="night", pick=rng.randint(0, 9)), *morning)


def _act(rng: random.Random, kind: str, symbols: tuple[int, ...]) -> Act:
    return Act(
        after=rng.choice(PAUSES),
        kind=kind,
        symbol=rng.choice(symbols),
        lots=rng.choice((1, 2, 3, 5, 10, 20)),
        ticks=rng.randint(-8, 8),
        follower=rng.randint(1, 3),
        pick=rng.randint(0, 9),
    )


def _troubles(rng: random.Random, followers: int) -> tuple[Trouble, ...]:
    known = [
        each
        for each in (*WRITE_TROUBLES, *CHANGE_TROUBLES, *READ_TROUBLES, *SOCKET_TROUBLES)
        if rng.random() < 0.35
    ]
    return tuple(
        _trouble(rng, kind, followers)
        for kind in (rng.choices(known, k=rng.randint(0, 7)) if known else ())
    )


def _trouble(rng: random.Random, kind: str, followers: int) -> Trouble:
    account, operation = rng.randint(0, followers), "frame"
    if kind in READ_TROUBLES:
        operation = rng.choice(("orders", "orders", "positions", "trades"))
    elif kind not in SOCKET_TROUBLES:
        account = rng.randint(1, followers)
        operation = rng.choice(("modify", "modify", "cancel"))
        if kind in WRITE_TROUBLES and kind not in LATE_TROUBLES and rng.random() < 0.5:
            operation = "place"
        if kind in ("late", "margin", "not_so"):
            operation = "modify" if kind == "not_so" else "place"
    return Trouble(
        kind=kind, account=account, operation=operation, nth=rng.randint(1, 5),
        seconds=rng.choice((0.5, 3.0, 8.0, 20.0, 90.0)),
    )  # fmt: skip


def _ends_of_lives(rng: random.Random) -> tuple[Death, ...]:
    return deaths_of(rng) if rng.random() < 0.5 else ()
