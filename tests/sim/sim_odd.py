"""What befalls a machine and an account now and then: stalls, sleep, clocks, hands, frozen books."""

import contextlib
import random
from dataclasses import replace
from datetime import timedelta

from demo.exchange.exchange import Exchange
from demo.exchange.faults import Meets, Operation, ReadFault, View
from demo.exchange.wire import KiteError, Row
from tests.sim.sim_life import PAUSES, life_of
from tests.sim.sim_plan import SYMBOLS, Act, Plan
from tests.sim.virtual_loop import VirtualClock, VirtualLoop

#: Kinds of acts, and how often they happen.
ODD = {
    "stall": 2.0,  #: the process is not run for some seconds
    "sleep": 0.5,  #: the machine sleeps for twenty minutes
    "clock": 1.0,  #: the wall clock of the process jumps, by NTP or a hand
    "hand_close": 1.0,  #: a follower closes what he holds, or a part of it
    "hand_trade": 1.0,  #: a follower trades for himself
    "twin": 1.0,  #: a follower places what we placed last, by hand
    "freeze": 1.0,  #: a follower's book stands still for reads
    "strip": 1.0,  #: a follower's book shows no tags
}
SLEEP_S = 1200.0
_STALLS_S = (0.4, 1.5, 5.0, 8.0, 30.0)
_FREEZES_S = (20.0, 90.0, 600.0)


def odd_of(seed: int) -> Plan:
    """Return the life of a seed with some odd things strewn in, of a few kinds each day."""
    plan, rng = life_of(seed), random.Random(f"{seed}:odd")
    known = [kind for kind in ODD if rng.random() < 0.4] or ["stall"]
    acts = list(plan.acts)
    # Not after the close or the night: the plan ends its troubles there.
    most = next((n for n, act in enumerate(acts) if act.kind in ("close", "night")), len(acts))
    for _ in range(rng.randint(1, 4)):
        act = Act(
            after=rng.choice(PAUSES),
            kind=rng.choices(known, [ODD[kind] for kind in known])[0],
            symbol=rng.choice(plan.symbols),
            lots=rng.choice((1, 2, 5)),
            ticks=rng.choice((-8, -2, -1, 1, 2, 8)),
            follower=rng.randint(1, 3),
            pick=rng.randint(0, 9),
        )
        acts.insert(rng.randint(min(1, most), most), act)
    # By a clock that is wrong nobody can know how near an edge of the session is.
    hours = None if any(act.kind == "clock" for act in acts) else plan.hours
    return replace(plan, acts=tuple(acts), hours=hours)


class Odd:
    """Does the odd acts of a plan."""

    def __init__(
        self, exchange: Exchange, loop: VirtualLoop, wall: VirtualClock, ids: tuple[str, ...]
    ) -> None:
        self._exchange = exchange
        self._loop = loop
        self._wall = wall
        self._ids = ids
        self._wrong = timedelta()

    def do(self, act: Act) -> None:
        """Do an act; what the exchange refuses is not done."""
        user_id = self._ids[act.follower % len(self._ids)]
        match act.kind:
            case "stall":
                self._loop.stall(_STALLS_S[act.pick % len(_STALLS_S)])
            case "sleep":
                self._loop.stall(SLEEP_S)
            case "clock":
                self._set_wrong(self._wrong + timedelta(seconds=15 * act.ticks))
            case "freeze":
                self._show(user_id, View.STALE, _FREEZES_S[act.pick % len(_FREEZES_S)])
            case "strip":
                self._show(user_id, View.NO_TAGS, _FREEZES_S[act.pick % len(_FREEZES_S)])
            case _:
                with contextlib.suppress(KiteError):
                    self._by_hand(act, user_id)

    def heal(self) -> None:
        """Set the clock right; faults of reads end with all others."""
        self._set_wrong(timedelta())

    def _set_wrong(self, by: timedelta) -> None:
        self._wall.leap(by - self._wrong)
        self._wrong = by

    def _show(self, user_id: str, view: View, seconds: float) -> None:
        now = self._exchange.now()
        meets = Meets(
            user_id=user_id, operation=Operation.ORDERS, times=None, after=now,
            until=now + timedelta(seconds=seconds),
        )  # fmt: skip
        self._exchange.faults.add(ReadFault(meets=meets, view=view))

    def _by_hand(self, act: Act, user_id: str) -> None:
        traded = SYMBOLS[act.symbol]
        net = sum(
            units
            for at, units in self._exchange.net_positions(user_id).items()
            if tuple(at) == traded[:3]
        )
        side, quantity = ("BUY" if act.ticks > 0 else "SELL"), act.lots * traded.lot
        if act.kind == "hand_close":
            side = "SELL" if net > 0 else "BUY"
            quantity = abs(net) if act.pick % 2 else min(abs(net), quantity)
        elif act.kind == "twin":
            last = self._newest_of_ours(user_id)
            if last is None:
                return
            self._place(user_id, last, str(last["transaction_type"]), int(str(last["quantity"])))
            return
        if quantity:
            row: Row = dict(zip(("exchange", "tradingsymbol", "product"), traded, strict=False))
            self._place(user_id, row, side, quantity)

    def _newest_of_ours(self, user_id: str) -> Row | None:
        ours = [row for row in self._exchange.orders_of(user_id) if row["tag"]]
        return ours[-1] if ours else None

    def _place(self, user_id: str, row: Row, side: str, quantity: int) -> None:
        self._exchange.place_from_app(
            user_id, exchange=row["exchange"], tradingsymbol=row["tradingsymbol"],
            product=row["product"], transaction_type=side, quantity=quantity,
        )  # fmt: skip
