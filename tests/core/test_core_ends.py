"""Orders that others end: the close of the day, an exchange, RMS. Told, unless his ended with it."""

import pytest

from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done


@pytest.mark.parametrize("his_first", [True, False], ids=["his-first", "the-copy-first"])
def test_a_close_that_ends_both_orders_alarms_nobody(his_first):
    world = World()
    world.master(an_order(price="99"))
    child = world.ack()
    if his_first:
        world.master(an_order(price="99", status="CANCELLED"))
        world.change(child, status="CANCELLED")
    else:
        world.change(child, status="CANCELLED")
        world.wait(1)
        world.master(an_order(price="99", status="CANCELLED"))
    world.pending.clear()  # a cancel that met the exchange's own
    world.wait(30)
    assert not world.alerts()
    assert not world.places()[1:]
    world.check_journal()


def test_an_order_that_the_exchange_took_from_the_follower_alone_is_told():
    world = World()
    world.master(an_order(price="99"))
    child = world.ack()
    world.change(child, status="CANCELLED", status_message="Cancelled by the exchange")
    world.wait(4)
    assert not world.alerts()
    world.wait(2)
    (alert,) = world.alerts("cancelled, not by us")
    assert "Cancelled by the exchange" in alert.text
    world.wait(30)
    assert len(world.alerts()) == 1
    assert not world.pending


def test_a_restart_in_between_forgets_nothing_and_tells_once():
    world = World()
    world.master(an_order(price="99"))
    child = world.ack()
    world.change(child, status="CANCELLED")
    world.wait(2)
    world.restart()
    world.read()
    world.wait(30)
    world.restart()
    world.wait(30)
    assert len(world.alerts("cancelled, not by us")) == 1


def test_a_part_he_got_and_the_follower_missed_is_told_although_both_ended():
    world = World()
    world.master(an_order(price="99", quantity=10, filled_quantity=4))
    child = world.ack()
    world.change(child, status="CANCELLED")
    world.master(an_order(price="99", quantity=10, filled_quantity=4, status="CANCELLED"))
    assert world.alerts("cancelled, not by us")


def test_an_exit_that_ended_with_his_leaves_the_holding_without_an_alarm():
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    child = world.ack()
    world.change(child, status="CANCELLED")
    world.master(an_order("X1", "SELL", price="110", status="CANCELLED"))
    world.wait(30)
    assert not world.alerts()
    assert world.held() == 10
    world.master(done("X2", "SELL"))
    assert world.place().quantity == 10


@pytest.mark.parametrize("status", ["CANCELLED", "REJECTED"])
def test_an_exit_that_only_rested_goes_out_at_the_market_once_his_has_filled(status):
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    child = world.ack()
    world.change(child, status=status, status_message="out of range")
    world.wait(8)
    assert not world.pending, "his own still rests"
    (alert,) = world.alerts("out of range")
    assert "goes out at the market once the master's order has filled" in alert.text
    world.master(done("X1", "SELL", price="110"))
    again = world.ack_and_fill()
    assert (again.order_type, again.quantity) == (OrderType.MARKET, 10)
    assert again.tag != child.tag
    world.wait(30)
    assert not world.pending
    assert world.held() == 0
    world.check_journal()


def test_an_exit_at_the_market_that_others_end_asks_a_person():
    world = holding()
    world.master(done("X1", "SELL"))
    world.change(world.ack(), status="CANCELLED")
    (alert,) = world.alerts("cancelled, not by us")
    assert alert.needs_human
    world.wait(30)
    assert not world.pending
    assert world.children("X1", Leg.EXIT)[0].end_judged
