"""What the follower owns or trades for himself: no exit touches it, and nothing is sold short."""

import pytest

from engine.core.values.market import Side
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FATHER, World, an_order, done


@pytest.mark.parametrize("own", [7, -7])
def test_the_followers_own_position_is_not_touched(own):
    world = World()
    world.positions(a_position(own))
    world.obliging = True
    world.master(done("M1"))
    world.wait(1)
    world.positions(a_position(own + 10))
    world.master(done("X1", "SELL"))
    sells = [each for each in world.places() if each.side is Side.SELL]
    assert [each.quantity for each in sells] == [10]
    assert world.held() == 0


@pytest.mark.parametrize("own", [7, -7])
def test_what_the_follower_trades_for_himself_while_a_copy_rests_is_not_touched(own):
    world = World()
    world.positions(a_position(0))
    world.master(an_order("M1", quantity=5, price="90"))
    world.ack()
    world.wait(4)
    world.positions(a_position(own))
    world.wait(1)
    world.master(done("M2"), an_order("M1", quantity=5, price="90", status="CANCELLED"))
    world.cancelled()
    world.ack_and_fill()
    world.wait(4)
    world.positions(a_position(own + 10))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert not world.alerts("cut to")
    world.check_journal()


def test_a_fill_that_positions_showed_before_we_knew_of_it_is_not_taken_for_his_own():
    world = World()
    world.positions(a_position(0))
    world.master(an_order("M1", price="90"))
    entry = world.ack()
    world.wait(4)
    world.positions(a_position(10))
    world.wait(4)
    world.positions(a_position(10))
    world.fill(entry)
    world.master(done("M1", price="90"))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0


def test_a_follower_who_closed_by_hand_is_not_sold_short():
    world = holding()
    world.positions(a_position(0))
    world.master(done("X1", "SELL"))
    world.wait(10)
    assert not world.pending
    assert world.alerts("cut to 0")


def test_what_he_closed_by_hand_is_written_off_while_an_entry_still_rests():
    world = holding()
    world.positions(a_position(0))
    world.master(an_order("M2", quantity=5, price="90"))
    resting = world.ack()
    world.master(done("X1", "SELL"))
    assert world.alerts("10 copied SBIN are written off")
    assert world.held() == 0
    world.fill(resting)
    world.master(done("M2", quantity=5, price="90"), done("X2", "SELL", 5))
    world.positions(a_position(5))
    world.wait(3)
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 0
    world.check_journal()


def test_nothing_is_written_off_while_an_exit_of_unknown_fate_may_have_taken_it():
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    world.lose(world.place())
    world.wait(3)
    world.positions(a_position(0))
    world.master(done("X2", "SELL"))
    world.wait(4)
    world.positions(a_position(0))
    assert not world.alerts("written off")
    assert world.held() == 10


def test_a_follower_who_sold_a_part_by_hand_exits_only_the_rest():
    world = holding()
    world.wait(1)
    world.positions(a_position(4))
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 4


def test_an_exit_leaves_to_the_one_before_it_what_that_still_takes_of_a_part_sold_by_hand():
    """He sells out in two orders, the second heard of while the first is on its way."""
    world = holding()
    world.wait(1)
    world.positions(a_position(9))
    world.master(done("X1", "SELL", 6), an_order("X2", "SELL", 4, price="99"))
    assert [world.place().quantity for _ in range(2)] == [6, 3]


def test_a_resting_exit_shrinks_when_the_follower_sells_by_hand():
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    world.ack()
    world.wait(1)
    world.positions(a_position(3))
    assert not world.pending, "the seven may be fills of this very exit that nobody has told yet"
    world.read()
    assert world.modified().quantity == 3


@pytest.mark.parametrize("filled", [5, 10])
def test_a_resting_exit_is_not_cut_by_positions_that_know_of_its_fill_before_we_do(filled):
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    child = world.ack()
    status = "COMPLETE" if filled == 10 else "OPEN"
    world.change(child, told=False, status=status, filled_quantity=filled, average_price=105)
    world.wait(1)
    world.positions(a_position(10 - filled))
    world.wait(0.5)
    assert not world.pending
    world.read()
    world.wait(5)
    assert not world.pending
    assert not world.alerts("cut to")
    assert world.held() == 10 - filled


def test_an_exit_is_sent_where_positions_were_never_read():
    world = holding()
    assert world.state.account(FATHER).positions is None
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10
