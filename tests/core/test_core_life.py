"""The life of an order, case by case: changed, cancelled, expired, at every awkward moment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.commands import Acked, Modify, Place
from engine.core.control import StartCopy
from engine.core.intents import IntentState
from engine.core.keys import Leg
from engine.core.market import MASTER, OrderStatus, OrderType, Validity
from engine.core.notices import SkipReason
from tests.core.core_world import FATHER, World, a_follower, an_order, done


def resting(quantity: int = 10, price: object = 95, **rules: object) -> tuple[World, Place]:
    """Return a world in which a LIMIT of the master and its child rest."""
    world = World(a_follower(**rules))
    world.master(an_order(quantity=quantity, price=price))
    return world, world.ack()


def test_a_cancel_waits_for_the_answer_of_a_modification_that_has_just_left():
    world, _ = resting()
    world.master(an_order(price=96))
    change = world.modify()
    world.master(an_order(price=96, status="CANCELLED"))
    assert not world.pending
    world.modified(change)
    world.cancelled()


def test_a_cancel_overtakes_a_modification_that_is_late_for_an_answer():
    world, _ = resting()
    world.master(an_order(price=96))
    world.modify()
    world.master(an_order(price=96, status="CANCELLED"))
    world.wait(1.5)
    world.cancelled()


def test_a_modification_whose_answer_the_restart_missed_is_settled_from_the_book():
    world, child = resting()
    world.master(an_order(price=96))
    world.modify()
    world.restart()
    # It never arrived: two reads that still show the old price prove it, and the wish is sent anew.
    world.read()
    world.wait(2.5)
    world.read()
    assert world.modify().price == Decimal(96)
    world.check_journal()


def test_intraday_copies_not_seen_closed_are_named_and_not_bought_again_in_the_morning():
    world = World(a_follower())
    world.obliging = True
    world.master(done("M1", "BUY", 10))
    assert world.held() == 10
    # The program is down while RMS squares both of them off.
    world.sleep(23 * 3600)
    world.wait(1)
    assert world.alerts("were not seen closed")
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.master()
    world.master_positions()
    world.read()
    world.go_live()
    assert world.ask(StartCopy()).accepted
    world.master(done("M2", "BUY", 3))
    assert world.places()[-1].quantity == 3
    world.check_journal()


def test_an_order_through_zero_enters_from_flat_whatever_was_owed_before():
    world, child = resting(10)
    world.master(an_order(quantity=10, price=95, filled_quantity=2))
    world.master(an_order(quantity=10, price=95, filled_quantity=2, status="CANCELLED"))
    world.fill(child)
    world.refuse(world.take(), "busy", "being processed")
    assert world.held() == 10
    # He turns 2 long into 2 short: all ten go, the eight that were too many with them, and two enter.
    world.obliging = True
    world.master(done("M2", "SELL", 4))
    assert [place.quantity for place in world.places()[1:]] == [10, 2]
    assert world.held() == -2
    world.check_journal()


def test_a_square_off_by_rms_is_never_taken_for_an_order_of_unknown_fate():
    world = World(a_follower())
    world.master(done("M1", "BUY", 10))
    world.ack_and_fill()
    world.master(an_order("M2", "SELL", 10, price=110))
    exit_ = world.place()
    world.lose(exit_)
    row = world.book_row(exit_)
    world.rows[FATHER][row.order_id] = replace(
        row, tag=None, placed_by="RMS", status=OrderStatus.COMPLETE, filled_quantity=10
    )
    world.read()
    assert world.held() == 10
    assert world.state.children[exit_.tag].state is IntentState.UNKNOWN


def test_an_exit_that_filled_ahead_of_an_order_he_took_back_is_not_exited_twice():
    world = World(a_follower())
    world.master(done("M1", "BUY", 60))
    world.ack_and_fill()
    stop = {"order_type": OrderType.SL, "price": 90, "trigger_price": Decimal(91)}
    world.master(an_order("M2", "SELL", 6, **stop))
    child = world.ack()
    world.fill(child)
    # The follower's stop has triggered, his own has not, and he takes it back.
    world.master(an_order("M2", "SELL", 6, status="CANCELLED", **stop))
    assert world.held() == 54
    # He goes home in two orders; their exits are on their way together.
    world.master(an_order("M3", "SELL", 50))
    world.master(done("M3", "SELL", 50))
    world.master(an_order("M4", "SELL", 10))
    assert world.place().quantity + world.place().quantity <= 54
    world.check_journal()
