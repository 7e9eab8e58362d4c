"""Every day that once broke a promise is run for ever."""

import pytest

from tests.sim.sim_corpus import complaint, corpus
from tests.sim.sim_day import HEALED_S, run_day


@pytest.mark.parametrize("kept", corpus(), ids=lambda kept: kept.name)
def test_a_day_that_once_broke_a_promise_keeps_all(kept, new_store):
    outcome = run_day(kept.plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, f"{kept.found}\n{complaint(kept.plan, outcome.violations)}"
