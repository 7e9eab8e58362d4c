"""Planted faults of roles, of /set and of /panic at the chat: the simulation must notice each of them."""

from dataclasses import replace

import pytest

import bot.chat.app
import bot.chat.roles
import engine.core.observe.panic
from bot.chat.arming import Arming
from engine.core.values.market import AccountName
from engine.core.values.people import Role
from tests.sim.sim_chat_day import run_chat_day
from tests.sim.sim_chat_plan import ChatPlan, Deed
from tests.sim.sim_plan import Act
from tests.sim.test_mutants_chat import Mutant, a_day

MOTHER = AccountName("mother")
LIMIT = "/set father MAX_OPEN_POSITIONS"
BUY = Deed(at=1.0, kind="master", act=Act(after=0.0, kind="buy", lots=5))
LIVE_BY_AN_OPERATOR = a_day(
    Deed(at=3.0, kind="operator: /live"), Deed(at=6.0, kind="operator: the code")
)
LOOSER = a_day(Deed(at=3.0, kind=f"owner: {LIMIT} 50"), Deed(at=5.0, kind=f"owner: {LIMIT} 60"))
PANIC = a_day(BUY, Deed(at=4.0, kind="owner: /panic"), Deed(at=6.0, kind="owner: confirms"))


def operators_may_go_live(patch: pytest.MonkeyPatch) -> None:
    """The table lets them, and the door behind it is as wide as an owner's."""
    known = bot.chat.roles._MAY
    patch.setitem(known, Role.OPERATOR, known[Role.OPERATOR] | {"live"})
    patch.setattr(bot.chat.app, "RoleDesk", lambda desk, _role, _account: desk)


def looser_needs_no_code(patch: pytest.MonkeyPatch) -> None:
    async def at_once(self, ask, _what, go) -> None:
        await go(ask)

    patch.setattr(Arming, "before_adding_risk", at_once)


def a_leg_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    honest = engine.core.observe.panic._ledgers

    def ledgers(state, venue):
        return (each for each in honest(state, venue) if each[1].key.follower != MOTHER)

    patch.setattr(engine.core.observe.panic, "_ledgers", ledgers)


def short(plan: ChatPlan, **day: object) -> ChatPlan:
    """Return a plan that ends as soon as all of it is done."""
    return replace(plan, lasts_s=9.0, day=replace(plan.day, **day))


MUTANTS = (
    Mutant(
        "an operator may go live",
        operators_may_go_live,
        short(LIVE_BY_AN_OPERATOR),
        "acted beyond his role",
    ),
    Mutant(
        "a setting gets looser without a code",
        looser_needs_no_code,
        short(LOOSER),
        "MAX_OPEN_POSITIONS got looser, 50 to 60, without a code",
    ),
    Mutant(
        "a panic leaves a leg",
        a_leg_is_forgotten,
        short(PANIC, multipliers=("1", "1"), mirrors=("sweep", "sweep")),
        "a panic was told flat and leaves 5 of mother",
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_of_others_is_caught(mutant, new_store, monkeypatch):
    honest = run_chat_day(mutant.plan, new_store()).violations
    assert not honest, "\n".join(honest)
    mutant.plant(monkeypatch)
    assert mutant.words in "\n".join(run_chat_day(mutant.plan, new_store()).violations)
