"""What other hands closed is written off once positions prove it, though entries of ours may rest meanwhile."""

from engine.core.values.commands import Place
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import World, an_order, done


def test_what_a_hand_closed_is_written_off_while_an_entry_still_rests():
    """His further order may rest for hours: till then the copies would be shown as held."""
    world = holding()
    world.master(an_order("M2", quantity=3, price=95))
    world.ack()
    world.wait(1)
    world.positions(a_position(0))
    world.master(done("X1", "SELL"))
    world.read()
    assert not world.pending, "nothing is sold that the account has no more"
    assert world.held() == 0
    (alert,) = world.alerts("written off")
    assert alert.needs_human
    world.check_journal()


def test_of_a_holding_that_a_hand_closed_in_part_the_rest_is_exited_and_the_part_written_off():
    world = holding()
    world.master(an_order("M2", quantity=3, price=95))
    world.ack()
    world.wait(1)
    world.positions(a_position(6))
    world.master(done("X1", "SELL"))
    world.read()
    assert world.ack_and_fill().quantity == 6
    world.wait(4)
    world.positions(a_position(0))
    world.read()
    world.wait(4)
    assert world.held() == 0
    assert world.alerts("4 copied SBIN are written off")
    world.check_journal()


def test_what_an_entry_of_the_other_side_may_have_sold_unseen_is_not_written_off():
    """His sale was an entry while he held nothing; its cancel is not answered yet."""
    world = World()
    world.master(an_order("S1", "SELL", 10, price=101))
    sale = world.ack()
    world.master(done("M1"))
    bought = next(each for each in world.pending if isinstance(each, Place))
    world.pending.clear()
    world.ack_and_fill(bought)
    world.wait(4)
    world.positions(a_position(0))
    world.read()
    world.master(done("X1", "SELL"))
    world.wait(4)
    assert not world.alerts("written off"), "the sale may have filled, and the socket told nothing"
    world.fill(sale)
    assert world.held() == 0
    world.check_journal()


def test_beside_an_exit_of_unknown_fate_all_is_written_off_but_what_that_one_may_have_sold():
    """It may stay unknown for as long as a person takes to answer."""
    world = holding()
    world.master(done("X1", "SELL", 1))
    unknown = world.place()
    world.lose(unknown)
    world.wait(4)
    world.positions(a_position(0))
    world.read()
    world.master(done("X2", "SELL", 9))
    world.wait(4)
    assert world.held() == 1
    assert world.alerts("9 copied SBIN are written off")
    world.refuse(unknown)
    world.read()
    world.wait(4)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()
