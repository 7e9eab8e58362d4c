"""Resting exits that could not be cut leave no room for others, and what left ahead is not sold twice."""

from decimal import Decimal

from engine.core.values.commands import Acked, Modify, Place, RefusalKind
from engine.core.values.events import Allowance
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product
from engine.core.values.rules import Mirror
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done

_STOP = {"order_type": OrderType.SL, "price": "95", "trigger_price": Decimal(96)}


def test_a_new_exit_leaves_room_for_a_stop_that_the_broker_would_not_cut():
    """Both may fill in the same second: together they must not sell more than is held."""
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(done("M1", "BUY", 5))
    world.ack_and_fill()
    world.master(an_order("S1", "SELL", 5, **_STOP))
    world.ack()
    # He has bought as much again, ours is on its way: of what is held the stop is for half.
    world.master(done("M2", "BUY", 5))
    cut = next(each for each in world.pending if isinstance(each, Modify))
    assert cut.quantity == 2
    world.pending.remove(cut)
    world.refuse(cut, RefusalKind.RATE, "Too many requests")
    world.master(an_order("X1", "SELL", 3, price="110"))
    assert not world.children("X1", Leg.EXIT)
    # Once ours has filled, there is room for both.
    world.ack_and_fill(world.children("M2", Leg.ENTRY)[0].command)
    assert sum(each.outstanding for each in world.children("X1", Leg.EXIT)) == 3
    assert sum(each.outstanding for each in world.children("S1", Leg.EXIT)) == 5
    world.check_journal()


def test_what_an_exit_sold_ahead_is_not_sold_again_when_late_entries_fill():
    """His stop sold a tenth, ours sold all that it rested for before two entries of ours had filled."""
    of = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML}
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(done("M1", "BUY", 150, **of))
    world.ack_and_fill()
    world.master(an_order("S1", "SELL", 150, **of, **_STOP))
    stop = world.ack()
    world.master(an_order("M2", "BUY", 1350, **of, price="100"))
    entry = world.ack()
    world.master(done("M2", "BUY", 1350, **of, price="100"))
    world.fill(stop, 150)
    world.master(done("S1", "SELL", 150, **of, **_STOP))
    world.obliging = True
    world.fill(entry, 1350)
    world.wait(3)
    assert sum(child.filled for child in world.children("S1", Leg.EXIT)) == 150
    assert world.ledger(FUTURE, product=Product.NRML).held == 1350
    world.check_journal()


def sold_ahead() -> tuple[World, Place]:
    """His target of twenty was half of what he holds; ours sold all twenty, ten of them for the entry that rests."""
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(done("M1", "BUY", 20))
    world.ack_and_fill()
    world.master(an_order("T1", "SELL", 20, price="110"))
    target = world.ack()
    # He buys as much again. Ours is still on its way, and so is the cut of the target, when both targets fill.
    world.master(done("M2", "BUY", 20))
    entry = next(each for each in world.pending if isinstance(each, Place))
    world.pending.clear()
    world.ack(entry)
    world.fill(target)
    world.master(done("T1", "SELL", 20, price="110"))
    return world, entry


def test_a_small_exit_while_nothing_is_held_does_not_forget_what_was_sold_ahead():
    """Then he sells one share more."""
    world, entry = sold_ahead()
    world.master(done("X1", "SELL", 1))
    assert world.held() == 0
    world.obliging = True
    world.fill(entry)
    world.wait(3)
    assert world.held() == 19
    world.check_journal()


def test_what_was_sold_ahead_of_an_entry_that_is_refused_is_not_missing_in_the_next_exit():
    world, entry = sold_ahead()
    world.change(entry, status="REJECTED")
    world.obliging = True
    world.master(done("M3", "BUY", 10))
    world.wait(3)
    assert world.held() == 20
    world.master(done("X1", "SELL", 15))
    world.wait(3)
    assert world.held() == 10
    world.check_journal()


def test_a_cut_that_had_no_budget_leaves_with_the_new_exit_once_there_is_some():
    """He sells the half: the stop that rests for all is too large beside the exit that is sent for it."""
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(done("M1", "BUY", 10))
    world.ack_and_fill()
    world.master(an_order("S1", "SELL", 10, **_STOP))
    stop = world.ack()
    world.allowances = {FATHER: Allowance(total=0, entries=0)}
    world.master(done("X1", "SELL", 5))
    assert not world.pending
    world.allowances = {FATHER: Allowance(total=2, entries=1)}
    world.wait(0.05, step=0.05)
    cut, sent = world.pending
    assert isinstance(cut, Modify)
    assert (cut.order_id, cut.quantity) == (world.order_ids[stop.tag], 5)
    assert isinstance(sent, Place)
    assert sent.quantity == 5


def test_a_cut_that_had_no_budget_goes_before_a_new_entry_elsewhere():
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(done("M1", "BUY", 10))
    world.ack_and_fill()
    world.master(an_order("S1", "SELL", 10, **_STOP))
    stop = world.ack()
    world.allowances = {FATHER: Allowance(total=0, entries=0)}
    world.master(an_order("S1", "SELL", 6, **_STOP), done("M2", symbol="INFY"))
    world.wait(0.3, step=0.1)
    assert not world.pending
    world.allowances = {FATHER: Allowance(total=1, entries=1)}
    world.wait(0.1, step=0.1)
    (cut,) = world.pending
    assert isinstance(cut, Modify)
    assert (cut.order_id, cut.quantity) == (world.order_ids[stop.tag], 6)


def test_a_reduction_that_the_exchange_refused_later_is_asked_again_though_another_change_was_refused():
    """Kite took the cut; while it was pending a new price was refused for now; then all thirty work again."""
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.master(an_order("M1", quantity=30, price=99))
    entry = world.ack()
    world.master(an_order("M1", quantity=10, price=99))
    world.answer(cut := world.modify(), Acked(order_id=cut.order_id))
    world.change(entry, status="MODIFY PENDING", told=False)
    world.read()
    world.wait(1)
    world.master(an_order("M1", quantity=10, price=98))
    world.refuse(world.modify(), RefusalKind.BUSY, "being processed")
    world.change(entry, status="OPEN", told=False)
    world.pending.clear()
    world.master(an_order("M1", quantity=10, price=98, filled_quantity=10, status="COMPLETE"))
    for _ in range(3):
        world.wait(1)
        world.read()
    assert {(type(each), each.quantity) for each in world.pending} == {(Modify, 10)}
