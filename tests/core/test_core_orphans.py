"""A copied holding that is left when the master is flat."""

from engine.core.values.control import PauseFollower
from engine.core.values.market import Side
from tests.core.core_world import FATHER, World, a_follower, an_order, done


def test_an_orphan_is_closed_two_seconds_after_the_master_is_flat():
    world = World(a_follower("father", multiplier=1))
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.master(an_order("X1", "SELL", price="105"))
    resting = world.ack()
    world.master(done("X1", "SELL", price="105"))
    world.wait(0.7)
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.cancelled(command)
        else:
            world.modified(command)
            world.change(resting, status="REJECTED", status_message="freak")
    assert world.held() == 10
    # The exit is latched and a person was asked: it is not sent again by itself.
    world.wait(10)
    assert world.alerts("freak")[0].needs_human


def test_excess_left_by_a_late_fill_is_closed_as_an_orphan_after_two_seconds():
    world = World()
    world.master(an_order("M1", price="99.5"))
    child = world.ack()
    world.fill(child)
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(1)
    assert not world.pending
    world.wait(1.5)
    orphan = world.place()
    assert (orphan.side, orphan.quantity) == (Side.SELL, 10)
    world.ack_and_fill(orphan)
    assert world.held() == 0
    assert world.alerts("left while the master is flat")


def test_what_is_left_stays_while_the_master_still_works_an_order_in_the_key():
    """He is flat for now: what fills of that order would buy what the close has just sold."""
    world = World()
    world.master(an_order("M1", price="99.5"))
    child = world.ack()
    world.ask(PauseFollower(follower=FATHER))
    world.fill(child)
    world.master(
        an_order("M1", price="99.5", status="CANCELLED"), an_order("M2", price="90", quantity=30)
    )
    world.wait(30)
    assert not world.pending
    world.master(an_order("M2", price="90", quantity=30, status="CANCELLED"))
    world.wait(3)
    assert world.place().side is Side.SELL


def test_an_orphan_is_kept_and_told_where_the_follower_asks_for_it():
    world = World(a_follower(orphan="ask"))
    world.master(an_order("M1", price="99.5"))
    world.ack_and_fill()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.wait(30)
    assert not world.pending
    assert len(world.alerts("are kept (ORPHAN=ask)")) == 1
