"""RMS squares master and followers off at about the same time: nobody ends the other way round."""

import pytest

from engine.core.values.market import Product, Side
from engine.core.values.notices import Severity
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import World, done


def squared(world: World) -> None:
    """Let RMS close what the master holds."""
    world.master(done("R1", "SELL", placed_by="RMS"))


def test_an_exit_after_rms_waits_for_positions_and_sends_nothing_where_the_follower_is_closed_too():
    world = holding()
    squared(world)
    assert not world.pending
    world.wait(2)
    world.positions(a_position(10))
    world.wait(1)
    assert not world.pending, "positions lag: these are of before"
    world.wait(1)
    world.positions(a_position(0))
    world.wait(30)
    assert not world.pending
    assert world.held() == 0
    world.check_journal()


def test_an_exit_after_rms_goes_out_where_the_follower_still_holds():
    world = holding()
    squared(world)
    world.wait(4)
    world.positions(a_position(10))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0


def test_an_exit_after_rms_does_not_wait_for_ever():
    world = holding()
    squared(world)
    world.wait(9)
    assert not world.pending
    world.wait(2)
    assert world.place().quantity == 10


def test_an_entry_the_other_way_waits_for_the_exit_that_waits_for_positions():
    world = holding()
    squared(world)
    world.master(done("M2", "SELL", quantity=4))
    assert not world.pending, "it would close four of the copies, and their exit would go short"
    world.wait(4)
    world.positions(a_position(10))
    assert world.ack_and_fill().quantity == 10
    entry = world.ack_and_fill()
    assert (entry.side, entry.quantity) == (Side.SELL, 4)
    assert world.held() == -4
    world.check_journal()


def test_an_entry_the_other_way_goes_once_the_follower_is_seen_closed_too():
    world = holding()
    squared(world)
    world.master(done("M2", "SELL", quantity=4))
    world.wait(4)
    world.positions(a_position(0))
    assert world.ack_and_fill().quantity == 4
    assert world.held() == -4


def test_an_exit_by_his_own_hand_waits_for_nothing():
    world = holding()
    world.master(done("X1", "SELL", placed_by="UMASTER"))
    assert world.place().quantity == 10


def test_what_rms_closes_overnight_products_with_waits_for_nothing():
    world = World()
    world.obliging = True
    world.master(done("M1", product=Product.CNC))
    world.obliging = False
    world.wait(3)
    world.master(done("R1", "SELL", product=Product.CNC, placed_by="RMS"))
    assert world.place().quantity == 10


@pytest.mark.parametrize("net", [-10, -4])
def test_a_position_closed_twice_is_named_once_and_left_to_a_person(net):
    world = holding()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.wait(4)
    world.read()
    world.positions(a_position(net))
    (alert,) = world.alerts("closed twice")
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, True)
    world.wait(4)
    world.positions(a_position(net))
    assert len(world.alerts("closed twice")) == 1
    assert not world.pending


def test_what_he_trades_himself_later_is_his_own():
    world = holding()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.wait(90)
    world.positions(a_position(-10))
    assert not world.alerts("closed twice")


def test_an_entry_on_the_side_of_an_exit_that_waits_after_rms_does_not_take_its_units():
    """RMS closes what he holds and he sells on at once: sold first, ours would be short of as much as was held."""
    world = holding()
    squared(world)
    world.master(done("S1", "SELL", 20))
    assert not world.pending
    world.wait(4)
    world.positions(a_position(10))
    assert world.ack_and_fill().quantity == 10
    assert world.ack_and_fill().quantity == 20
    assert world.held() == -20
    world.check_journal()
