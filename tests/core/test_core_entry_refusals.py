"""Entries that are not made for what the order is, or for the mode it is of; a start that is refused."""

import pytest

from engine.core.risk.exposure import largest_value
from engine.core.risk.preflight import preflight
from engine.core.risk.scale import sized_by_funds
from engine.core.values import control as c
from engine.core.values.events import StreamChanged
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, OrderId, Product, Variety, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Sizing
from engine.core.values.views import CheckLevel
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done
from tests.core.test_core_fence import by_another_copy, tag_of
from tests.core.test_core_preflight import a_stopped_world, told


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"parent_order_id": OrderId("M0")}, SkipReason.COVER_ORDER),
        ({"product": Product.CO}, SkipReason.COVER_ORDER),
        ({"parent_order_id": OrderId("M0"), "variety": Variety.ICEBERG}, None),
        ({}, None),
    ],
    ids=["a second leg", "a cover order", "a leg of an iceberg", "an ordinary one"],
)
def test_the_second_leg_of_a_cover_order_is_not_copied_and_that_of_an_iceberg_is(order, reason):
    world = World()
    world.master(done("M1", **order))
    part = world.ledger(product=order.get("product", Product.MIS)).parts["M1"]
    known = part.skips.get(Leg.ENTRY)
    assert (known.reason if known else None) is reason
    assert bool(world.pending) is (reason is None)


def test_an_entry_of_paper_that_rests_follows_no_raise_once_the_mode_is_live():
    world = World(venue=Venue.PAPER)
    world.master(an_order("M1", price=99))
    resting = world.ack()
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(an_order("M1", price=99, quantity=20))
    assert not world.pending, "neither larger on paper nor anew in LIVE"
    world.master(an_order("M1", price=99, quantity=4))
    change = world.modify()
    assert (change.venue, change.quantity) == (Venue.PAPER, 4)
    assert change.order_id == world.order_ids[resting.tag]


# -- what a start is told ----------------------------------------------------------------------


def test_a_kill_switch_and_a_freeze_each_refuse_a_start_with_their_mend():
    world = a_stopped_world()
    assert world.ask(c.SetKill(active=True)).accepted
    by_another_copy(world, tag_of(world, "M9"))
    world.read()
    fails = told(world)[CheckLevel.FAIL]
    assert "the kill switch is set: `copytrader kill --release` on the server" in fails
    assert "entries are frozen, " in fails
    assert "`copytrader adopt`" in fails


def test_without_any_follower_a_start_is_refused_with_the_setting_that_is_wanting():
    world = a_stopped_world()
    world.restart(rules=[])
    assert "no follower is configured: add FOLLOWERS__<NAME>__" in told(world)[CheckLevel.FAIL]


def test_orders_of_unknown_outcome_are_named_at_a_start():
    world = World()
    world.master(done())
    world.lose(world.place())
    world.ask(c.StopCopy())
    assert "1 order of unknown outcome: /orders" in told(world)[CheckLevel.WARN]


def test_live_is_refused_while_no_follower_has_a_session_and_one_without_is_left_out():
    world = a_stopped_world(a_follower(), a_follower("mother"))
    world.lose_session(MOTHER)
    found = told(world, Venue.LIVE)
    assert not found[CheckLevel.FAIL]
    assert "mother: no session, left out; /login mother" in found[CheckLevel.WARN]
    world.lose_session(FATHER)
    found = told(world, Venue.LIVE)
    assert found[CheckLevel.FAIL] == "no follower has a session: /login each of them"
    assert "no follower" not in told(world, Venue.PAPER)[CheckLevel.FAIL]


@pytest.mark.parametrize(
    ("seconds", "stream", "level", "says"),
    [
        (9, True, CheckLevel.OK, "socket up, order book 9.0 s old"),
        (9, False, CheckLevel.WARN, "socket down; order book read 9.0 s ago"),
        (11, True, CheckLevel.FAIL, "master's order book is 11 s old"),
    ],
)
def test_the_feed_is_judged_by_the_age_of_the_masters_book_and_by_the_socket(
    seconds, stream, level, says
):
    world = a_stopped_world()
    world.offer(StreamChanged(up=stream, reason="told", at=world.now))
    world.wait(seconds)
    assert says in told(world)[level]


def test_a_master_without_a_session_or_a_book_forbids_a_start():
    world = a_stopped_world()
    world.restart()
    assert "master's order book not read yet" in told(world)[CheckLevel.FAIL]
    world.lose_session(MASTER)
    fails = [
        line.text
        for line in preflight(world.state, Venue.PAPER, now=world.now)
        if line.level is CheckLevel.FAIL
    ]
    assert f"{MASTER}: no session, /login {MASTER}" in fails


# -- what limits and sizes go by ---------------------------------------------------------------


def test_the_largest_position_leaves_out_what_has_no_price_or_is_not_counted_in_units():
    world = World()
    world.master(done("M1", quantity=10), done("M2", quantity=99, symbol="INFY"))
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    world.master(done("M3", quantity=5, **crude))
    for _ in range(3):
        world.take()
    world.wait(0.5, SBIN="100")
    known = largest_value(world.state, Venue.LIVE, FATHER)
    assert known == 1000
    assert largest_value(world.state, Venue.PAPER, FATHER) == 0


@pytest.mark.parametrize(
    ("sizing", "read"),
    [
        (Sizing.MULTIPLIER, set()),
        (Sizing.FREE_MARGIN, {FATHER, MASTER}),
        (Sizing.EQUITY, {FATHER, MASTER}),
    ],
)
def test_funds_are_read_of_the_master_and_of_those_alone_who_are_sized_by_them(sizing, read):
    world = World(a_follower(sizing=sizing), a_follower("mother"))
    assert sized_by_funds(world.state) == read
