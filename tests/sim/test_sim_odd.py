"""Days with stalls, sleep, wrong clocks, hands at a follower's account and books that stand still."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_odd import ODD, odd_of
from tests.sim.sim_plan import Act, Plan

SEEDS = range(1000, 1060)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_odd_day_keeps_every_promise(seed, new_store):
    plan = odd_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_days_know_every_odd_thing():
    assert {act.kind for seed in SEEDS for act in odd_of(seed).acts} >= ODD.keys()


def test_what_happens_while_the_process_stands_still_is_copied_when_it_goes_on(new_store):
    acts = (
        Act(after=1.0, kind="stall", pick=2),
        Act(after=0.1, kind="buy", lots=5),
        Act(after=1.0, kind="pause", follower=1),
    )
    plan = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts)
    outcome = run_day(plan, new_store(), rest_s=60)
    assert not outcome.violations
    # The stall lasts 5 s: neither the order nor the pause is heard of before.
    assert outcome.copied == 2
