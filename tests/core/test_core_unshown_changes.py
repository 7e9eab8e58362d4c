"""A modification that Kite accepted and the exchange did not: the order still stands where it stood."""

from decimal import Decimal

from engine.attention import follower_needs
from engine.core.values.market import OrderType
from engine.core.values.orders import OrderRow
from tests.core.core_world import FATHER, World, an_order


def modified(*, shown: bool) -> World:
    """His limit goes from 99 to 98; Kite answers that ours does too."""
    world = World()
    world.master(an_order("M1", price="99"))
    child = world.ack()
    world.wait(1)
    world.master(an_order("M1", price="98"))
    world.modified()
    if not shown:
        world.change(child, price=Decimal(99))
    return world


def price_of(world: World) -> Decimal | None:
    (child,) = world.state.children.values()
    return child.terms.price


def read_for(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.wait(1)
        world.read()


def test_what_the_exchange_did_not_take_is_told_once_and_not_asked_again():
    world = modified(shown=False)
    assert follower_needs(world.state, FATHER, now=world.now).whole
    read_for(world, 1)
    assert not world.alerts("the exchange did not"), "the book may only be late"
    read_for(world, 30)
    (alert,) = world.alerts("was to go to 98; Kite accepted that, the exchange did not")
    assert "stands at 99" in alert.text
    assert price_of(world) == 99
    assert not world.pending
    assert not follower_needs(world.state, FATHER, now=world.now).whole
    world.check_journal()


def test_it_follows_the_masters_next_change():
    world = modified(shown=False)
    read_for(world, 5)
    world.master(an_order("M1", price="97"))
    assert world.modified().price == 97
    read_for(world, 5)
    assert price_of(world) == 97
    assert len(world.alerts("the exchange did not")) == 1


def test_one_that_comes_late_all_the_same_is_taken_for_what_it_is():
    world = modified(shown=False)
    read_for(world, 5)
    (child,) = world.state.children.values()
    world.change(child.command, price=Decimal(98))
    assert price_of(world) == 98
    read_for(world, 5)
    assert not world.pending
    world.check_journal()


def test_one_that_is_shown_is_told_to_nobody():
    world = modified(shown=True)
    read_for(world, 10)
    assert not world.alerts()
    assert price_of(world) == 98


def a_trailed_stop(trigger: str) -> OrderRow:
    return an_order(
        "M1", order_type=OrderType.SL_M, trigger_price=Decimal(trigger), status="TRIGGER PENDING"
    )


def test_a_stop_at_the_market_whose_trigger_the_exchange_did_not_move_is_told_too():
    world = World()
    world.master(a_trailed_stop("105"))
    child = world.ack()
    world.wait(1)
    world.master(a_trailed_stop("107"))
    world.modified()
    world.change(child, trigger_price=Decimal(105), price=None)
    read_for(world, 10)
    (alert,) = world.alerts("was to go to trigger 107; Kite accepted that, the exchange did not")
    assert "stands at trigger 105" in alert.text
    assert not world.pending
    world.master(a_trailed_stop("108"))
    assert world.modified().trigger_price == 108
    read_for(world, 10)
    assert len(world.alerts("the exchange did not")) == 1
    world.check_journal()
