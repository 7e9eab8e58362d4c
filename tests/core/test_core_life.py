"""The life of an order, case by case: changed, cancelled, expired, at every awkward moment."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.decide import trading_day_of
from engine.core.values.commands import Acked, Modify, Place
from engine.core.values.control import StartCopy
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, OrderStatus, OrderType, Product, Side, Validity
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done


def resting(quantity: int = 10, price: object = 95, **rules: object) -> tuple[World, Place]:
    """Return a world in which a LIMIT of the master and its child rest."""
    world = World(a_follower(**rules))
    world.master(an_order(quantity=quantity, price=price))
    return world, world.ack()


def test_a_lowered_quantity_modifies_to_the_new_total():
    world, child = resting(10)
    world.fill(child, 3)
    world.master(an_order(quantity=6, price=95))
    assert world.modify().quantity == 6
    assert not world.pending


def test_a_quantity_lowered_below_what_the_follower_has_filled_ends_the_child_and_keeps_the_fill():
    world, child = resting(10)
    world.fill(child, 6)
    world.master(an_order(quantity=4, price=95))
    world.cancelled()
    assert world.held() == 6
    assert not world.pending
    world.check_journal()


def test_changes_while_one_is_on_its_way_come_to_one_change_to_the_latest_wish():
    world, _ = resting(10)
    world.master(an_order(quantity=10, price=96))
    first = world.modify()
    for price in (97, 98, 99):
        world.master(an_order(quantity=10 + price, price=price))
    assert not world.pending
    world.modified(first)
    latest = world.modify()
    assert (latest.price, latest.quantity) == (Decimal(99), 109)
    assert not world.pending


def test_after_25_changes_the_child_is_placed_anew_only_when_its_cancel_is_terminal():
    world, child = resting(10)
    for step in range(25):
        world.master(an_order(quantity=10, price=96 + step))
        world.modified()
    world.master(an_order(quantity=10, price=130))
    cancel = world.cancel()
    world.answer(cancel, Acked(order_id=cancel.order_id))
    # Accepted is not gone: it may still fill.
    world.wait(1)
    assert not world.pending
    world.change(child, status="CANCELLED")
    anew = world.place()
    assert (anew.quantity, anew.price) == (10, Decimal(130))
    assert anew.tag != child.tag
    world.ack(anew)
    world.master(an_order(quantity=10, price=131))
    assert isinstance(world.take(), Modify)


def test_a_master_cancel_before_our_answer_cancels_the_child_when_it_is_known():
    world = World(a_follower())
    world.master(an_order(price=95))
    placed = world.place()
    world.master(an_order(price=95, status="CANCELLED"))
    assert not world.pending
    world.ack(placed)
    world.cancelled()
    assert not world.pending
    world.check_journal()


def test_a_child_found_in_the_book_after_the_master_cancelled_is_cancelled_there():
    world = World(a_follower())
    world.master(an_order(price=95))
    placed = world.place()
    world.master(an_order(price=95, status="CANCELLED"))
    world.lose(placed)
    assert not world.pending
    world.book_row(placed)
    world.read()
    world.cancelled()
    assert world.ledger().held == 0


def test_a_master_cancel_before_the_child_left_sends_nothing():
    world = World(a_follower())
    world.allowances[FATHER] = Allowance(entries=0, total=0)
    world.master(an_order(price=95))
    world.master(an_order(price=95, status="CANCELLED"))
    world.allowances.clear()
    world.wait(5)
    assert not world.commands
    (child,) = world.children("M1", Leg.ENTRY)
    assert (child.state, child.reason) == (IntentState.KILLED, "superseded before it left")


def test_a_cancel_after_a_partial_fill_of_the_follower_keeps_what_filled_until_he_is_flat():
    world, child = resting(10)
    world.fill(child, 4)
    world.master(an_order(price=95, filled_quantity=2))
    world.master(an_order(price=95, filled_quantity=2, status="CANCELLED"))
    world.cancelled()
    assert world.held() == 4
    assert not world.pending
    # His exit takes all of it, the two that were too many as well.
    world.obliging = True
    world.master(done("M2", "SELL", 2))
    assert world.held() == 0


def test_a_cancel_that_was_accepted_and_yet_filled_is_counted_and_closed():
    world, child = resting(10)
    world.master(an_order(price=95, status="CANCELLED"))
    cancel = world.cancel()
    world.answer(cancel, Acked(order_id=cancel.order_id))
    world.change(child, status="CANCELLED")
    world.fill(child)
    assert world.held() == 10
    # The master has none: what filled is closed after the pause for orphans.
    world.wait(3)
    closing = world.place()
    assert (closing.side.value, closing.quantity) == ("SELL", 10)
    world.ack_and_fill(closing)
    assert world.held() == 0
    assert not world.alerts("through zero")
    world.check_journal()


@pytest.mark.parametrize("validity", list(Validity))
def test_a_master_order_that_ran_out_takes_its_child_along(validity):
    world = World(a_follower())
    order = {"price": 95, "validity": validity}
    world.master(an_order(**order))
    child = world.ack()
    world.fill(child, 1)
    world.master(an_order(filled_quantity=4, **order))
    # DAY at the close, IOC at once, TTL after its minutes: Kite calls each of them CANCELLED.
    world.master(an_order(filled_quantity=4, status="CANCELLED", **order))
    assert world.modify().quantity == 4
    assert not world.alerts()


def test_a_child_that_the_exchange_cancelled_stays_gone_and_is_told():
    world, child = resting(10)
    world.fill(child, 3)
    world.change(child, status="CANCELLED", status_message="Order cancelled by the exchange.")
    world.wait(10)
    assert len(world.alerts("cancelled, not by us")) == 1
    for price in (96, 97):
        world.master(an_order(price=price))
    assert not world.pending
    assert world.held() == 3
    # The next order of the master is judged afresh.
    world.master(an_order("M2", price=98))
    assert world.place().quantity == 10


def test_a_master_order_rejected_after_it_was_pending_places_nothing_and_says_why():
    world = World(a_follower())
    for status in ("PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING"):
        world.master(an_order(price=95, status=status))
    world.master(an_order(price=95, status="REJECTED", status_message="RMS:Margin Exceeds"))
    assert not world.commands
    assert world.skip_of() is SkipReason.MASTER_REJECTED


def test_a_master_order_rejected_after_it_was_seen_working_takes_its_child_along():
    world, _ = resting(10)
    world.master(an_order(price=95, status="REJECTED"))
    world.cancelled()
    assert not world.pending
    world.check_journal()


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


def test_time_in_which_the_machine_slept_makes_no_modification_late_for_an_answer():
    """Nor does a clock that was put forward: what waits at the broker is still on its way."""
    world, _ = resting()
    world.master(an_order(price=96))
    change = world.modify()
    world.sleep(60)
    world.master(an_order(price=96, status="CANCELLED"))
    assert not world.pending
    world.modified(change)
    world.cancelled()


def test_a_modification_without_an_answer_since_the_machine_woke_up_is_overtaken():
    world, _ = resting()
    world.master(an_order(price=96))
    world.modify()
    world.sleep(60)
    world.master(an_order(price=96, status="CANCELLED"))
    assert not world.pending
    world.wait(1.5)
    world.cancelled()


def test_a_modification_whose_answer_the_restart_missed_is_settled_from_the_book():
    world, _ = resting()
    world.master(an_order(price=96))
    world.modify()
    world.restart()
    world.master()
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
    assert world.alerts("NSE:SBIN (MIS) were not seen closed")
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


def test_news_that_comes_before_the_first_tick_of_a_day_belongs_to_that_day():
    world = World(a_follower())
    world.obliging = True
    world.master(done("M1", "BUY", 150, exchange="NFO", symbol=FUTURE, product=Product.NRML))
    # The machine sleeps over the night; a frame of the morning is the first it hears.
    world.sleep(23 * 3600)
    world.hint(done("M2", "SELL", 75, exchange="NFO", symbol=FUTURE, product=Product.NRML))
    assert world.state.trading_day == trading_day_of(world.now)
    assert not [place for place in world.places() if place.side is Side.SELL]
    world.check_journal()
