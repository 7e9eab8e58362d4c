"""A few rounds of `python -m tests.faults.kill_many`, as many as the gate has time for."""

from tests.faults import kill_many


async def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path):
    tally = await kill_many.run(kills=6, seed=1, folder=tmp_path / "stage")
    assert tally.kills >= 6
    assert tally.orders > 0
