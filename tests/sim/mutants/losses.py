"""A daily loss that stops the wrong thing, at the wrong step, or not for the whole day."""

import dataclasses
from decimal import Decimal

from msgspec.structs import replace

import engine.core.observe.loss_watch
import engine.core.planning.plan
import engine.core.planning.plan_entry
import engine.core.risk.loss
import storage.journal
from engine.core.risk.loss import latched
from engine.core.values.loss import LossStep
from engine.core.values.market import AccountName
from tests.sim.mutants.planting import Mutant, a_day, a_life, resting, then
from tests.sim.sim_plan import Act, Death, Plan

#: Ten shares are held; a fall of eight steps costs 16 rupees.
HELD, FALL, RISE = then("buy", lots=10), then("price", ticks=-8), then("price", ticks=8)


def losing(limit: str, *acts, deaths: tuple[Death, ...] = ()) -> Plan:
    """Return a life of one follower who may lose so much; the socket brings a price within two seconds."""
    return dataclasses.replace(a_life(*acts, deaths=deaths), losses=(limit,))


def together(limit: int, *acts) -> Plan:
    """Return a day of three followers of 1, 0.5 and 2 times, who may lose so much together."""
    done = tuple(each if isinstance(each, Act) else then(each) for each in acts)
    return dataclasses.replace(a_day(), acts=done, total_loss=limit)


def blocks_exits(patch) -> None:
    honest = engine.core.planning.plan.plan_exit

    def stopped(turn, context) -> None:
        key = context.key
        if latched(turn.state, key.venue, key.follower) < LossStep.NO_ENTRIES:
            honest(turn, context)

    patch.setattr(engine.core.planning.plan, "plan_exit", stopped)


def is_a_step_late(patch) -> None:
    honest = engine.core.observe.loss_watch.step_of
    patch.setattr(
        engine.core.observe.loss_watch,
        "step_of",
        lambda *loss, **known: LossStep(max(0, honest(*loss, **known) - 1)),
    )


def is_a_step_early(patch) -> None:
    honest = engine.core.observe.loss_watch.step_of
    patch.setattr(
        engine.core.observe.loss_watch,
        "step_of",
        lambda *loss, **known: LossStep(min(3, honest(*loss, **known) + 1)),
    )


def forgets_the_latch(patch) -> None:
    honest = storage.journal.Journal.load

    def forgetful(self, *rest, **more):
        state = honest(self, *rest, **more)
        state.losses.clear()
        return state

    patch.setattr(storage.journal.Journal, "load", forgetful)


def trails_from_zero(patch) -> None:
    honest = engine.core.observe.loss_watch.loss_of
    patch.setattr(
        engine.core.observe.loss_watch,
        "loss_of",
        lambda profit, *, high, trailing: honest(profit, high=high, trailing=False),
    )


def leaves_what_is_held(patch) -> None:
    patch.setattr(engine.core.observe.loss_watch, "square_off", lambda *_, **__: None)


def leaves_what_rests(patch) -> None:
    patch.setattr(engine.core.planning.plan_entry, "withdraws_entries", lambda *_: False)


def counts_the_worst_alone(patch) -> None:
    def least(amounts, start=0):
        found = list(amounts)
        return min(found, default=start) if isinstance(start, Decimal) else sum(found, start)

    patch.setattr(engine.core.observe.loss_watch, "sum", least, raising=False)


def binds_nobody_together(patch) -> None:
    nobody = AccountName("nobody")
    patch.setattr(engine.core.risk.loss, "EVERYONE", nobody)


def unlocks_by_prices(patch) -> None:
    honest = engine.core.observe.loss_watch._look_at

    def lenient(turn, limit, whose) -> None:
        known = turn.state.losses.get((turn.state.venue, limit.name))
        if known is not None and limit.profit > -known.loss / 2:
            turn.state.losses[turn.state.venue, limit.name] = replace(known, step=LossStep.NONE)
        honest(turn, limit, whose)

    patch.setattr(engine.core.observe.loss_watch, "_look_at", lenient)


LOSSES = (
    Mutant(
        name="loss ladder blocks an exit",
        breaks="once too much is lost in a day, the master's exit is not followed",
        plant=blocks_exits,
        plans=(losing("15", HELD, FALL, then("wait", pick=1), then("sell", lots=10)),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="loss ladder a step late",
        breaks="at 85 per cent of the daily loss people are warned, and entries go on",
        plant=is_a_step_late,
        plans=(losing("18", HELD, FALL, then("wait", pick=1), "buy"),),
        said="were lost",
    ),
    Mutant(
        name="loss ladder a step early",
        breaks="at 70 per cent of the daily loss entries end",
        plant=is_a_step_early,
        plans=(losing("22", HELD, FALL, then("wait", pick=1)),),
        said="NO_ENTRIES at",
    ),
    Mutant(
        name="loss latch forgotten at a restart",
        breaks="after a restart, with prices that have recovered, entries go on",
        plant=forgets_the_latch,
        plans=(
            losing(
                "15", HELD, FALL, then("wait", pick=1), RISE, then("wait", pick=6), "buy",
                deaths=(Death(where="time", n=12),),
            ),
        ),
        said="after a step of the loss ladder was latched",
    ),
    Mutant(
        name="loss latch lifted by prices",
        breaks="prices that recover let entries go on the same day",
        plant=unlocks_by_prices,
        plans=(
            losing("15", HELD, FALL, then("wait", pick=1), RISE, then("wait", pick=1), "buy"),
        ),
        said="after a step of the loss ladder was latched",
    ),
    Mutant(
        name="trailing loss measured from zero",
        breaks="what is lost from the day's high is not counted",
        plant=trails_from_zero,
        plans=(
            losing(
                "17 trailing", HELD, RISE, then("wait", pick=1), FALL, then("wait", pick=1), "buy"
            ),
        ),
        said="were lost",
    ),
    Mutant(
        name="total loss blocks an exit",
        breaks="once all have lost too much together, the master's exit is not followed",
        plant=blocks_exits,
        plans=(together(40, HELD, FALL, then("wait", pick=1), then("sell", lots=10)),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="total loss counts one follower",
        breaks="RISK__MAX_DAILY_LOSS goes by the follower who has lost most, not by all of them",
        plant=counts_the_worst_alone,
        plans=(together(60, HELD, FALL, then("wait", pick=1), "buy"),),
        said="were lost",
    ),
    Mutant(
        name="total loss a step late",
        breaks="at 85 per cent of what all may lose people are warned, and entries go on",
        plant=is_a_step_late,
        plans=(together(63, HELD, FALL, then("wait", pick=1), "buy"),),
        said="were lost",
    ),
    Mutant(
        name="total loss binds nobody",
        breaks="the ladder of all together is told and latched, and entries go on",
        plant=binds_nobody_together,
        plans=(together(40, HELD, FALL, then("wait", pick=1), "buy"),),
        said="the loss ladder of all together was latched",
    ),
    Mutant(
        name="flatten leaves what is held",
        breaks="the owner chose to be flat at his limit, and is not",
        plant=leaves_what_is_held,
        plans=(losing("15 flatten", HELD, FALL, then("wait", pick=2)),),
        said="were to be squared off",
    ),
    Mutant(
        name="close-only leaves entries resting",
        breaks="an entry that rests opens more after only closing is left",
        plant=leaves_what_rests,
        plans=(
            losing("15", HELD, resting("buy_limit", ticks=-80), FALL, then("wait", pick=2)),
        ),
        said="rests though only closing is left",
    ),
)  # fmt: skip
