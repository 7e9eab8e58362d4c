"""Days on which followers are switched off, removed and added in the middle: exits follow, entries do not."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_reread import REREADS, reread_of

CLEAN = range(6003, 6006)
#: In the last, a start misses somebody with copies whom no reading has let go of.
TROUBLED = (6100, 6101, 6102, 6166)


@pytest.mark.parametrize("seed", CLEAN)
def test_a_day_of_followers_that_come_and_go_keeps_every_promise(seed, new_store):
    plan = reread_of(seed, troubled=False)
    outcome = run_day(plan, new_store(), rest_s=60)
    assert not outcome.violations, complaint(plan, outcome.violations)


@pytest.mark.parametrize("seed", TROUBLED)
def test_so_does_one_with_faults_deaths_and_restarts(seed, new_store):
    plan = reread_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_days_know_every_act():
    plans = [reread_of(seed) for seed in range(6000, 6020)]
    assert set(REREADS) <= {act.kind for plan in plans for act in plan.acts}
