"""The mirror mode `fills`: nothing rests before the master has filled, and each part goes at the band."""

from decimal import Decimal

from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from engine.core.values.rules import Mirror
from tests.core.core_world import World, a_follower, an_order, done


def a_world(**rules) -> World:
    return World(a_follower(mirror=Mirror.FILLS, **rules))


def test_a_resting_order_of_the_master_places_nothing():
    world = a_world()
    world.master(an_order(price="99"))
    world.wait(5)
    assert not world.pending
    world.master(an_order(price="99", status="CANCELLED"))
    world.wait(5)
    assert not world.places()


def test_each_part_that_he_fills_goes_as_a_limit_at_the_band():
    world = a_world()
    world.master(an_order(quantity=100, price="99", filled_quantity=40))
    first = world.ack_and_fill()
    assert (first.quantity, first.order_type, first.price) == (
        40,
        OrderType.LIMIT,
        Decimal("99.95"),
    )
    world.wait(2)
    world.master(an_order(quantity=100, price="99", filled_quantity=100, status="COMPLETE"))
    assert world.ack_and_fill().quantity == 60
    world.wait(5)
    assert not world.pending
    assert world.held() == 100


def test_many_small_parts_become_one_order_a_second():
    world = a_world()
    world.obliging = True
    for filled in range(1, 31):
        status = "COMPLETE" if filled == 30 else "OPEN"
        world.master(an_order(quantity=30, price="99", filled_quantity=filled, status=status))
        world.wait(0.1, step=0.1)
        for child in world.children("M1", Leg.ENTRY):
            if not child.has_ended:
                world.fill(child.command)
    world.wait(2)
    for child in world.children("M1", Leg.ENTRY):
        if not child.has_ended:
            world.fill(child.command)
    assert world.held() == 30
    assert len(world.children("M1", Leg.ENTRY)) <= 5
    world.check_journal()


def test_a_part_that_rests_at_the_band_is_raised_and_not_joined_by_another():
    world = a_world()
    world.master(an_order(quantity=100, price="99", filled_quantity=40))
    world.ack()
    world.wait(2)
    world.master(an_order(quantity=100, price="99", filled_quantity=70))
    assert world.modified().quantity == 70
    assert len(world.children("M1", Leg.ENTRY)) == 1


def test_a_market_order_is_copied_as_in_every_mode():
    world = a_world()
    world.master(an_order())
    assert world.place().order_type is OrderType.MARKET


def test_a_resting_exit_places_nothing_and_its_fills_are_exited_at_once():
    world = a_world()
    world.master(done(quantity=100))
    world.ack_and_fill()
    world.master(an_order("X1", "SELL", quantity=100, price="110"))
    world.wait(3)
    assert not world.pending
    world.master(an_order("X1", "SELL", quantity=100, price="110", filled_quantity=50))
    half = world.ack_and_fill()
    assert (half.quantity, half.order_type) == (50, OrderType.MARKET)
    world.master(
        an_order("X1", "SELL", quantity=100, price="110", filled_quantity=100, status="COMPLETE")
    )
    assert world.ack_and_fill().quantity == 50
    assert world.held() == 0


def test_half_sizes_sum_over_the_parts_and_not_part_by_part():
    world = a_world(multiplier="0.5")
    world.obliging = True
    for filled in (1, 2, 3, 5, 7):
        status = "COMPLETE" if filled == 7 else "OPEN"
        world.master(an_order(quantity=7, price="99", filled_quantity=filled, status=status))
        for child in world.children("M1", Leg.ENTRY):
            if not child.has_ended:
                world.fill(child.command)
        world.wait(1.5)
        for child in world.children("M1", Leg.ENTRY):
            if not child.has_ended:
                world.fill(child.command)
    assert world.held() == 3
