"""Wrong conclusions from what a read shows or does not show."""

from datetime import timedelta

from msgspec.structs import replace

import engine.core.decide
import engine.core.observe.observe_follower
import engine.core.observe.observe_master
import engine.core.outcome.unknown
import engine.core.state.fills
import engine.core.values.merge
from engine.core.values import records as r
from engine.core.values.intents import IntentState
from tests.sim.mutants.planting import Mutant, a_day, a_life, resting, then, trouble

LATE = trouble("timed_out", seconds=60.0)


def judges_absent_early(patch) -> None:
    patch.setattr(engine.core.outcome.unknown, "APPEARS_WITHIN", timedelta(seconds=8))


def judges_absent_without_proof(patch) -> None:
    patch.setattr(engine.core.outcome.unknown, "_is_fresh", lambda state, account, sent_at: True)


def ignores_late_arrivals(patch) -> None:
    honest = engine.core.observe.observe_follower._child_of

    def settled(state, venue, account, row):
        child = honest(state, venue, account, row)
        done = child is not None and child.state in (IntentState.ABSENT, IntentState.NEEDS_HUMAN)
        return None if done else child

    patch.setattr(engine.core.observe.observe_follower, "_child_of", settled)


def believes_the_newest_status(patch) -> None:
    patch.setattr(
        engine.core.values.merge,
        "_status_rank",
        lambda seen: (seen.status_version, seen.status_at, seen.row.status.value),
    )


def believes_the_newest_fill(patch) -> None:
    honest = engine.core.values.merge.merge

    def newest(one, other):
        merged = honest(one, other)
        return replace(merged, row=replace(merged.row, filled_quantity=other.row.filled_quantity))

    for room in (engine.core.state.fills, engine.core.observe.observe_master):
        patch.setattr(room, "merge", newest)


def takes_a_shrunk_book_for_gone(patch) -> None:
    honest = engine.core.decide.observe_follower_book
    patch.setattr(engine.core.observe.observe_follower, "is_shrunk", lambda account, total: False)

    def ends_what_is_missing(turn, event) -> None:
        before = turn.state.account(event.account).book_total
        honest(turn, event)
        shown = {row.order_id for row in event.rows}
        for child in list(turn.state.open_children.values()):
            mine = child.key.follower == event.account and child.state is IntentState.ACKED
            if mine and event.total < before and child.order_id not in shown:
                turn.emit(r.IntentMoved(tag=child.tag, state=IntentState.ABSENT, at=turn.at))

    patch.setattr(engine.core.decide, "observe_follower_book", ends_what_is_missing)


READS = (
    Mutant(
        name="early absence",
        breaks="an order is called absent before it could have appeared",
        plant=judges_absent_early,
        plans=(
            a_life("buy", then("wait", pick=9), then("sell", symbol=1), troubles=(LATE,)),
            a_life(then("buy", symbol=1), "buy", then("wait", pick=9),
                   then("sell", symbol=1), troubles=(trouble("timed_out", nth=2, seconds=60.0),)),
        ),
        said="is judged absent after",
        rest_s=150,
    ),
    Mutant(
        name="absence without proof",
        breaks="an order is called absent by a book that may be stale",
        plant=judges_absent_without_proof,
        plans=(a_life("buy", troubles=(trouble("never"),)),),
        said="by a book that shows nothing newer",
        rest_s=150,
    ),
    Mutant(
        name="a late landing not adopted",
        breaks="an order that appears after its absence was concluded is nobody's",
        plant=ignores_late_arrivals,
        plans=(
            a_life("buy", then("buy", symbol=1, lots=1), troubles=(
                trouble("timed_out", seconds=160.0),)),
        ),
        said="the store holds 0, the exchange",
        rest_s=200,
    ),
    Mutant(
        name="a terminal state reopened",
        breaks="an older row makes a filled order work again",
        plant=believes_the_newest_status,
        plans=(
            a_life("buy", "buy", "sell", troubles=(
                trouble("read_stale", of="orders", nth=1, seconds=3.0),)),
            a_day("buy", "sell", "buy", "sell", troubles=(
                trouble("swap", account=0, of="frame", nth=1, seconds=3.0),
                trouble("read_stale", account=0, of="orders", nth=-2, seconds=3.0),)),
        ),
        said=" again",
    ),
    Mutant(
        name="filled falling in a merge",
        breaks="an older row takes fills back",
        plant=believes_the_newest_fill,
        plans=(
            a_life("buy", "buy", "sell", troubles=(
                trouble("read_stale", of="orders", nth=1, seconds=3.0),)),
            a_day("buy", "sell", "buy", "sell", troubles=(
                trouble("swap", account=0, of="frame", nth=1, seconds=3.0),
                trouble("read_stale", account=0, of="orders", nth=-2, seconds=3.0),)),
        ),
        said=" fell from ",
    ),
    Mutant(
        name="a shrunk book taken as gone",
        breaks="orders that a partial read leaves out are taken for ended",
        plant=takes_a_shrunk_book_for_gone,
        plans=tuple(
            a_life(resting(), resting(), then("wait", pick=9), troubles=(
                trouble("read_partial", of="orders", nth=n, seconds=20.0),))
            for n in (1, 2, 3, 4)
        ),
        said="is judged absent after",
    ),
)  # fmt: skip
