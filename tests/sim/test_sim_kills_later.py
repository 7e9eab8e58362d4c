"""A death at every fourth seam, in the second half of the scenes; see `test_sim_kills`."""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_kills import SCENES, killed, kills_of, seams_of

HERE = list(SCENES)[len(SCENES) // 2 :]


@pytest.mark.parametrize("scene", HERE)
def test_a_death_at_any_seam_loses_nothing_and_doubles_nothing(scene, new_store):
    seams = seams_of(scene, new_store())
    assert seams.all > 40
    assert seams.opening > 10
    for mortal in kills_of(scene, seams, every=4):
        outcome = killed(mortal, new_store())
        assert outcome.kills == 1
        assert not outcome.violations, complaint(mortal, outcome.violations)
