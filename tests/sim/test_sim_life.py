"""Days of the whole life of orders, in all six segments; see `test_sim_seeds` for what to do with one
that fails, and `hunt` for the tool that finds and shrinks it.
"""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_life import KINDS, life_of
from tests.sim.sim_plan import DRAWN

CLEAN = range(8)
TROUBLED = range(1000, 1050)


@pytest.mark.parametrize("seed", CLEAN)
def test_a_life_without_trouble_keeps_every_promise(seed, new_store):
    plan = life_of(seed, troubled=False)
    outcome = run_day(plan, new_store(), rest_s=30)
    assert not outcome.violations, complaint(plan, outcome.violations)
    asleep = sum(act.kind == "night" and act.pick % 2 for act in plan.acts)
    assert outcome.lives == 1 + asleep


@pytest.mark.parametrize("seed", TROUBLED)
def test_a_life_of_faults_deaths_and_restarts_keeps_every_promise(seed, new_store):
    plan = life_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_days_know_every_kind_of_act_and_every_segment():
    plans = [life_of(seed) for seed in TROUBLED]
    acts = {act.kind for plan in plans for act in plan.acts}
    assert KINDS.keys() | {"close", "night"} <= acts
    assert {number for plan in plans for number in plan.symbols} == set(range(DRAWN))


def test_the_same_plan_gives_the_same_life(new_store):
    first, second = (run_day(life_of(55), new_store(), rest_s=HEALED_S) for _ in range(2))
    assert first == second
