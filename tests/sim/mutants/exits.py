"""Exits that are lost, doubled, blocked or taken from what is not there."""

from msgspec.structs import replace

import engine.core.decide
import engine.core.observe.observe_master
import engine.core.planning.overshoot
import engine.core.planning.plan
import engine.core.planning.plan_exit
import engine.core.planning.wanted
import engine.core.state.brokernet
import engine.core.state.fills
import engine.core.state.ledger
from engine.core.risk.gates import moment_gate
from engine.core.values import records as r
from tests.sim.mutants.planting import Mutant, a_day, a_life, kept, resting, then, trouble
from tests.sim.sim_plan import Death

MARGIN = trouble("margin", nth=2)
#: His stop fills; our target, which is being cancelled, fills first.
BOTH_FILL = a_life(
    resting("buy", lots=10),
    resting("pair", ticks=2, pick=3),
    then("price", after=3.0, ticks=-4),
    troubles=(trouble("fills_first", of="cancel"),),
)
NO_PAIR = a_life(
    resting("buy", lots=10),
    resting("sell_limit", lots=5, ticks=8),
    resting("sell_limit", lots=5, ticks=7),
)
#: The socket is silent, and between two reads he sells what he has and goes short.
UNSEEN = a_life(
    "buy", "stop", then("wait", pick=1), then("sell", after=0.0), then("sell", after=0.0),
    troubles=tuple(trouble("lose", account=0, of="frame", nth=n) for n in range(2, 9)),
)  # fmt: skip


def exits_by_plan(patch) -> None:
    honest = engine.core.planning.plan_exit.exit_wish

    def by_plan(state, context, **known):
        wish = honest(state, context, **known)
        if wish is None or context.order is None:
            return wish
        return replace(wish, quantity=int(context.order.exit_filled * context.part.ratio))

    patch.setattr(engine.core.planning.plan_exit, "exit_wish", by_plan)
    patch.setattr(engine.core.planning.plan_exit, "_clamp", lambda turn, context, wish: wish)


def exits_twice(patch) -> None:
    honest = engine.core.planning.plan_exit.follow

    def blind(turn, live, need, wish, **more) -> int:
        kept = honest(turn, live, need, wish, **more)
        return kept if len(live) > 1 else 0

    patch.setattr(engine.core.planning.plan_exit, "follow", blind)


def asks_no_broker(patch) -> None:
    patch.setattr(engine.core.planning.plan_exit, "_clamp", lambda turn, context, wish: wish)


def rests_both_whole(patch) -> None:
    patch.setattr(
        engine.core.planning.wanted,
        "_working_share",
        lambda state, context: abs(context.book.virtual),
    )


def covers_nothing(patch) -> None:
    patch.setattr(engine.core.decide, "cover_overshoot", lambda turn, books: None)


def covers_the_other_side_alone(patch) -> None:
    honest = engine.core.planning.overshoot.overshoot

    def beyond_zero(book) -> int:
        return 0 if book.held * book.virtual > 0 else honest(book)

    patch.setattr(engine.core.planning.overshoot, "overshoot", beyond_zero)


def gates_exits(patch) -> None:
    honest = engine.core.planning.plan.plan_exit

    def gated(turn, context) -> None:
        key = context.key
        if moment_gate(turn.state, context.rules, key.venue, at=turn.at) is None:
            honest(turn, context)

    patch.setattr(engine.core.planning.plan, "plan_exit", gated)


def finds_exits_too_old(patch) -> None:
    honest = engine.core.observe.observe_master.fold_master_fill

    def fresh_only(state, key, order_id, units, *, at, filled_at):
        stamp = state.master[key].orders[order_id].row.updated_at
        for record in honest(state, key, order_id, units, at=at, filled_at=filled_at):
            late = stamp is not None and (at - stamp).total_seconds() > 10
            if not (late and isinstance(record, r.ExitsFolded)):
                yield record

    patch.setattr(engine.core.observe.observe_master, "fold_master_fill", fresh_only)


def classes_by_the_net_of_today(patch) -> None:
    """Entry or exit is told by the net after all that a read has shown, not by that at the fill."""
    honest, split = (
        engine.core.observe.observe_master.fold_master_fill,
        engine.core.state.ledger.split_fill,
    )

    def by_today(state, key, order_id, units, *, at, filled_at):
        position = state.master[key]
        today = position.net + sum(
            order.row.side.sign * (order.row.filled_quantity - order.folded)
            for order in position.orders.values()
        )

        def class_by(rule):
            for room in (engine.core.state.fills, engine.core.state.ledger):
                room.split_fill = rule

        class_by(lambda _, delta: split(today, delta))
        try:
            records = honest(state, key, order_id, units, at=at, filled_at=filled_at)
            for record in records:
                class_by(split)
                yield record
                class_by(lambda _, delta: split(today, delta))
        finally:
            class_by(split)

    patch.setattr(engine.core.observe.observe_master, "fold_master_fill", by_today)


def takes_no_row_for_flat(patch) -> None:
    honest = engine.core.state.brokernet.snapshot_net

    def flat(state, key):
        net = honest(state, key)
        known = state.account(key.follower).positions is not None
        return 0 if net is None and known else net

    patch.setattr(engine.core.state.brokernet, "snapshot_net", flat)


EXITS = (
    Mutant(
        name="exit by plan instead of by holding",
        breaks="an exit is sized by what was to be copied, not by what is held",
        plant=exits_by_plan,
        plans=(a_day("buy", "buy", "reverse", troubles=(MARGIN,)),),
        said="exit KC",
    ),
    Mutant(
        name="double exit",
        breaks="an exit is sent again while one is on its way",
        plant=exits_twice,
        plans=(a_life(resting("buy"), resting("target", ticks=8)), a_life("buy", "sell")),
        said="exits of SBIN",
    ),
    Mutant(
        name="no net check",
        breaks="what its owner or RMS has closed is sold once more",
        plant=asks_no_broker,
        plans=(
            a_life("buy", then("square_follower"), *[then("wait", pick=9)] * 3, then("sell")),
        ),
        said="the account has 0",
    ),
    Mutant(
        name="exits that are no pair, both whole",
        breaks="two working exits together sell twice what is held",
        plant=rests_both_whole,
        plans=(NO_PAIR,),
        said="exits of SBIN",
    ),
    Mutant(
        name="an overshoot that nobody covers",
        breaks="two exits that both filled leave a position the other way",
        plant=covers_nothing,
        plans=(BOTH_FILL,),
        said="beyond zero are not covered",
    ),
    Mutant(
        name="an overshoot beside an entry",
        breaks="a stop that filled too late doubles the position of the reversal",
        plant=covers_the_other_side_alone,
        plans=(kept("odd 112002397"),),
        said="beyond zero are not covered",
    ),
    Mutant(
        name="exit blocked by /pause",
        breaks="a follower who is paused keeps what the master has sold",
        plant=gates_exits,
        plans=(a_life("buy", "pause", "sell"),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="exit blocked by /stop",
        breaks="after /stop exits do not follow",
        plant=gates_exits,
        plans=(a_life("buy", "stop", "sell"),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="exit blocked by the kill switch",
        breaks="after the kill switch exits do not follow",
        plant=gates_exits,
        plans=(a_life("buy", "kill", "sell"),),
        said="are left and nobody was told",
    ),
    Mutant(
        name="missed exit after a gap not done",
        breaks="what the master sold while the process was down is too old to follow",
        plant=finds_exits_too_old,
        plans=(
            a_life(
                then("buy", lots=10), then("wait", pick=9), "sell", then("wait", pick=9),
                deaths=(Death(where="time", n=14, pause=25.0),),
            ),
        ),
        said="5 wanted, 10 held",
    ),
    Mutant(
        name="classed by the net of today",
        breaks="an exit that was followed by a short before the next read is taken for an entry",
        plant=classes_by_the_net_of_today,
        plans=(UNSEEN,),
        said="0 wanted, 5 held",
    ),
    Mutant(
        name="an empty book taken as flat",
        breaks="positions that came back without a row stand for no holding",
        plant=takes_no_row_for_flat,
        plans=(
            a_life(
                "buy", then("wait", pick=3), then("sell", after=4.0), then("wait", pick=9),
                troubles=tuple(
                    trouble("read_empty", of="positions", nth=n, seconds=20.0) for n in (-2, 0, 2)
                ),
            ),
        ),
        said="written off",
    ),
)  # fmt: skip
