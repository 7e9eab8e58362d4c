"""What is told, asked and counted of an order whose end nobody saw, or that may be another's."""

import pytest
from msgspec.structs import replace

from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Product, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind
from engine.core.values.rules import Oversize
from tests.core.core_holdings import holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import FATHER, PLENTY, World, a_follower, an_order, done
from tests.core.test_core_detach import detach
from tests.core.test_core_fingerprint import (
    bought_by_hand,
    lose_all_tags,
    read_every_second,
    told_by_the_socket,
)
from tests.core.test_core_late_landings import taken_for_absent, turns_up

CARRIED = {"symbol": "NIFTY26DECFUT", "exchange": "NFO", "product": Product.NRML}


# -- orders without a tag ----------------------------------------------------------------------


def test_an_order_without_a_stamp_of_its_placement_is_not_taken_for_ours():
    """Nothing tells that it was placed when ours was: a person says so, or nobody."""
    world = World()
    world.master(done())
    entry = world.place()
    world.lose(entry)
    bought_by_hand(world, placed_at=None, updated_at=None)
    read_every_second(world, 125)
    child = world.state.children[entry.tag]
    assert (child.state, child.order_id, child.filled) == (IntentState.NEEDS_HUMAN, None, 0)
    assert world.held() == 0
    assert world.alerts("whether BUY 10 SBIN exists cannot be told")


def test_an_order_that_was_there_before_ours_left_is_not_noted_as_its_twin():
    """Ours waits for the budget; once it has left and is lost, his is known to be his and nobody is asked."""
    world = World()
    world.master(done("M1", symbol="INFY"))
    world.ack_and_fill()
    world.allowances = {FATHER: replace(PLENTY, entries=0)}
    world.master(done("M2"))
    assert not world.pending
    own = bought_by_hand(world)
    told_by_the_socket(world, own)
    world.read()
    assert own.order_id not in world.state.account(FATHER).twins
    world.allowances = {}
    world.wait(1)
    entry = world.place()
    world.lose(entry)
    turns_up(world, entry)
    assert world.held() == 10
    assert not offered(world, OfferKind.UNKNOWN)


def test_what_the_socket_tells_of_ours_without_its_tag_is_known_by_its_order_id():
    world = World()
    world.master(done("M1"))
    first = world.ack()
    row = replace(world.row(first), tag=None)
    told_by_the_socket(world, row)
    world.master(done("M2"))
    second = world.place()
    world.lose(second)
    world.change(first, tag=None, status="COMPLETE", filled_quantity=10)
    lose_all_tags(world)
    read_every_second(world, 5)
    assert world.state.children[second.tag].state is IntentState.UNKNOWN, "that one is the first"
    assert world.held() == 10
    turns_up(world, second)
    assert world.held() == 20
    assert not offered(world, OfferKind.UNKNOWN)
    world.check_journal()


# -- the end of a day --------------------------------------------------------------------------


def on_paper() -> World:
    world = World(venue=Venue.PAPER)
    world.master(an_order(price="99", **CARRIED, quantity=75))
    world.ack()
    return world


def never_sent() -> World:
    world = World()
    world.allowances = {FATHER: replace(PLENTY, entries=0, total=0)}
    world.master(an_order(price="99", **CARRIED, quantity=75))
    assert not world.pending
    return world


def handed_back() -> World:
    world = World()
    world.master(an_order(price="99", **CARRIED, quantity=75))
    world.ack()
    assert detach(world).accepted
    return world


def in_live() -> World:
    world = World()
    world.master(an_order(price="99", **CARRIED, quantity=75))
    world.ack()
    return world


@pytest.mark.parametrize(
    ("works", "told"),
    [(in_live, True), (on_paper, False), (never_sent, False), (handed_back, False)],
)
def test_an_order_that_works_at_the_end_of_its_day_is_named_where_it_may_have_filled_for_us(
    works, told
):
    """Not where nothing can have filled unseen, nor where what fills is its owner's own affair."""
    world = works()
    world.sleep(24 * 3600)
    world.wait(1)
    alerts = world.alerts("was not seen before its day ended")
    assert len(alerts) == told
    assert all(alert.severity is Severity.CRITICAL and alert.needs_human for alert in alerts)


# -- what is asked -----------------------------------------------------------------------------


def test_of_what_was_handed_back_nobody_is_asked_whether_to_send_it_again():
    """It is told that it never arrived; a button would copy what its owner has taken over."""
    world = holding()
    world.master(done("M2"))
    lost = world.place()
    world.lose(lost)
    assert detach(world).accepted
    world.wait(130)
    world.master(done("M7", symbol="INFY", quantity=1))
    world.ack_and_fill()
    world.wait(1)
    world.read()
    assert world.state.children[lost.tag].state is IntentState.ABSENT
    (alert,) = world.alerts("never reached the broker")
    assert alert.offer is None
    assert not offered(world, OfferKind.ENTRY)
    assert not world.pending


# -- ended with the master's -------------------------------------------------------------------


def test_a_copy_that_others_ended_is_no_news_where_its_limit_is_filled_by_another():
    """The first turned up after its like was sent by a button, and holds all that the limit lets."""
    world = World(a_follower(max_order_quantity=10, oversize=Oversize.CUT))
    his = an_order("M1", price="99", quantity=30)
    world.master(his)
    lost = taken_for_absent(world)
    press(world, the_offer(world, OfferKind.ENTRY), "Copy again")
    again = world.ack()
    assert (lost.quantity, again.quantity) == (10, 10)
    world.change(again, status="CANCELLED")
    turns_up(world, lost)
    assert world.held() == 10
    filled = replace(his, filled_quantity=20, average_price=his.price)
    world.master(filled)
    world.master(replace(filled, status=type(his.status)("CANCELLED"), status_text="CANCELLED"))
    world.wait(10)
    assert not world.alerts("cancelled, not by us")
    assert world.held() == 10
    assert [each.leg for each in world.part("M1").children] == [Leg.ENTRY] * 2
    assert MASTER in world.reads
    assert {each.side for each in world.places()} == {Side.BUY}
