"""What the broker refuses of a /panic is sent again a few times; then what is left is named, and why."""

from datetime import timedelta

import pytest

from engine.core.observe.panic import panic_lines
from engine.core.outcome.panic_again import PAUSES
from engine.core.values.commands import RefusalKind
from engine.core.values.intents import IntentState
from engine.core.values.market import Side
from engine.core.values.notices import Severity
from tests.core.core_world import MOTHER, World, a_follower, done
from tests.core.test_core_panic import holding, line, panic, shows


def ended_badly(world: World, how: str):
    """Have the broker end the panic's newest exit, and return it."""
    exit_ = world.place()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 10)
    if how == "refused":
        world.refuse(exit_, RefusalKind.INPUT, "Markets are busy")
    else:
        world.ack(exit_)
        world.change(exit_, status=how, status_message="Markets are busy")
    return exit_


@pytest.mark.parametrize("how", ["refused", "REJECTED", "CANCELLED"])
def test_it_goes_out_again_after_each_pause_and_then_is_left_to_a_person(how):
    world = holding()
    panic(world)
    sent = [ended_badly(world, how)]
    for pause in PAUSES:
        if how == "CANCELLED":
            world.sleep(0.1)
            shows(world, 10)
        assert line(world) == "+10 SBIN; 10 refused, sent again within seconds"
        world.wait(pause.total_seconds() - 0.5)
        assert not world.pending
        world.wait(1)
        sent.append(ended_badly(world, how))
    assert len({each.tag for each in sent}) == len(PAUSES) + 1
    world.wait(60)
    assert not world.pending
    left = 'father: +10 SBIN; 10 refused for good "Markets are busy": close in Kite.'
    report = world.alerts("NOT all is verified flat")[-1]
    assert report.severity is Severity.CRITICAL
    assert left in report.text
    assert world.state.panic.ended_at is not None
    asked = [each for each in world.alerts("SELL 10 SBIN was") if each.needs_human]
    assert len(asked) == 1, "a button is put under the last one alone"
    world.check_journal()


@pytest.mark.parametrize("sold", [0, 4, 10])
def test_what_other_hands_cancelled_they_may_have_closed_too(sold):
    world = holding()
    panic(world)
    ended_badly(world, "CANCELLED")
    world.wait(10)
    assert not world.pending, "nobody has looked since"
    shows(world, 10 - sold)
    world.wait(20)
    assert sum(each.quantity for each in world.pending) == 10 - sold


def test_what_the_broker_takes_then_is_verified_flat():
    world = holding()
    panic(world)
    ended_badly(world, "refused")
    world.wait(2.5)
    world.ack_and_fill()
    world.wait(5)
    shows(world, 0)
    world.wait(1)
    assert line(world).startswith("verified flat")
    assert not world.pending


def test_an_exit_that_was_refused_before_goes_out_at_once_by_the_word():
    world = holding()
    world.master(done("M2", Side.SELL, quantity=10))
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(30)
    assert not world.pending
    panic(world)
    world.wait(1)
    assert world.ack_and_fill().quantity == 10
    world.wait(1)
    assert not world.pending


def test_a_restart_in_between_begins_no_new_count():
    world = holding()
    panic(world)
    for pause in PAUSES:
        ended_badly(world, "refused")
        world.restart()
        world.master()
        world.read()
        shows(world, 10)
        world.wait(pause.total_seconds() + 1)
    ended_badly(world, "refused")
    world.wait(60)
    assert not world.pending
    assert world.state.panic.ended_at is not None


def test_one_that_is_not_in_the_book_is_never_sent_again_by_itself():
    world = holding()
    world.master(done("M2", symbol="INFY"))
    world.ack_and_fill()
    panic(world)
    exit_, other = world.place(), world.place()
    world.lose(exit_)
    world.wait(3)
    world.ack_and_fill(other)
    for _ in range(130):
        world.wait(1)
        world.read()
    assert world.state.children[exit_.tag].state is IntentState.ABSENT
    world.wait(60)
    assert not world.pending


def test_the_others_are_waited_for_before_it_ends():
    world = holding(a_follower(), a_follower(name=MOTHER))
    panic(world)
    first, second = world.place(), world.place()
    world.refuse(first, RefusalKind.INPUT)
    for _ in PAUSES:
        world.wait(16)
        world.refuse(world.place(), RefusalKind.INPUT)
    world.wait(5)
    assert world.state.panic.ended_at is None
    assert [each.settled for each in panic_lines(world.state, at=world.now)] == [True, False]
    world.ack_and_fill(second)
    world.now += timedelta(seconds=5)
    shows(world, 0, name=second.follower)
    world.wait(1)
    assert world.state.panic.ended_at is not None
