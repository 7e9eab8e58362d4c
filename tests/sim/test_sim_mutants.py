"""Planted faults of the engine: the simulation must notice each of them within a few days."""

from collections.abc import Callable
from dataclasses import replace

import engine.core.decide
import engine.core.plan_exit
import engine.runner
from engine.budget import RateBudget
from engine.core.commands import Command, Outcome, Place, Priority, Unknown
from engine.core.events import Allowance
from engine.core.intents import IntentState, Trigger, move
from engine.ports import OrderGateway
from tests.sim.sim_day import run_day
from tests.sim.sim_plan import Act, Death, Plan, Trouble

#: Days in which a planted fault must show.
ENOUGH = 6


class Mutant(OrderGateway):
    """A gateway that passes everything on; what it does wrong is in its subclasses."""

    def __init__(self, inner: OrderGateway) -> None:
        self._inner = inner

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        self._inner.submit(command, timeout_s=timeout_s, done=done)

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()


class RetriesOnTimeout(Mutant):
    """Sends again what was not answered."""

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        def again(outcome: Outcome) -> None:
            if isinstance(outcome, Unknown):
                super(RetriesOnTimeout, self).submit(command, timeout_s=timeout_s, done=done)
            else:
                done(outcome)

        super().submit(command, timeout_s=timeout_s, done=again)


class TurnsExitsRound(Mutant):
    """Sends exits on the wrong side."""

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        if isinstance(command, Place) and command.priority is Priority.EXIT:
            command = replace(command, side=command.side.opposite)
        super().submit(command, timeout_s=timeout_s, done=done)


def a_day(*acts: str, troubles: tuple[Trouble, ...] = (), deaths: tuple[Death, ...] = ()) -> Plan:
    """Return a small day of shares: one act a second, five lots each."""
    return Plan(
        seed=1,
        acts=tuple(Act(after=1.0, kind=kind, lots=5) for kind in acts),
        troubles=troubles,
        deaths=deaths,
    )


def found(plans: list[Plan], new_store, *, gateway=lambda inner: inner) -> str:
    """Return what the simulation said, over several days."""
    said: list[str] = []
    for plan in plans:
        said += run_day(plan, new_store(), gateway=gateway, rest_s=10).violations
        if said:
            break
    return "\n".join(said)


def test_retrying_after_a_timeout_is_caught(new_store):
    trouble = Trouble(kind="lost", account=1, operation="place", nth=1)
    said = found([a_day("buy", "sell", troubles=(trouble,))], new_store, gateway=RetriesOnTimeout)
    assert "was posted 2 times" in said


def test_exits_on_the_wrong_side_are_caught(new_store):
    said = found([a_day("buy", "sell")], new_store, gateway=TurnsExitsRound)
    assert "exit KC" in said


def test_sending_again_after_a_restart_is_caught(new_store, monkeypatch):
    def forgetful(state: IntentState, trigger: Trigger) -> IntentState:
        return IntentState.PLANNED if trigger is Trigger.LOSE else move(state, trigger)

    monkeypatch.setattr(engine.core.decide, "move", forgetful)
    plans = [
        a_day("buy", "sell", deaths=(Death(where="after_write", n=n, pause=1.1),))
        for n in range(1, ENOUGH)
    ]
    assert "was posted 2 times" in found(plans, new_store)


def test_sending_before_the_commit_is_caught(new_store, monkeypatch):
    honest = engine.runner.Runner._commit

    def hasty(self, done) -> None:
        self._act([decision for _, decision, _ in done])
        honest(self, done)

    monkeypatch.setattr(engine.runner.Runner, "_commit", hasty)
    assert "left while the store says" in found([a_day("buy")], new_store)


def test_exiting_by_the_plan_and_not_by_the_holding_is_caught(new_store, monkeypatch):
    honest = engine.core.plan_exit.exit_wish

    def by_plan(context, **known):
        wish = honest(context, **known)
        if wish is None or context.order is None:
            return wish
        return replace(wish, quantity=int(context.order.exit_filled * context.part.ratio))

    monkeypatch.setattr(engine.core.plan_exit, "exit_wish", by_plan)
    monkeypatch.setattr(engine.core.plan_exit, "_clamp", lambda turn, context, wish: wish)
    trouble = Trouble(kind="margin", account=1, operation="place", nth=2)
    said = found([a_day("buy", "buy", "reverse", troubles=(trouble,))], new_store)
    assert "exit KC" in said


def test_a_budget_that_is_not_kept_is_caught(new_store, monkeypatch):
    plenty = Allowance(entries=100, total=100)
    monkeypatch.setattr(RateBudget, "allowance", lambda self, **_: plenty)
    acts = tuple(Act(after=0.02, kind="buy_limit", lots=1, ticks=-9) for _ in range(12))
    said = found([Plan(seed=1, acts=acts)], new_store)
    assert "writes in a second" in said


def test_the_same_days_without_a_mutant_break_no_promise(new_store):
    lost = Trouble(kind="lost", account=1, operation="place", nth=1)
    margin = Trouble(kind="margin", account=1, operation="place", nth=2)
    limits = tuple(Act(after=0.02, kind="buy_limit", lots=1, ticks=-9) for _ in range(12))
    plans = [
        a_day("buy", "sell"),
        a_day("buy", "sell", deaths=(Death(where="after_write", n=1, pause=1.1),)),
        a_day("buy", "buy", "reverse", troubles=(margin,)),
        Plan(seed=1, acts=limits),
    ]
    assert found(plans, new_store) == ""
    said = run_day(a_day("buy", "sell", troubles=(lost,)), new_store(), rest_s=150).violations
    assert said == []
