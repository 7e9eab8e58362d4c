"""Changes and cancels that are too many, too early or forgotten."""

from dataclasses import replace

import engine.core.planning.changes
import engine.core.planning.children
from engine.core.values.intents import IntentState
from tests.sim.mutants.planting import Mutant, a_life, resting, then, trouble

STORM = a_life(resting(), then("storm", after=2.0, ticks=-8, pick=9))
LOST_CHANGE = trouble("never", of="modify")
CHANGES = (resting(), *(then("reprice", after=0.3, ticks=-n, lots=0) for n in range(2, 7)))
#: Every share he adds moves the size of the resting exit, down and up again.
LONG_LIFE = a_life(
    resting("buy", lots=5),
    resting("target", ticks=8),
    *(then("buy", after=0.6, lots=1) for _ in range(18)),
)


def changes_while_one_is_on_its_way(patch) -> None:
    patch.setattr(engine.core.planning.changes, "_is_due", lambda *_: True)


def changes_without_proof(patch) -> None:
    honest = engine.core.planning.changes._is_due

    def hasty(turn, child, *rest):
        unknown = child.change is not None and child.change.state is IntentState.UNKNOWN
        return unknown or honest(turn, child, *rest)

    patch.setattr(engine.core.planning.changes, "_is_due", hasty)


def counts_no_changes(patch) -> None:
    patch.setattr(engine.core.planning.changes, "MOST_CHANGES", 99)


def follows_the_first_wish_only(patch) -> None:
    honest = engine.core.planning.children.want_change

    def lazy(turn, child, terms, *, step) -> None:
        if not child.changes:
            honest(turn, child, terms, step=step)

    patch.setattr(engine.core.planning.children, "want_change", lazy)


def forgets_an_early_cancel(patch) -> None:
    honest = engine.core.planning.children.want_cancel

    def forgetful(turn, child) -> None:
        order = turn.state.master_order(child.master_order_id)
        ended_at = order.ended_at if order else None
        if not (ended_at and child.answered_at and ended_at < child.answered_at):
            honest(turn, child)

    patch.setattr(engine.core.planning.children, "want_cancel", forgetful)


CHANGED = (
    Mutant(
        name="change while one is in flight",
        breaks="a change leaves before the answer of the one before",
        plant=changes_while_one_is_on_its_way,
        plans=(a_life(*CHANGES, troubles=(LOST_CHANGE,)),),
        said="is on its way",
    ),
    Mutant(
        name="a change after one of unknown fate, without proof",
        breaks="the next change does not wait until the book has shown what became of the last",
        plant=changes_without_proof,
        plans=(a_life(*CHANGES, troubles=(replace(LOST_CHANGE, kind="timed_out_never"),)),),
        said="which is unknown",
    ),
    Mutant(
        name="26th change",
        breaks="an order is changed more often than Kite takes",
        plant=counts_no_changes,
        plans=(LONG_LIFE, STORM),
        said="is changed for the 26th time",
    ),
    Mutant(
        name="a wish that is not followed to the end",
        breaks="only the first change of the master's is followed",
        plant=follows_the_first_wish_only,
        plans=(a_life(*CHANGES),),
        said="for BUY 5 SBIN LIMIT",
    ),
    Mutant(
        name="a cancel forgotten because the answer came later",
        breaks="what he cancelled before our answer goes on working",
        plant=forgets_an_early_cancel,
        plans=(a_life(resting("flash", ticks=-8, pick=1)),),
        said="work after",
    ),
)
