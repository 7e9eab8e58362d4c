"""Days with stalls, sleep, wrong clocks, hands at a follower's account and books that stand still."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_odd import ODD, odd_of
from tests.sim.sim_plan import Act, Plan

SEEDS = range(1000, 1045)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_odd_day_keeps_every_promise(seed, new_store):
    plan = odd_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_days_know_every_odd_thing():
    assert {act.kind for seed in SEEDS for act in odd_of(seed).acts} >= ODD.keys()


@pytest.mark.parametrize(("pick", "copied"), [(2, 2), (4, 0)], ids=["5 s", "30 s"])
def test_what_he_does_while_the_process_stands_still_is_copied_unless_it_is_too_old(
    pick, copied, new_store
):
    acts = (Act(after=1.0, kind="stall", pick=pick), Act(after=0.1, kind="buy", lots=5))
    plan = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts)
    outcome = run_day(plan, new_store(), rest_s=60)
    assert not outcome.violations
    # The entry, and his way home; an entry may be 10 s old.
    assert outcome.copied == copied
