"""A copy that rests: what the master's fills and cancels do to it, and how far it is priced again."""

from decimal import Decimal

from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from engine.core.values.rules import Mirror
from tests.core.core_orders import BOTH
from tests.core.core_world import World, a_follower, an_order, done


@BOTH
def test_a_working_limit_rests_at_the_same_price(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    sent = world.ack()
    assert (sent.order_type, sent.price) == (OrderType.LIMIT, Decimal("99.5"))
    world.wait(60)
    assert not world.pending


@BOTH
def test_a_partial_fill_of_the_master_leaves_the_resting_child_alone(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99.5", filled_quantity=4))
    world.wait(10)
    assert not world.pending


@BOTH
def test_a_limit_cancelled_unfilled_is_cancelled(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99.5", status="CANCELLED"))
    world.cancelled()
    world.wait(10)
    assert not world.pending
    assert world.held() == 0
    world.check_journal()


@BOTH
def test_a_partial_then_cancelled_order_keeps_only_its_ratio(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.master(an_order(price="99.5", filled_quantity=4))
    world.fill(child, 3)
    world.master(an_order(price="99.5", filled_quantity=4, status="CANCELLED"))
    assert world.modified().quantity == 4
    world.obliging = True
    world.wait(5)
    world.fill(child)
    assert world.held() == 4
    world.wait(30)
    assert not world.pending
    world.check_journal()


def test_a_fill_that_outran_the_masters_cancel_is_kept_and_not_sold_back():
    world = World(a_follower(orphan="ask"))
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.fill(child)
    world.master(an_order(price="99.5", filled_quantity=4, status="CANCELLED"))
    world.wait(10)
    assert world.held() == 10
    assert not world.pending
    # The excess is owed back: the next entry is smaller by it.
    world.master(done("M2", quantity=10))
    assert world.place().quantity == 4


def test_sweep_reprices_an_unfilled_child_inside_the_band():
    world = World(a_follower(mirror=Mirror.SWEEP))
    world.master(an_order(price="100"))
    world.ack()
    world.master(done(price="100"))
    world.wait(5)
    swept = world.modified()
    assert (swept.order_type, swept.quantity) == (OrderType.LIMIT, 10)
    assert swept.price == Decimal("101.00")  # 100 bps above
    world.wait(60)
    assert not world.pending
    assert len(world.children("M1", Leg.ENTRY)) == 1


def test_a_market_that_ran_beyond_the_band_is_said_once_and_the_child_goes_with_his_exit():
    world = World()
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(done(price="99.5"))
    world.wait(3)
    world.modified()
    world.wait(60)
    (alert,) = world.alerts("the market is beyond its band")
    assert "BUY 10 SBIN rests at" in alert.text
    world.master(done("X1", "SELL"))
    world.cancelled()
    world.wait(30)
    assert world.held() == 0


def test_an_entry_that_may_not_exist_is_not_said_to_rest():
    world = World()
    world.master(done())
    world.lose(world.place())
    world.wait(60)
    assert len(world.alerts("UNKNOWN")) == 1
    assert not world.alerts("rests")


def test_orders_leaves_an_unfilled_child_resting():
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(an_order(price="100"))
    world.ack()
    world.master(done(price="100"))
    world.wait(60)
    assert not world.pending


@BOTH
def test_an_entry_that_was_an_exit_for_a_while_takes_what_the_orders_since_then_owe(mirror):
    """Withdrawn while he was short, it is entered as it fills: one and a half of each of his two come to three."""
    world = World(a_follower(multiplier="1.5", mirror=mirror))
    world.master(an_order("M1", quantity=1, price=99))
    world.ack()
    world.obliging = True
    world.master(done("S1", "SELL", 1))
    world.wait(3)
    world.master(done("X1", "BUY", 1))
    world.wait(3)
    assert (world.held(), world.ledger().exact()) == (0, 0)
    world.obliging = False
    world.master(an_order("M2", quantity=1, price=99))
    second = world.ack()
    world.master(done("M1", quantity=1, price=99), done("M2", quantity=1, price=99))
    world.fill(second)
    world.wait(2)
    world.fill(world.ack())
    assert (world.held(), world.ledger().exact()) == (3, 3)
    world.check_journal()
