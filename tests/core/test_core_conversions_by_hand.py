"""A conversion of what a follower holds: its exit goes out under the product it has now."""

import pytest

from engine.core.values.notices import Severity
from tests.core.conversion_world import CNC, MIS, a_position, bought, converted, net, read_master
from tests.core.core_world import FATHER, World, an_order, done


def father_converts(world: World, units: int = 50) -> None:
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.wait(5)
    world.positions(a_position(50 - units, MIS), a_position(units, CNC), holdings=())


def test_copies_that_their_owner_converted_are_exited_as_what_they_are_now():
    world = bought()
    father_converts(world)
    (alert,) = world.alerts("converted from MIS to CNC by hand")
    assert not alert.needs_human
    world.master(done("X1", "SELL", quantity=50))
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (CNC, 50)
    assert world.held() == 0
    world.wait(1)
    world.master(done("M2", quantity=10))
    assert world.ack_and_fill().product is MIS
    world.master(done("X2", "SELL", quantity=10))
    assert world.ack_and_fill().product is MIS
    world.check_journal()


def test_both_converted_and_both_go_on_the_next_day():
    world = converted()
    father_converts(world)
    world.restart()
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    assert world.held() == 0
    assert world.ledger(product=CNC).held == 50
    world.check_journal()


def test_an_exit_that_rests_is_not_left_under_the_old_product():
    world = bought()
    world.master(an_order("X1", "SELL", quantity=50, price="110"))
    resting = world.ack()
    assert resting.product is MIS
    father_converts(world)
    world.cancelled()
    again = world.place()
    assert (again.product, again.quantity, again.price) == (CNC, 50, resting.price)
    assert not world.pending


def test_a_part_converted_by_hand_asks_a_person():
    world = bought()
    father_converts(world, 20)
    (alert,) = world.alerts("20 of its 50 copied SBIN were converted")
    assert alert.severity is Severity.CRITICAL
    world.master(done("X1", "SELL", quantity=50))
    assert world.place().quantity == 30


def test_a_conversion_seconds_after_a_fill_is_found_once_the_positions_may_be_believed():
    world = bought()
    world.master(done("M2", quantity=10, product=CNC))
    world.ack_and_fill()
    for _ in range(6):
        read_master(world, mis=0, cnc=60, seconds=1)
    assert (net(world, MIS), net(world, CNC)) == (0, 60)
    assert len(world.alerts("converted 50 SBIN")) == 1


def test_a_followers_conversion_seconds_after_a_fill_is_found_too():
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.master(done("M2", quantity=10, product=CNC))
    world.ack_and_fill()
    for _ in range(5):
        world.wait(1)
        world.positions(a_position(0, MIS), a_position(60, CNC), holdings=())
    assert world.ledger().held_as is CNC
    world.master(done("X1", "SELL", quantity=50))
    assert (sent := world.ack_and_fill()).product is CNC
    assert sent.quantity == 50


def test_copies_bought_meanwhile_are_no_conversion_of_what_was_sold_by_hand():
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.master(done("M2", quantity=50, product=CNC))
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(0, MIS), a_position(50, CNC), holdings=())
    assert world.ledger().held_as is None


@pytest.mark.parametrize("short", [-50, -80])
def test_a_hand_that_closes_both_products_at_once_has_converted_nothing(short):
    """He sells the copies and buys back what he was short himself, between two reads."""
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), a_position(short, CNC), holdings=())
    world.wait(5)
    world.positions(a_position(0, MIS), a_position(0, CNC), holdings=())
    assert world.ledger().held_as is None
    world.master(done("X1", "SELL", quantity=50))
    assert not world.pending, "nothing is left to sell"
