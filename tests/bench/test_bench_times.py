"""What the benchmark makes of moments: whose time falls into a round, and who plays in it."""

import itertools

import pytest

from bench.accounts import Client
from bench.decisions import Decisions
from bench.messages import Played
from bench.picture import _apart
from bench.play import is_played, pairs_of
from bench.profile_process import Place, Samples
from bench.profiling import _in_rounds


def a_round(*, sent_ns: int, last_us: float) -> Played:
    return Played(first_us=1.0, last_us=last_us, sent_ns=sent_ns, arrived=1, faults=())


def test_a_sample_stands_for_the_time_since_the_one_before_and_only_within_rounds():
    stack = (Place("a.py", "a", 1),)
    samples = Samples(
        stacks=[stack, stack],
        # The profiler slept between 2_500 and 9_000: the broker was waited for.
        seen=[(500, 0), (1_200, 0), (1_600, 1), (2_500, 0), (9_000, 0), (10_400, 1)],
        collections=[],
    )

    rounds = [a_round(sent_ns=10_000, last_us=1.0), a_round(sent_ns=1_000, last_us=1.0)]

    assert list(_in_rounds(samples, rounds)) == [(200, 0), (400, 1), (400, 0), (400, 1)]


def test_decisions_count_from_the_frame_to_the_last_order_and_the_median_round_is_told(tmp_path):
    decisions = Decisions(tmp_path)
    decisions._took = [(900, 9_000), (1_000, 2_000), (1_500, 3_000), (2_100, 9_000), (5_500, 7_000)]

    assert decisions.us([a_round(sent_ns=1_000, last_us=1.0)]) == 5.0
    assert decisions.us([a_round(sent_ns=at, last_us=1.0) for at in (1_000, 5_000, 5_200)]) == 7.0


@pytest.mark.parametrize(
    ("followers", "delay_ms", "expected"),
    [(100, 0.0, 10), (100, 20.0, 10), (1000, 0.0, 5), (1000, 20.0, 1)],
)
def test_a_loop_that_takes_half_a_minute_plays_once_and_everybody_else_always(
    followers, delay_ms, expected
):
    pairs = pairs_of(None, followers)

    def played(client: Client) -> int:
        return sum(
            is_played(client, followers, delay_ms, number=number, pairs=pairs)
            for number in range(1, pairs + 1)
        )

    assert (played(Client.LOOP), played(Client.THREADS)) == (expected, pairs)


@pytest.mark.parametrize(
    "heights", [[0.0, 0.01, 0.5, 0.99, 1.0], [0.9, 0.91, 0.92, 0.93, 0.94, 0.95]]
)
def test_labels_beside_lines_that_end_together_do_not_cover_each_other(heights):
    places = _apart(heights)

    gaps = [above - below for below, above in itertools.pairwise(places)]
    assert min(gaps) >= 0.115
    assert max(places) <= 1.0
