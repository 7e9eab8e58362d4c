"""However many entries wait for the budget, what holds them back is asked once an event, and each is judged by itself."""

import pytest

from engine.core.planning import plan
from engine.core.values import control as c
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done

WAITING = 30


@pytest.fixture
def world() -> World:
    """Two followers whose budget is spent, and thirty orders of his that wait for it."""
    world = World(a_follower(), a_follower("mother"))
    world.allowances = {
        FATHER: Allowance(entries=0, total=0),
        MOTHER: Allowance(entries=0, total=0),
    }
    for number in range(WAITING):
        world.master(done(f"M{number}"))
    assert len(world.state.planned) == 2 * WAITING
    return world


def test_the_gate_is_asked_once_for_each_follower(world, monkeypatch):
    asked = []
    honest = plan.moment_gate

    def gate(state, rules, venue, *, at):
        asked.append(rules.name)
        return honest(state, rules, venue, at=at)

    monkeypatch.setattr(plan, "moment_gate", gate)
    world.wait(0.5)
    assert sorted(asked) == [FATHER, MOTHER]


def test_each_leaves_in_its_turn_as_the_budget_lets_it(world):
    world.allowances[FATHER] = Allowance(entries=3, total=5)
    world.wait(0.5)
    sent = [each for each in world.pending if each.follower == FATHER]
    assert len(sent) == 3 == len(world.pending)
    world.allowances[MOTHER] = Allowance(entries=WAITING, total=WAITING)
    world.allowances[FATHER] = Allowance(entries=0, total=2)
    world.wait(0.5)
    assert len([each for each in world.pending if each.follower == MOTHER]) == WAITING
    assert len([each for each in world.pending if each.follower == FATHER]) == 3


def test_what_stops_one_follower_stops_no_other(world):
    world.ask(c.PauseFollower(follower=FATHER))
    world.allowances = {
        name: Allowance(entries=WAITING, total=WAITING) for name in world.allowances
    }
    world.wait(0.5)
    assert {each.follower for each in world.pending} == {MOTHER}
    states = {
        child.state for child in world.state.children.values() if child.key.follower == FATHER
    }
    assert states == {IntentState.KILLED}
