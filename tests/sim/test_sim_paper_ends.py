"""Paper accounts are squared off at night, whenever a life dies: flat, once, and the day after begins clean."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_day import run_day
from tests.sim.sim_paper_ends import paper_ends_of, squared_off_at_night


@pytest.mark.parametrize("seed", range(3000, 3012))
def test_a_paper_day_that_ends_with_a_square_off_keeps_every_promise(seed, new_store):
    plan = paper_ends_of(seed)
    with squared_off_at_night(seed):
        outcome = run_day(plan, new_store(), rest_s=20)
    assert not outcome.violations, complaint(plan, outcome.violations)
    assert outcome.writes == 0
