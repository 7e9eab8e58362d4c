"""An exit whose copy filled ahead met the claim of another of his exits: its own is owed in full again."""

import json

import pytest

from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values.keys import Leg
from storage.codec import decode_record
from tests.core.conversion_world import CNC, MIS, converted, net
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done

TARGET = {"order_id": "T1", "side": "SELL", "quantity": 10, "price": 110}


def fill_what_rests(world: World) -> None:
    for child in list(world.ledger().parts["T1"].of(Leg.EXIT)):
        if not child.has_ended:
            world.fill(child.command)


def with_a_target_that_gave(ahead: int) -> World:
    """He sells what he holds past his target, of which so many of our copy had filled; then he buys 30."""
    world = holding()
    world.master(an_order(**TARGET))
    world.fill(world.ack(), ahead)
    world.obliging = True
    world.master(done("X1", "SELL", 10))
    world.wait(10)
    assert world.held() == 0
    world.master(done("M2", "BUY", 30))
    world.wait(10)
    assert world.held() == 30
    return world


@pytest.mark.parametrize("ahead", [4, 7, 10])
def test_what_he_buys_next_is_exited_by_the_whole_of_his_target(ahead):
    world = with_a_target_that_gave(ahead)
    resting = world.ledger().parts["T1"].outstanding(Leg.EXIT)
    assert resting == 10, "his target rests here as large as his"
    world.master(done(**TARGET))
    fill_what_rests(world)
    world.wait(10)
    assert world.held() == 20
    world.check_journal()


def test_a_target_that_he_cancels_then_has_exited_nothing_of_what_he_bought():
    world = with_a_target_that_gave(10)
    world.master(an_order(**TARGET, status="CANCELLED"))
    world.wait(10)
    assert world.held() == 30
    assert not world.ledger().parts["T1"].outstanding(Leg.EXIT)
    world.check_journal()


def test_two_exits_that_filled_ahead_share_the_claim_they_met():
    world = holding(quantity=20)
    for order_id in ("T1", "T2"):
        world.master(an_order(**{**TARGET, "order_id": order_id}))
        world.fill(world.ack())
    world.obliging = True
    world.master(done("X1", "SELL", 20))
    world.wait(10)
    assert world.held() == 0
    world.master(done("M2", "BUY", 40))
    world.wait(10)
    parts = world.ledger().parts
    assert [parts[each].outstanding(Leg.EXIT) for each in ("T1", "T2")] == [10, 10]
    world.check_journal()


def with_a_target_that_met_the_sale_of_what_he_converted() -> World:
    """He sold what he had converted; the copy of his resting exit of the rest had filled a moment before."""
    world = converted(25)
    world.master(an_order("X1", "SELL", quantity=25, price="110"))
    world.ack_and_fill()
    world.master(done("X2", "SELL", quantity=25, product=CNC))
    assert (world.held(), net(world, MIS)) == (25, 25)
    assert not world.pending, "his own fill of what ours filled may be next"
    return world


def test_what_he_still_holds_is_exited_with_his_target_that_rests_on():
    world = with_a_target_that_met_the_sale_of_what_he_converted()
    world.wait(2)
    again = world.ack()
    assert (again.quantity, again.price) == (25, 110), "it rests here as his does"
    world.fill(again)
    world.master(done("X1", "SELL", quantity=25, price="110"))
    world.wait(10)
    assert (world.held(), net(world, MIS)) == (0, 0)
    assert not world.pending
    assert not world.alerts("through zero")
    world.check_journal()


def test_what_his_target_fills_within_the_pause_is_exited_at_once():
    world = with_a_target_that_met_the_sale_of_what_he_converted()
    world.master(done("X1", "SELL", quantity=25, price="110"))
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity, world.held()) == ("SELL", 25, 0)
    assert not world.alerts("through zero"), "it is his exit, no overshoot"


def test_a_process_that_ends_after_the_claim_was_met_plans_the_same_exits():
    """The records tell whose fills met whose claim: nothing of it is only in memory."""
    world = holding()
    world.master(an_order(**TARGET))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 10))
    world.restart()
    world.master()
    world.read()
    world.obliging = True
    world.master(done("M2", "BUY", 30))
    world.wait(10)
    assert world.held() == 30
    assert world.ledger().parts["T1"].outstanding(Leg.EXIT) == 10
    world.master(done(**TARGET))
    fill_what_rests(world)
    world.wait(10)
    assert world.held() == 20


def test_a_journal_of_before_it_said_whose_fills_met_a_claim_still_loads():
    world, state = with_a_target_that_gave(10), State()
    met = []
    for kind, body in world.journal:
        if kind == "ClaimSettled":
            plain = json.loads(body)
            met.append((plain["order_id"], plain.pop("by")))
            apply(state, decode_record(kind, json.dumps(plain).encode()))
        else:
            apply(state, decode_record(kind, body))
    assert met == [("X1", "T1")]
    book = state.book(world.key())
    assert book is not None
    assert (book.held, book.virtual, book.parts["T1"].given) == (30, 30, 0)
