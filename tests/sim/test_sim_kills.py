"""A death at every place where the process meets the world, in the first half of the scenes.

Every third seam in the gate: neighbouring scenes share most of them;
`python -m tests.sim.soak` takes all.
"""

import pytest

from tests.sim.sim_corpus import complaint
from tests.sim.sim_kills import SCENES, killed, kills_of, seams_of

HERE = list(SCENES)[: len(SCENES) // 2]


@pytest.mark.parametrize("scene", HERE)
def test_a_death_at_any_seam_loses_nothing_and_doubles_nothing(scene, new_store):
    plan = SCENES[scene]
    seams = seams_of(plan, new_store())
    assert seams > 40
    for mortal in kills_of(plan, seams, every=3):
        outcome = killed(mortal, new_store())
        assert outcome.kills == 1
        assert not outcome.violations, complaint(mortal, outcome.violations)
