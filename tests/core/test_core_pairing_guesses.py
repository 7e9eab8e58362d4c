"""Pairing codes that do not work, and the one that worked sent again: as the journal has it."""

from datetime import timedelta

from engine.core.chat import people_asks
from engine.core.state.people import guesses_of
from engine.core.values import control as c
from engine.core.values.control import Requester
from engine.core.values.people import MOST_GUESSES
from tests.core.test_core_pairing import MEENA, RAVI, a_world, asks, folded, invited


def misses(world, person: Requester, times: int = 1) -> int:
    for _ in range(times):
        asks(world, c.PairingFailed(user_id=person.user_id), by=person)
    assert folded(world).pairing_misses == world.state.pairing_misses
    return guesses_of(world.state, person.user_id, at=world.now)


def test_guesses_of_an_hour_are_kept_over_restarts_and_no_more_than_count():
    world = a_world()
    assert misses(world, RAVI, 2) == 2
    world.now += timedelta(minutes=31)
    records = len(world.journal)
    assert misses(world, RAVI, 7) == MOST_GUESSES
    assert len(world.journal) == records + MOST_GUESSES - 2, "a flood fills no store"
    assert misses(world, MEENA) == 1
    world.now += timedelta(minutes=30)
    assert guesses_of(world.state, RAVI.user_id, at=world.now) == MOST_GUESSES - 2
    assert misses(world, RAVI) == MOST_GUESSES - 1


def test_whoever_is_let_in_begins_anew():
    world = a_world()
    misses(world, RAVI, 3)
    invited(world)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    assert folded(world).pairing_misses == world.state.pairing_misses == {}


def test_so_many_people_are_remembered_at_most(monkeypatch):
    monkeypatch.setattr(people_asks, "_MOST_GUESSING", 3)
    world = a_world()
    for number in range(100, 110):
        misses(world, Requester(user_id=number, name="x"))
    assert set(world.state.pairing_misses) == {100, 101, 102}


def test_the_code_that_paired_him_sent_again_says_so():
    world = a_world()
    invited(world)
    assert asks(world, c.PairPerson(digest="d"), by=RAVI).accepted
    again = asks(world, c.PairPerson(digest="d"), by=RAVI)
    assert "You are an operator already, by this very code" in again.text
    assert "wrong" in asks(world, c.PairPerson(digest="d"), by=MEENA).text
