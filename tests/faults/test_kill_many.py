"""A few rounds of `python -m tests.faults.kill_many`, as many as the gate has time for."""

import pytest

from tests.faults import kill_many


@pytest.mark.parametrize("seed", [1, 2])
async def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path, seed):
    tally = await kill_many.run(kills=4, seed=seed, folder=tmp_path / "stage")
    assert tally.kills >= 4
    assert tally.orders > 0
