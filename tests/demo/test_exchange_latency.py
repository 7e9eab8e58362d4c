"""How slow answers are, and what time it is."""

import random
from datetime import UTC, datetime
from statistics import median, quantiles

import pytest

from demo.exchange.clocks import HandClock, running_clock
from demo.exchange.latency import Latency, Spread
from demo.exchange.wire import IST

USUAL, RUSH = datetime(2026, 11, 18, 11, tzinfo=IST), datetime(2026, 11, 18, 9, 15, tzinfo=IST)


def drawn(at, seed=1, count=20_000):
    draw = Latency().source(lambda: at, random.Random(seed))
    return [draw() for _ in range(count)]


@pytest.mark.parametrize(
    ("at", "middle", "tail"), [(USUAL, 0.08, 0.4), (RUSH, 0.15, 3.0)], ids=["usual", "rush"]
)
def test_half_of_the_answers_are_quick_and_one_of_a_hundred_is_slow(at, middle, tail):
    seconds = drawn(at)
    assert median(seconds) == pytest.approx(middle, rel=0.05)
    assert quantiles(seconds, n=100)[-1] == pytest.approx(tail, rel=0.15)
    assert max(seconds) <= 30


def test_after_the_open_some_answers_outlast_the_sdks_patience_and_later_none():
    assert sum(each > 7 for each in drawn(RUSH)) > 5
    assert not any(each > 7 for each in drawn(USUAL))


def test_the_rush_has_a_beginning_and_an_end():
    clock = HandClock(datetime(2026, 11, 18, 9, 14, 59, tzinfo=IST))
    sure = Latency(
        usual=Spread(median_s=0.1, p99_s=0.1), rush=Spread(median_s=2.0, p99_s=2.0)
    ).source(clock, random.Random(1))
    seen = []
    for seconds in (0, 1, 299, 1):
        clock.advance(seconds)
        seen.append(round(sure(), 3))
    assert seen == [0.1, 2.0, 2.0, 0.1]


def test_the_same_seed_is_as_slow_again():
    assert drawn(USUAL, seed=7, count=50) == drawn(USUAL, seed=7, count=50)
    assert drawn(USUAL, seed=7, count=50) != drawn(USUAL, seed=8, count=50)


def test_nothing_is_slower_than_the_most():
    always = Spread(median_s=1.0, p99_s=5.0, most_s=5.0)
    rng = random.Random(1)
    assert max(always.draw(rng) for _ in range(2_000)) == 5.0


@pytest.mark.parametrize("wrong", [{"median_s": 0}, {"median_s": 2, "p99_s": 1}, {"p99_s": 60}])
def test_a_spread_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="median_s"):
        Spread(**{"median_s": 0.1, "p99_s": 1.0} | wrong)


def test_a_hand_clock_is_indian_and_never_goes_back():
    clock = HandClock(datetime(2026, 11, 18, 3, 44, 50, tzinfo=UTC))
    assert clock().isoformat() == "2026-11-18T09:14:50+05:30"
    clock.advance(10)
    clock.move_to(15, 30)
    clock.move_to(6, days=1)
    assert clock().isoformat() == "2026-11-19T06:00:00+05:30"
    with pytest.raises(ValueError, match="back"):
        clock.move_to(5)


def test_a_running_clock_makes_a_day_pass_quickly():
    real = [100.0]
    clock = running_clock(RUSH, lambda: real[0], speed=60)
    assert clock() == RUSH
    real[0] += 1.5
    assert (clock() - RUSH).total_seconds() == 90
