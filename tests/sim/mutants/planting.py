"""A planted fault: what it breaks, how it is planted, on which days, and the promise that names it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from typing_extensions import override

import engine.core.planning.plan
from engine.core.values.commands import Command, Outcome
from engine.ports import OrderGateway
from tests.sim.sim_corpus import corpus
from tests.sim.sim_day import run_day
from tests.sim.sim_plan import Act, Death, Plan, Trouble

#: Wraps every live gateway.
Wrap = Callable[[OrderGateway], OrderGateway]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A fault that the simulation must notice.

    Attributes:
        breaks: What the program does wrong, one line.
        plant: Changes the program; returns what wraps every gateway, or None.
        plans: Small days; one of them must break the promise.
        said: Words of the broken promise.
        rest_s: Seconds of peace at the end of a day.
    """

    name: str
    breaks: str
    plant: Callable[[pytest.MonkeyPatch], Wrap | None]
    plans: tuple[Plan, ...]
    said: str
    rest_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldElsewhere:
    """A fault in what the simulation replaces; `test` is the id of the test that notices it."""

    name: str
    breaks: str
    test: str
    said: str


class Gateway(OrderGateway):
    """A gateway that passes everything on; what it does wrong is in its subclasses."""

    def __init__(self, inner: OrderGateway) -> None:
        self._inner = inner

    @override
    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        self._inner.submit(command, timeout_s=timeout_s, done=done)

    @override
    async def warm(self) -> None:
        await self._inner.warm()

    @override
    async def close(self) -> None:
        await self._inner.close()


def found(mutant: Mutant, new_store, patch: pytest.MonkeyPatch | None) -> str:
    """Return what the simulation said over the mutant's days; planted only with a `patch`."""
    wrap = None
    if patch is not None:
        # Most are planted in the whole way. A plain copy comes to the same by a shorter one, which
        # tests/core/test_core_plain_copies.py holds against it; a fault of that undoes this when it is planted.
        patch.setattr(
            engine.core.planning.plan, "plan_plainly", lambda turn, book, plain, rules: False
        )
        wrap = mutant.plant(patch)
    said: list[str] = []
    for plan in mutant.plans:
        day = run_day(
            plan, new_store(), gateway=wrap or (lambda inner: inner), rest_s=mutant.rest_s
        )
        said += day.violations
        if said:
            break
    return "\n".join(said)


# -- small days ------------------------------------------------------------------------------


def a_day(*acts: str, troubles: tuple[Trouble, ...] = (), deaths: tuple[Death, ...] = ()) -> Plan:
    """Return a day of three followers: one act a second, five shares each."""
    return Plan(
        seed=1,
        acts=tuple(Act(after=1.0, kind=kind, lots=5) for kind in acts),
        troubles=troubles,
        deaths=deaths,
    )


def a_life(
    *acts: Act | str,
    troubles: tuple[Trouble, ...] = (),
    deaths: tuple[Death, ...] = (),
    multiplier: str = "1",
    sizing: str = "",
    paper: bool = False,
) -> Plan:
    """Return a day of one follower who mirrors orders; a bare word is an act on five shares."""
    done = tuple(
        each if isinstance(each, Act) else Act(after=1.0, kind=each, lots=5) for each in acts
    )
    return Plan(
        seed=1, multipliers=(multiplier,), mirrors=("orders",), acts=done, troubles=troubles,
        deaths=deaths, sizings=(sizing,), paper=paper,
    )  # fmt: skip


def kept(name: str) -> Plan:
    """Return a day of the corpus; such a state needs many acts, so it is not made up here."""
    return next(each.plan for each in corpus() if each.name == name)


def resting(kind: str = "buy_limit", **more: int) -> Act:
    """Return an act of five shares, eight steps below the last price."""
    return Act(after=1.0, kind=kind, **({"lots": 5, "ticks": -8, "pick": 1} | more))


def then(kind: str, after: float = 1.0, **more: int) -> Act:
    """Return an act of five shares so many seconds later."""
    return Act(after=after, kind=kind, **({"lots": 5} | more))


def trouble(kind: str, *, account: int = 1, of: str = "place", nth: int = 1, seconds=0.0):
    """Return a fault of the first follower's placements, unless told otherwise."""
    return Trouble(kind=kind, account=account, operation=of, nth=nth, seconds=seconds)
