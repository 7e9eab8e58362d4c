"""What a restart finds half done: writes without an answer, plans that did not leave, fills it missed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values.commands import RefusalKind
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from tests.core.core_readers import state_of
from tests.core.core_world import FATHER, World, a_follower, an_order, done


@pytest.mark.parametrize("answer", ["lost", "acked", "refused"])
def test_a_write_whose_answer_the_restart_missed_is_unknown_and_named(answer):
    world = World()
    world.master(done("M1"))
    entry = world.place()
    if answer == "acked":
        world.book_row(entry)
    world.sleep(3)
    world.restart()
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.alerts("BUY 10 SBIN is UNKNOWN")
    world.read()
    expected = IntentState.ACKED if answer == "acked" else IntentState.UNKNOWN
    assert state_of(world, entry) is expected
    world.wait(30)
    assert len(world.places()) == 1
    world.check_journal()


def test_a_cancel_whose_answer_the_restart_missed_is_asked_again_after_a_look():
    world = World()
    world.master(an_order("M1", price="99.5"))
    world.ack()
    for _ in range(40):
        world.wait(1)
        world.read()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.cancel()
    world.sleep(2)
    world.restart()
    for _ in range(4):
        world.wait(1.1)
        world.read()
    assert world.cancel().intent_id.endswith("x2")


def test_a_restart_twice_gives_the_same_state_and_sends_nothing():
    world = World(a_follower(), a_follower("mother", multiplier=2))
    world.master(done("M1"))
    for command in list(world.pending):
        world.lose(command)
    world.pending.clear()
    world.restart()
    world.restart()
    world.wait(5)
    assert not world.pending
    world.check_journal()


def test_what_was_only_planned_leaves_after_a_restart_while_it_is_fresh():
    from engine.core.values.events import Allowance

    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("M1"))
    world.sleep(3)
    world.allowances = {}
    world.restart()
    world.master()
    world.read()
    world.wait(1.5)
    assert world.place().quantity == 10


def test_what_was_only_planned_does_not_leave_after_its_deadline():
    from engine.core.values.events import Allowance

    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("M1"))
    world.sleep(30)
    world.allowances = {}
    world.restart()
    world.read()
    world.wait(1.5)
    assert not world.pending
    assert world.children("M1", Leg.ENTRY)[0].state is IntentState.EXPIRED


def test_a_follower_taken_out_of_the_settings_stops_nothing():
    from engine.core.values.events import Allowance

    world = World(a_follower(), a_follower("mother"))
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("M1"))
    world.pending.clear()
    world.restart(rules=[a_follower("mother")])
    world.wait(2)
    world.master(done("M2"))
    world.check_journal()


def test_fills_missed_while_the_process_was_down_are_taken_in():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.sleep(60)
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal("99.5")
    )
    world.restart()
    world.master(done("M1", price="99.5"), done("X1", "SELL"))
    world.read()
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.refuse(command, RefusalKind.BUSY, "being processed")
        else:
            world.ack_and_fill(command)
    world.wait(3)
    assert world.held() == 0
    world.check_journal()


def test_what_the_master_did_meanwhile_is_entered_only_while_it_is_fresh():
    world = World()
    world.sleep(60)
    world.restart()
    world.read()
    world.master(
        done("M1", updated_at=world.now - timedelta(seconds=40)),
        done("M2", symbol="INFY", updated_at=world.now - timedelta(seconds=4)),
    )
    assert [each.symbol for each in world.places()] == ["INFY"]
    assert world.skip_of("M1") == "too old to enter"


def test_an_entry_planned_before_a_restart_waits_for_the_accounts_book():
    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("M1"))
    assert not world.pending
    world.allowances = {}
    world.restart()
    world.master()
    world.wait(1)
    assert not world.pending, "the account's own book is not known yet"
    world.read()
    world.wait(0.5)
    assert world.place().quantity == 10
