"""An exit of the master that works at his price takes its share of the copies that stayed under this product."""

from decimal import Decimal

import pytest

from engine.core.values.commands import Place
from engine.core.values.market import Side
from tests.core.conversion_world import CNC, MIS, bought, converted, net, read_master
from tests.core.core_world import World, an_order, done


def offers(world: World, units: int) -> Place:
    """Let him offer units at his price; return what of ours rests at the broker then."""
    world.master(an_order("X1", "SELL", quantity=units, price="110"))
    resting = world.ack()
    assert (resting.product, resting.side, resting.price) == (MIS, Side.SELL, Decimal(110))
    return resting


@pytest.mark.parametrize(
    ("went", "offered", "exited"),
    [
        pytest.param(0, 50, 50, id="nothing converted: the whole"),
        pytest.param(25, 25, 25, id="half converted, he offers the other half"),
        pytest.param(25, 10, 10, id="half converted, he offers less than is left"),
        pytest.param(49, 1, 1, id="all but one converted"),
    ],
)
def test_copies_of_what_he_converted_are_not_offered_with_the_rest(went, offered, exited):
    world = converted(went) if went else bought()
    resting = offers(world, offered)
    assert resting.quantity == exited
    world.fill(resting)
    assert world.held() == 50 - exited, "what he holds as CNC is still copied"
    world.check_journal()


def test_what_he_offers_beyond_what_is_left_is_no_exit_of_what_he_converted():
    world = converted(25)
    world.master(an_order("X1", "SELL", quantity=40, price="110"))
    assert not world.pending, "it may be of what he converts back: his positions tell"
    for _ in range(3):
        read_master(world, mis=25, cnc=25)
    assert world.ack().quantity == 25
    assert not world.pending


def test_what_he_converts_while_his_exit_works_makes_ours_no_larger():
    world = bought()
    offers(world, 25)
    for _ in range(2):
        read_master(world, mis=25, cnc=25)
    assert (net(world, MIS), net(world, CNC)) == (25, 25)
    assert not world.pending, "25 of 50 rest: as much as he offers still"


def test_a_filled_exit_of_the_rest_and_one_of_what_he_converted_leave_nothing():
    world = converted(25)
    world.fill(offers(world, 25))
    world.master(done("X1", "SELL", quantity=25))
    world.master(done("X2", "SELL", quantity=25, product=CNC))
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (MIS, 25)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()
