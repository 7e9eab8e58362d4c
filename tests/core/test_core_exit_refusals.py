"""Exits that were refused or ended by others: which go again, and of which a person is asked."""

import pytest

from engine.core.values.commands import RefusalKind
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FATHER, done


@pytest.mark.parametrize(
    ("status", "words"), [("REJECTED", "rejected"), ("CANCELLED", "cancelled, not by us")]
)
def test_an_exit_ended_by_rms_latches_and_asks_a_person(status, words):
    world = holding()
    world.master(done("X1", "SELL"))
    exiting = world.ack()
    world.change(exiting, status=status, status_message="RMS: square off")
    world.wait(30)
    assert not world.pending
    (alert,) = world.alerts(words)
    assert alert.needs_human
    assert alert.severity == "critical"


def test_an_exit_refused_for_holdings_asks_a_person_at_once():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.HOLDINGS, "authorise at CDSL")
    world.wait(10)
    assert not world.pending
    (alert,) = world.alerts("authorise at CDSL")
    assert alert.needs_human


def test_a_429_on_an_exit_goes_again_in_the_next_second_with_another_tag():
    world = holding()
    world.master(done("X1", "SELL"))
    first = world.place()
    world.refuse(first, RefusalKind.RATE, "Too many requests")
    assert not world.pending
    world.wait(0.9, step=0.1)
    assert not world.pending
    world.wait(0.3, step=0.1)
    again = world.place()
    assert again.quantity == 10
    assert again.tag != first.tag
    world.ack_and_fill(again)
    assert world.held() == 0


def test_an_exit_that_found_no_connection_goes_again():
    world = holding()
    world.master(done("X1", "SELL"))
    for _ in range(5):
        world.refuse(world.place(), RefusalKind.NOT_SENT, "no connection")
        world.wait(31)
    assert world.place().quantity == 10
    assert len(world.alerts("sent again")) == 1


def test_an_exit_without_a_session_goes_out_after_the_login():
    world = holding()
    world.lose_session()
    world.master(done("X1", "SELL"))
    world.wait(20)
    assert not world.pending
    assert len(world.alerts("cannot be sent")) == 1
    world.log_in(FATHER)
    world.read()
    assert world.place().quantity == 10


def test_an_exit_refused_for_a_dead_token_goes_out_after_the_login():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.SESSION, "token")
    assert not world.state.account(FATHER).session_ok
    world.wait(20)
    assert not world.pending
    world.log_in(FATHER)
    world.read()
    assert world.place().quantity == 10


def test_an_exit_that_met_the_moment_of_a_login_goes_again_and_ends_no_session():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.SESSION, "not sent", http_status=None)
    assert world.state.account(FATHER).session_ok
    world.wait(1.5)
    assert world.place().quantity == 10


def test_an_exit_that_fills_after_a_person_was_asked_says_so():
    world = holding()
    world.master(done("X1", "SELL"))
    child = world.ack()
    world.wait(40)
    assert world.alerts("has not filled")
    world.fill(child)
    assert len(world.alerts("has filled after all")) == 1


def test_what_is_left_behind_an_exit_that_was_rejected_is_not_said_to_be_closed():
    world = holding()
    world.master(done("X1", "SELL"))
    world.change(world.ack(), status="REJECTED", status_message="freak")
    world.positions(a_position(10))
    world.wait(20)
    assert not world.alerts("are being closed")
    assert world.alerts("freak")[0].needs_human


def test_an_exit_refused_with_the_token_of_before_a_login_of_the_same_moment_ends_no_session():
    world = holding()
    world.master(done("X1", "SELL"))
    out = world.place()
    world.log_in(FATHER)
    world.refuse(out, RefusalKind.SESSION, "Incorrect `api_key` or `access_token`.")
    assert world.state.account(FATHER).session_ok
    world.read()
    world.wait(2)
    assert world.place().quantity == 10
