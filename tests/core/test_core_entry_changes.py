"""A copy changes as the master's order does: it is modified, or cancelled and placed anew."""

from decimal import Decimal

import pytest

from engine.core.values.commands import RefusalKind, Withheld, WithheldReason
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from tests.core.core_orders import BOTH
from tests.core.core_world import World, a_follower, an_order, done


@BOTH
def test_a_price_change_modifies_the_resting_child(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.master(an_order(price="99"))
    change = world.modify()
    world.wait(0.4)
    assert not world.pending, "one in flight"
    assert (change.order_id, change.price, change.quantity) == (
        world.order_ids[child.tag],
        Decimal(99),
        10,
    )
    world.modified(change)
    assert not world.pending
    assert len(world.children("M1", Leg.ENTRY)) == 1


@BOTH
def test_a_storm_of_modifications_sends_only_the_latest_wish(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99.4"))
    first = world.modify()
    for paise in range(30, 40):
        world.master(an_order(price=f"99.{paise}"))
    assert not world.pending, "one in flight"
    world.modified(first)
    assert world.modified().price == Decimal("99.39")
    assert not world.pending


@BOTH
def test_a_raised_quantity_modifies_to_the_new_total(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.fill(child, 4)
    world.master(an_order(price="99.5", quantity=16))
    assert world.modified().quantity == 16
    part = world.part()
    assert part.filled(Leg.ENTRY) + part.outstanding(Leg.ENTRY) == 16


@BOTH
@pytest.mark.parametrize(
    ("his", "enters"),
    [
        ({"price": "99.4"}, True),
        ({"quantity": 16}, True),
        ({"price": "99.6", "quantity": 6}, True),
        ({"quantity": 6}, False),
    ],
)
def test_only_a_cut_where_it_stands_passes_a_stop_at_the_last_gate(mirror, his, enters):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(**{"price": "99.5", **his}))
    assert world.modify().enters is enters


@BOTH
def test_a_change_that_was_held_back_follows_once_entries_may_leave(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99.5", quantity=16))
    world.answer(world.modify(), Withheld(reason=WithheldReason.KILLED))
    world.wait(1.5)
    world.read()
    world.wait(0.5)
    assert world.modified().quantity == 16


@BOTH
def test_after_25_modifications_the_child_is_cancelled_and_placed_anew(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    for number in range(25):
        world.master(an_order(price=f"98.{10 + number}"))
        world.modified()
    world.master(an_order(price="97"))
    world.cancelled()
    again = world.place()
    assert (again.price, again.quantity) == (Decimal(97), 10)


@BOTH
def test_a_lost_answer_to_a_modification_is_settled_from_the_book(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.master(an_order(price="99"))
    world.lose(world.modify())
    world.master(an_order(price="98"))
    world.read()
    assert not world.pending, "old terms once prove nothing"
    world.wait(2.5)
    world.read()
    latest = world.modify()
    assert latest.price == Decimal(98), "absent: the latest wish is sent"
    world.lose(latest)
    world.change(child, price=Decimal(98), told=False)
    world.read()
    world.wait(5)
    assert not world.pending, "the book shows the new terms: it had arrived"


@BOTH
def test_a_cancel_overtakes_a_modification_of_unknown_fate(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99"))
    world.lose(world.modify())
    world.master(an_order(price="99", status="CANCELLED"))
    world.cancelled()
    world.wait(10)
    assert not world.pending


@BOTH
def test_what_kite_will_not_modify_is_cancelled_and_placed_anew(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99"))
    world.refuse(world.modify(), RefusalKind.INPUT, "cannot be modified")
    world.wait(2)
    world.cancelled()
    assert world.place().price == Decimal(99)


@BOTH
def test_a_quantity_modified_below_what_the_follower_has_filled_places_nothing(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.fill(child, 6)
    world.master(an_order(price="99.5", quantity=4))
    world.cancelled()
    world.wait(5)
    assert not world.pending
    assert world.held() == 6


@BOTH
def test_a_limit_that_becomes_a_market_order_takes_its_resting_child_along(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99"))
    world.ack()
    world.master(an_order(price="102", tags=("mktp", "mktp:2.00"), order_type=OrderType.LIMIT))
    change = world.modified()
    assert (change.order_type, change.market_protection) == (OrderType.MARKET, -1)
    world.master(done(price="102", tags=("mktp", "mktp:2.00"), order_type=OrderType.LIMIT))
    world.wait(5)
    assert not world.pending
