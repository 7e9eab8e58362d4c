"""Nothing that stops entries stops an exit; what rests over a stop."""

from datetime import timedelta

import pytest

from engine.core.values import control as c
from engine.core.values.notices import SkipReason
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER, World, a_follower, an_order, done


@pytest.mark.parametrize("how", ["stop", "pause", "kill", "disarmed", "disabled", "no budget"])
def test_nothing_that_stops_entries_stops_an_exit(how):
    from engine.core.values.events import Allowance

    world = holding()
    match how:
        case "stop":
            world.ask(c.StopCopy())
        case "pause":
            world.ask(c.PauseFollower(follower=FATHER))
        case "kill":
            world.ask(c.SetKill(active=True))
        case "disarmed":
            world.sleep(0)
            world.state.armed_until = world.now - timedelta(hours=1)
        case "disabled":
            world.state.rules[FATHER] = a_follower(enabled=False)
        case "no budget":
            world.allowances = {FATHER: Allowance(entries=0, total=1)}
    world.master(done("M2"))
    assert not world.pending, "an entry is stopped"
    world.master(done("X1", "SELL", 20))
    assert world.place().quantity == 10


def test_after_a_stop_a_resting_entry_follows_reductions_and_cancels_only():
    world = World()
    world.master(an_order("M1", price="99.5"))
    world.ack()
    reply = world.ask(c.StopCopy())
    assert "1 entry order still rests" in reply.text
    world.master(an_order("M1", price="101"))
    world.wait(5)
    assert not world.pending, "re-pricing is an entry"
    world.master(an_order("M1", price="101", quantity=20))
    world.wait(5)
    assert not world.pending, "more is an entry"
    world.master(an_order("M1", price="101", status="CANCELLED"))
    world.cancelled()
    world.wait(5)
    assert not world.pending


def test_after_a_stop_the_resting_entries_can_be_cancelled_and_stay_so():
    world = World()
    world.master(an_order("M1", price="99.5"))
    world.ack()
    world.ask(c.StopCopy())
    world.ask(c.CancelRestingEntries())
    world.cancelled()
    world.wait(5)
    assert not world.pending
    world.master(done("M1", price="99.5"))
    world.wait(10)
    assert not world.pending
    assert world.skip_of() is SkipReason.NOT_COPYING


def test_what_rested_over_a_stop_follows_his_orders_again_at_the_start():
    world = World()
    world.master(an_order("M1", price="99"))
    world.ack()
    world.ask(c.StopCopy())
    world.master(an_order("M1", price="98"))
    world.wait(2)
    assert not world.pending
    world.ask(c.StartCopy())
    assert world.modified().price == 98
