"""Days drawn from seeds: whatever the master does and whatever fails, the promises hold.

A failing seed prints its plan. `sim_plan.Plan` is data: leave parts out until what is left is small,
mend the fault, write its test in `tests/core`, and keep its plan with `sim_corpus.keep`.
"""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_plan import plan_of

CLEAN = range(15)
TROUBLED = range(1000, 1040)


@pytest.mark.parametrize("seed", CLEAN)
def test_a_day_without_trouble_keeps_every_promise(seed, new_store):
    plan = plan_of(seed, troubled=False)
    outcome = run_day(plan, new_store(), rest_s=30)
    assert not outcome.violations, complaint(plan, outcome.violations)
    assert outcome.lives == 1


@pytest.mark.parametrize("seed", TROUBLED)
def test_a_day_of_faults_deaths_and_restarts_keeps_every_promise(seed, new_store):
    plan = plan_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_same_plan_gives_the_same_day(new_store):
    first, second = (run_day(plan_of(7), new_store(), rest_s=HEALED_S) for _ in range(2))
    assert first == second


def test_the_days_are_not_idle(new_store):
    outcomes = [run_day(plan_of(seed, troubled=False), new_store(), rest_s=5) for seed in range(4)]
    assert sum(outcome.copied for outcome in outcomes) > 30
