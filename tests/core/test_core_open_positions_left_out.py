"""Which open positions of the master are not entered, and what people are told of it."""

from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.calendar import Calendar
from engine.core.values.commands import RefusalKind
from engine.core.values.market import Product
from engine.core.values.rules import Sizing
from tests.core.core_open_positions import (
    began,
    copy,
    holding,
    left,
    listed,
)
from tests.core.core_sync import a_position, too_much
from tests.core.core_world import FATHER, World, a_follower, done


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"segments": frozenset({"NFO"})}, "NSE"),
        ({"symbols_block": ("NSE:SBIN",)}, "SBIN"),
        ({"multiplier": "0.05"}, "its share is 0.5 units, less than a lot of 1"),
        ({"max_order_value": Decimal(500)}, "MAX_ORDER_VALUE"),
        ({"sizing": Sizing.EQUITY}, "the equity of father was not read yet"),
    ],
)
def test_what_is_left_out_has_its_reason(changed, why):
    world = holding(followers=(a_follower(**changed),))
    assert listed(world).orders == ()
    assert why in left(world)


def test_without_a_price_of_now_it_is_not_proposed():
    world = holding(price=None)
    assert listed(world).orders == ()
    assert "no price is known" in left(world)
    world.wait(1, SBIN=100)
    assert len(listed(world).orders) == 1


def test_a_closed_session_and_an_unlisted_contract_are_named():
    world = holding()
    world.state.calendar = Calendar()
    world.wait(8 * 3600, step=600)
    assert listed(world).orders == ()
    assert left(world)
    world = holding(75, symbol="NIFTY26NOVFUT", exchange="NFO", product=Product.NRML)
    assert "NFO:NIFTY26NOVFUT" in left(world)


def test_neither_killed_nor_unarmed_nor_paused_enters():
    world = holding()
    mark = listed(world).mark
    world.ask(c.SetKill(active=True))
    assert not copy(world, mark).accepted
    world.ask(c.SetKill(active=False))
    world.ask(c.PauseFollower(follower=FATHER))
    assert not copy(world, mark).accepted
    assert not world.pending
    assert left(world)


def test_more_than_he_has_is_left_to_sync():
    world = too_much()
    assert listed(world).orders == ()
    assert "/sync puts that right" in left(world)
    world.state.master[world.key().master].net = -10
    assert listed(world).orders == (), "an exit is never among them"


def test_a_limit_that_is_met_by_two_positions_together_lets_one_in_and_tells():
    world = World(a_follower(max_open_positions=1), copying=False)
    world.master(done("H1", price="90"), done("H2", symbol="INFY", price="90"))
    world.master_positions(a_position(10), a_position(10, "INFY"))
    world.positions()
    world.wait(30)
    world.ask(c.StartCopy())
    assert len(listed(world).orders) == 2
    copy(world)
    world.ack_and_fill()
    world.wait(5)
    assert not world.pending
    assert world.alerts("of the open positions were not entered")


def test_what_is_refused_is_tried_again_only_when_asked_again():
    world = holding()
    copy(world)
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(10)
    assert not world.pending
    assert len(listed(world).orders) == 1


def test_what_he_was_out_of_again_before_the_start_is_not_among_them():
    world = World(a_follower(), copying=False)
    infy = {"symbol": "INFY", "price": "90"}
    world.master(done("H1", price="90"), done("H2", **infy), done("H3", "SELL", **infy))
    began(world, 10, 100, {})
    assert [order.symbol for order in listed(world).orders] == ["SBIN"]
    assert not left(world), "nor is it said to be left out"
