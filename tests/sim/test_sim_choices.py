"""Days of followers who are asked first, and of spreads of options; see `test_sim_seeds` for what to do
with one that fails, and `hunt` for the tool that finds and shrinks it.
"""

import pytest

from tests.sim.sim_choices import PRESSES, SPREAD, choices_of
from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import HEALED_S, run_day

SEEDS = range(2000, 2030)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_choices_keeps_every_promise(seed, new_store):
    plan = choices_of(seed)
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_the_days_know_people_who_are_asked_and_spreads_of_either_rule():
    plans = [choices_of(seed) for seed in SEEDS]
    kinds = {act.kind for plan in plans for act in plan.acts}
    assert set(PRESSES) <= kinds
    assert {plan.unwind for plan in plans if plan.symbols == SPREAD} == {False, True}
    assert any(plan.asks and plan.basket_ms for plan in plans)
