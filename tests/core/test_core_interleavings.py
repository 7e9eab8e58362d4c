"""Races: whatever order their parts come in, the end is that of one thing after the other.

Every schedule is drawn from a seed. After it: the same holding, nothing placed twice, no order through
zero, nothing on its way, and the journal alone gives the same state.
"""

import random

import pytest

from engine.core.values import control as c
from tests.core.core_world import FATHER, a_follower, an_order, done
from tests.core.race_world import Race, RaceWorld

#: Distinct schedules of each race; together more than two thousand.
SCHEDULES = 260


def limit(world: RaceWorld) -> None:
    world.master(an_order("M1", price=100))


def fills(units: int):
    return lambda world: world.fill_first_entry(units)


def he_is_filled(world: RaceWorld) -> None:
    world.master(done("M1", price=100))


def he_reprices(world: RaceWorld) -> None:
    world.master(an_order("M1", price=99))


def he_resizes(world: RaceWorld) -> None:
    world.master(an_order("M1", quantity=6, price=99))


def he_cancels(world: RaceWorld) -> None:
    world.master(an_order("M1", price=100, status="CANCELLED"))


def he_sells_all(world: RaceWorld) -> None:
    world.master(done("M9", "SELL"))


def kill(world: RaceWorld) -> None:
    world.ask(c.SetKill(active=True))


def he_buys(number: int):
    return lambda world: world.master(done(f"M{number}", quantity=5))


def edited(world: RaceWorld) -> None:
    if not world.places():
        return  # nothing is on its way yet
    world.rules = {FATHER: a_follower(multiplier=2)}
    world.ended_process()


def disabled(world: RaceWorld) -> None:
    world.rules = {FATHER: a_follower(enabled=False)}
    world.ended_process()


RACES = (
    Race(
        row=30, words="a modification races with a fill", held=6,
        threads={
            "master": [limit, he_reprices, he_resizes,
                       lambda w: w.master(done("M1", quantity=6, price=100))],
            "market": [fills(2), fills(2)],
        },
    ),
    Race(
        row=31, words="a cancel races with a fill", held=0,
        threads={"master": [limit, he_cancels], "market": [fills(4), fills(6)]},
    ),
    Race(
        row=36, words="the master exits while the entry is still open", held=0, orphan="ask",
        threads={
            "master": [limit, he_is_filled, he_sells_all],
            "market": [fills(3), fills(3), fills(4)],
        },
    ),
    Race(
        row=37, words="the master exits while the entry is UNKNOWN", held=0, answers_lost=True, orphan="ask",
        threads={"master": [limit, he_is_filled, he_sells_all], "market": [fills(3), fills(7)]},
    ),
    Race(
        row=67, words="placed and cancelled within our latency", held=0,
        threads={"master": [limit, he_cancels], "market": [fills(10)]},
    ),
    Race(
        row=68, words="the multiplier is edited while the order is on its way", held=10,
        threads={"master": [limit, he_is_filled], "people": [edited]},
    ),
    Race(
        row=69, words="the follower is switched off while the order is on its way", held=0,
        threads={
            "master": [limit, he_is_filled, he_sells_all],
            "people": [disabled],
            "market": [fills(4)],
        },
    ),
    Race(
        row=71, words="the kill switch in a burst", held=0,
        threads={
            "master": [he_buys(1), he_buys(2), he_buys(3),
                       lambda w: w.master(done("M9", "SELL", quantity=15))],
            "people": [kill],
        },
    ),
)  # fmt: skip


def test_there_are_more_than_two_thousand_schedules():
    assert SCHEDULES * len(RACES) > 2000


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"row {race.row}: {race.words}")
def test_every_order_of_a_race_ends_as_one_thing_after_the_other(race):
    plain = RaceWorld(race)
    plain.run(None)
    assert (plain.net, plain.held(), plain.broken) == (race.held, race.held, [])
    seen: set[tuple[str, ...]] = set()
    seed = 0
    while len(seen) < SCHEDULES:
        seed += 1
        world = RaceWorld(race)
        trace = world.run(random.Random(seed))
        if trace in seen:
            continue
        seen.add(trace)
        ended = (world.net, world.held(), world.broken, world.inbox)
        assert ended == (race.held, race.held, [], []), f"seed {seed}: {' '.join(trace)}"
    world.check_journal()
