"""Planted faults of the engine: the simulation must notice each of them within a few days."""

from collections.abc import Callable
from dataclasses import replace

import engine.core.changes
import engine.core.children
import engine.core.decide
import engine.core.plan_exit
import engine.core.wanted
import engine.runner
from engine.budget import RateBudget
from engine.core.commands import Cancel, Command, Outcome, Place, Priority, Unknown
from engine.core.events import Allowance
from engine.core.intents import IntentState, Trigger, move
from engine.core.market import OrderId
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


class LosesTriggers(Mutant):
    """Sends a stop as the limit that it is to become."""

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        if isinstance(command, Place) and command.trigger_price is not None:
            command = replace(command, trigger_price=None)
        super().submit(command, timeout_s=timeout_s, done=done)


class MeansAnother(Mutant):
    """Cancels an order next to the one that is meant."""

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        if isinstance(command, Cancel):
            command = replace(command, order_id=OrderId(str(int(command.order_id) - 1)))
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


# -- changes and cancels ---------------------------------------------------------------------


def a_life(*acts: Act, troubles: tuple[Trouble, ...] = (), multiplier: str = "1") -> Plan:
    """Return a day of one follower."""
    return Plan(
        seed=1, multipliers=(multiplier,), mirrors=("orders",), acts=acts, troubles=troubles
    )


def resting(kind: str = "buy_limit", **more: int) -> Act:
    return Act(after=1.0, kind=kind, **({"lots": 5, "ticks": -8, "pick": 1} | more))


STORM = (resting(), Act(after=2.0, kind="storm", ticks=-8, pick=9))
LOST_CHANGE = Trouble(kind="never", account=1, operation="modify", nth=1)
CHANGES = (resting(), *(Act(after=0.3, kind="reprice", ticks=-number) for number in range(2, 7)))
#: Every share he adds moves the size of the resting exit, down and up again.
LONG_LIFE = (
    resting("buy", lots=5),
    resting("target", ticks=8),
    *(Act(after=0.6, kind="buy", lots=1) for _ in range(18)),
)
NO_PAIR = (
    resting("buy", lots=10),
    resting("sell_limit", lots=5, ticks=8),
    resting("sell_limit", lots=5, ticks=7),
)
#: His stop fills; our target, which is being cancelled, fills first.
BOTH_FILL = (
    resting("buy", lots=10),
    resting("pair", ticks=2, pick=3),
    Act(after=3.0, kind="price", ticks=-4),
)
FILLS_FIRST = Trouble(kind="fills_first", account=1, operation="cancel", nth=1)


def test_a_change_while_one_is_on_its_way_is_caught(new_store, monkeypatch):
    monkeypatch.setattr(engine.core.changes, "_is_due", lambda *_: True)
    plan = a_life(*CHANGES, troubles=(LOST_CHANGE,))
    assert "is on its way" in found([plan], new_store)


def test_a_change_after_one_of_unknown_fate_without_proof_is_caught(new_store, monkeypatch):
    honest = engine.core.changes._is_due

    def hasty(turn, child, *rest):
        unknown = child.change is not None and child.change.state is IntentState.UNKNOWN
        return unknown or honest(turn, child, *rest)

    monkeypatch.setattr(engine.core.changes, "_is_due", hasty)
    trouble = replace(LOST_CHANGE, kind="timed_out_never")
    assert "which is unknown" in found([a_life(*CHANGES, troubles=(trouble,))], new_store)


def test_a_26th_change_is_caught(new_store, monkeypatch):
    monkeypatch.setattr(engine.core.changes, "MOST_CHANGES", 99)
    assert "is changed for the 26th time" in found([a_life(*LONG_LIFE)], new_store)


def test_a_wish_that_is_not_followed_to_the_end_is_caught(new_store, monkeypatch):
    honest = engine.core.children.want_change

    def lazy(turn, child, terms, *, step):
        if not child.changes:
            honest(turn, child, terms, step=step)

    monkeypatch.setattr(engine.core.children, "want_change", lazy)
    assert "for BUY 5 SBIN LIMIT" in found([a_life(*CHANGES)], new_store)


def test_a_stop_without_its_trigger_is_caught(new_store):
    plan = a_life(resting("buy", lots=10), resting("protect"))
    assert "SL with trigger_price 0" in found([plan], new_store, gateway=LosesTriggers)


def test_exits_that_are_no_pair_and_both_whole_are_caught(new_store, monkeypatch):
    monkeypatch.setattr(
        engine.core.wanted, "_working_share", lambda context: abs(context.book.virtual)
    )
    assert "exits of SBIN" in found([a_life(*NO_PAIR)], new_store)


def test_a_cancel_forgotten_because_the_answer_came_later_is_caught(new_store, monkeypatch):
    honest = engine.core.children.want_cancel

    def forgetful(turn, child):
        order = turn.state.master_order(child.master_order_id)
        ended_at = order.ended_at if order else None
        if not (ended_at and child.answered_at and ended_at < child.answered_at):
            honest(turn, child)

    monkeypatch.setattr(engine.core.children, "want_cancel", forgetful)
    said = found([a_life(resting("flash", ticks=-8, pick=1))], new_store)
    assert "work after" in said


def test_an_overshoot_that_nobody_covers_is_caught(new_store, monkeypatch):
    monkeypatch.setattr(engine.core.decide, "cover_overshoot", lambda turn, key: None)
    plan = a_life(*BOTH_FILL, troubles=(FILLS_FIRST,))
    assert "beyond zero are not covered" in found([plan], new_store)


def test_a_cancel_of_another_order_is_caught(new_store):
    plan = a_life(resting(), Act(after=1.0, kind="cancel"))
    assert "means no order of ours" in found([plan], new_store, gateway=MeansAnother)


def test_the_same_lives_without_a_mutant_break_no_promise(new_store):
    plans = [
        a_life(*STORM),
        a_life(*CHANGES, troubles=(LOST_CHANGE,)),
        a_life(*LONG_LIFE),
        a_life(resting("buy", lots=10), resting("protect")),
        a_life(*NO_PAIR),
        a_life(resting("flash", ticks=-8, pick=1)),
        a_life(*BOTH_FILL, troubles=(FILLS_FIRST,)),
        a_life(resting(), Act(after=1.0, kind="cancel")),
    ]
    assert found(plans, new_store) == ""


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
