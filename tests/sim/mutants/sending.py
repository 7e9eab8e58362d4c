"""What becomes of a write between its decision and its answer: commit, crash, budget, tag."""

import asyncio

import engine.core.decide
import engine.core.risk.fence
import engine.core.state.fold_children
import engine.runner
from engine.budget import RateBudget
from engine.core.state.turn import Turn
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState, Trigger, move
from engine.core.values.keys import TAG_PREFIX
from engine.core.values.market import Tag
from engine.lanes import Lane
from storage.journal import Journal
from tests.sim.mutants.planting import HeldElsewhere, Mutant, a_day, a_life
from tests.sim.sim_plan import Act, Death, Plan

#: Deaths of which one falls on a write that has left.
DEATHS = range(1, 6)
BURST = Plan(
    seed=1,
    acts=tuple(Act(after=0.02, kind="buy_limit", lots=1, ticks=-9) for _ in range(12)),
)


def resends_after_a_restart(patch) -> None:
    def forgetful(state: IntentState, trigger: Trigger) -> IntentState:
        return IntentState.PLANNED if trigger is Trigger.LOSE else move(state, trigger)

    honest = engine.core.state.fold_children._keep_open

    def keep_open(state, child) -> None:
        honest(state, child)
        if child.state is IntentState.PLANNED:
            state.planned[child.tag] = child

    patch.setattr(engine.core.decide, "move", forgetful)
    patch.setattr(engine.core.state.fold_children, "_keep_open", keep_open)


def sends_before_the_commit(patch) -> None:
    honest = engine.runner.Runner._commit

    def hasty(self, done) -> None:
        self._act([decision for _, decision, _ in done])
        honest(self, done)

    patch.setattr(engine.runner.Runner, "_commit", hasty)


def acknowledges_before_the_commit(patch) -> None:
    honest = Journal.commit

    def behind(self, batch) -> None:
        batch = [(event, tuple(records)) for event, records in batch]
        asyncio.get_running_loop().call_later(0.005, honest, self, batch)

    patch.setattr(Journal, "commit", behind)


def queues_what_is_sending(patch) -> None:
    """The budget is asked at the wire and no more when it is journalled."""
    patch.setattr(Turn, "may_send", lambda self, follower, *, entry: True)
    honest = Lane.send

    def queued(self, command) -> None:
        allowance = self.allowance()
        if allowance is not None and allowance.entries <= 0:
            asyncio.get_running_loop().call_later(0.1, queued, self, command)
            return
        honest(self, command)

    patch.setattr(Lane, "send", queued)


def keeps_no_budget(patch) -> None:
    plenty = Allowance(entries=100, total=100)
    patch.setattr(RateBudget, "allowance", lambda self, *_: plenty)


def counts_tags_anew(patch) -> None:
    """Tags are numbered, and each life of the process begins with the first number."""
    numbers = {"next": 0}
    honest = engine.core.decide._start

    def start(turn, event) -> None:
        numbers["next"] = 0
        honest(turn, event)

    def numbered(install_id, child) -> Tag:
        numbers["next"] += 1
        return Tag(f"{TAG_PREFIX}{install_id}{numbers['next']:016d}")

    patch.setattr(engine.core.decide, "_start", start)
    patch.setattr(engine.core.risk.fence, "make_tag", numbered)


SENDING = (
    Mutant(
        name="resend on restart",
        breaks="what was being sent when the process ended is sent again",
        plant=resends_after_a_restart,
        plans=tuple(
            a_day("buy", "sell", deaths=(Death(where="after_write", n=n, pause=1.1),))
            for n in DEATHS
        ),
        said="was posted 2 times",
        rest_s=150,
    ),
    Mutant(
        name="send before commit",
        breaks="an order leaves before its SENDING is in the store",
        plant=sends_before_the_commit,
        plans=(a_day("buy"),),
        said="left while the store says",
    ),
    Mutant(
        name="ack before commit",
        breaks="the store says that it is durable, and writes afterwards",
        plant=acknowledges_before_the_commit,
        plans=(a_day("buy"),),
        said="left while the store says",
    ),
    Mutant(
        name="SENDING while queueing",
        breaks="what waits for the budget is journalled as if it had left",
        plant=queues_what_is_sending,
        plans=(BURST,),
        said="after it was journalled as SENDING",
    ),
    Mutant(
        name="budget not kept",
        breaks="more writes in a second than the broker takes",
        plant=keeps_no_budget,
        plans=(BURST,),
        said="writes in a second",
    ),
    Mutant(
        name="tag not unique over restarts",
        breaks="the first orders of two lives carry the same tags",
        plant=counts_tags_anew,
        plans=(a_life("buy", "buy", deaths=(Death(where="after_write", n=1, pause=1.1),)),),
        said="halted: JournalError",
        rest_s=150,
    ),
)

#: What virtual time has no disk for.
ON_THE_DISK = (
    HeldElsewhere(
        name="synchronous=NORMAL",
        breaks="a commit that was acknowledged is lost with the power",
        test="tests/storage/test_power_cut.py"
        "::test_with_less_than_full_syncs_the_same_test_finds_what_is_lost",
        said="commits that were acknowledged are missing",
    ),
)
