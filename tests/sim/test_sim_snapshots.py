"""Days on which every start goes from a snapshot are the very days that go from the whole journal."""

from dataclasses import replace

import pytest

from storage.journal import Journal
from storage.snapshot import SNAPSHOT_NAME
from storage.snapshot_making import make_snapshot
from tests.sim import sim_program
from tests.sim.sim_day import run_day
from tests.sim.sim_kills import SCENES
from tests.sim.sim_life import life_of
from tests.sim.sim_paper import paper_life_of
from tests.sim.sim_plan import Death
from tests.storage.test_snapshots import everything, folded_whole, load

#: Commits between two snapshots: a start finds one that is some events old.
EVERY = 7
#: A death after two seams, another while it recovers; a life with a night in it, one on paper.
PLANS = {
    "killed twice": replace(
        SCENES["stop_and_target"], deaths=(Death("seam", 31, 1.2), Death("seam", 4, 1.2))
    ),
    "a life": life_of(14),
    "a life on paper": paper_life_of(3),
}


class Snapshotted(Journal):
    """A journal of which a snapshot is made now and then, as by the process beside it."""

    commits = 0

    def commit(self, batch) -> None:
        super().commit(batch)
        self.commits += 1
        if self.commits % EVERY == 0:
            make_snapshot(self._path.parent, whole=False)


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_a_day_is_the_same_whatever_its_starts_go_from(plan, tmp_path, monkeypatch):
    plain, kept = tmp_path / "plain", tmp_path / "kept"
    for folder in (plain, kept):
        folder.mkdir()
    honest = run_day(plan, plain, rest_s=30)
    monkeypatch.setattr(sim_program, "Journal", Snapshotted)
    outcome = run_day(plan, kept, rest_s=30)
    assert (kept / SNAPSHOT_NAME).exists()
    assert (outcome.trace, outcome.lives, outcome.children) == (
        honest.trace, honest.lives, honest.children,
    )  # fmt: skip
    state, from_snapshot = load(kept)
    assert from_snapshot
    assert everything(state) == everything(folded_whole(kept))
