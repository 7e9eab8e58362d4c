"""Deaths during the recovery from a death, two and three deep."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_kills import SCENES, killed, kills_of, seams_of


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("scene", SCENES)
def test_deaths_during_recovery_lose_nothing_and_double_nothing(scene, depth, new_store):
    seams = seams_of(scene, new_store())
    mortals = list(kills_of(scene, seams, every=9, depth=depth))
    kills = 0
    for mortal in mortals:
        outcome = killed(mortal, new_store())
        kills += outcome.kills
        assert not outcome.violations, complaint(mortal, outcome.violations)
    # The last recoveries are over, and the day with them, before they come to their death.
    assert kills > len(mortals) * (depth - 0.5)
