"""What /sync leaves out, and the reason it gives, where the usual cases do not tell."""

from datetime import timedelta
from decimal import Decimal

from engine.core.decide import trading_day_of
from engine.core.observe.drift import drift_view
from engine.core.values import control as c
from engine.core.values.events import Ticked
from engine.core.values.market import MASTER, Product
from engine.core.values.offers import OfferKind
from tests.core.core_offers import offered
from tests.core.core_world import (
    FATHER,
    MOTHER,
    World,
    a_follower,
    done,
)
from tests.core.test_core_sync import a_position, orders, proposal, short_of, sync, why_not


def test_asked_for_one_follower_it_orders_for_nobody_else():
    world = World(a_follower(), a_follower("mother"))
    for name in (FATHER, MOTHER):
        world.positions(name=name)
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    assert [each.follower for each in proposal(world, None).orders] == [FATHER, MOTHER]
    assert [each.follower for each in proposal(world, MOTHER).orders] == [MOTHER]
    assert sync(world, MOTHER).accepted
    assert world.place().follower == MOTHER
    assert not world.pending


def test_while_a_conversion_of_the_masters_is_looked_at_nothing_is_proposed():
    """Done now, what he has converted would be sold under one product and bought under the other."""
    world = short_of()
    world.master_positions(a_position(10))
    world.wait(5)
    world.master_positions(a_position(0), a_position(10, product=Product.CNC), holdings=())
    assert not orders(world)
    assert "whether the master converted is still being looked at" in why_not(world)
    world.wait(5)
    world.master_positions(a_position(0), a_position(10, product=Product.CNC), holdings=())
    assert orders(world) == [("BUY", 10, True)], "decided: he has"


def test_while_an_order_of_his_is_about_to_be_asked_about_it_is_not_proposed_beside_it():
    """Its slices are waited for; both would be bought, one by the press and one by /sync."""
    world = World(a_follower(ask_first=True))
    world.positions()
    world.master(done("M1"))
    assert not orders(world)
    assert why_not(world) == "an order of the master's is being taken up"
    world.wait(2.5)
    assert offered(world, OfferKind.APPROVAL)
    assert orders(world) == [("BUY", 10, True)], "asked: /sync settles the question"


def test_delivery_shares_are_never_proposed_to_be_sold_short():
    """By a row of his that cannot be: carried in below zero, under a product whose shares he must own."""
    world = World(copying=False)
    world.sleep(24 * 3600)
    world.wait(1)
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.master()
    world.read()
    world.go_live()
    mtf = {"product": Product.MTF, "overnight_quantity": -10}
    world.master_positions(a_position(-10, **mtf))
    assert world.ask(c.StartCopy()).accepted
    world.positions(holdings=())
    (row,) = drift_view(world.state)[0].rows
    assert row.wanted == -10
    assert not orders(world)
    assert why_not(world) == "no entry: delivery shares cannot be sold short"


def test_a_contract_that_takes_no_market_order_is_not_proposed_before_a_price_is_known():
    """Its entry is a limit at the band round the last price: without one there is nothing to limit it by."""
    world = World(copying=False)
    option = {"exchange": "NFO", "symbol": "RELIANCE26DEC1540CE", "product": Product.NRML}
    world.master(done(quantity=500, **option))
    assert world.ask(c.StartCopy()).accepted
    world.positions()
    assert not orders(world)
    assert why_not(world) == "no entry: no price is known yet: try again in a moment"
    price = ("NFO:RELIANCE26DEC1540CE", Decimal(20))
    world.offer(Ticked(at=world.now, trading_day=trading_day_of(world.now), prices=(price,)))
    assert orders(world) == [("BUY", 500, True)]
