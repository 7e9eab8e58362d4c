"""An exit that meets its own entry: unknown, resting, refused, filled late; and an order through zero."""

from decimal import Decimal

from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg
from engine.core.values.market import Side
from engine.core.values.notices import SkipReason
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done


def test_a_short_is_entered_and_bought_back():
    world = World()
    world.obliging = True
    world.master(done("M1", "SELL"))
    assert world.held() == -10
    world.master(done("X1", "BUY"))
    assert world.held() == 0


def test_a_reversal_through_zero_exits_first_and_enters_when_the_exit_has_ended():
    world = holding()
    world.master(done("X1", "SELL", 25))
    exiting = world.place()
    assert (exiting.side, exiting.quantity, exiting.priority) == (Side.SELL, 10, "exit")
    assert not world.pending
    world.ack(exiting)
    world.wait(1)
    assert not world.pending
    world.fill(exiting)
    entering = world.place()
    assert (entering.side, entering.quantity, entering.priority) == (Side.SELL, 15, "entry")
    world.ack_and_fill(entering)
    assert world.held() == -15
    world.wait(30)
    assert not world.pending
    world.check_journal()


def test_a_slow_exit_makes_the_entry_of_a_reversal_stale_and_says_so():
    world = holding()
    world.master(done("X1", "SELL", 25))
    exiting = world.ack()
    world.wait(4)
    world.wait(20)
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.cancelled(command)
        else:
            exiting = world.ack(command)
    world.fill(exiting)
    world.wait(2)
    assert not world.pending
    assert world.held() == 0
    assert world.skip_of("X1") is SkipReason.STALE


def test_an_exit_while_the_entry_is_unknown_waits_for_it_and_takes_only_what_filled():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    world.master(done("X1", "SELL"))
    world.wait(5)
    assert not world.pending
    world.book_row(entry)
    world.change(entry, told=False, status="COMPLETE", filled_quantity=10,
                 average_price=Decimal(100))  # fmt: skip
    world.read()
    exiting = world.place()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 10)
    world.ack_and_fill(exiting)
    assert world.held() == 0
    world.wait(10)
    assert not world.pending
    world.check_journal()


def test_an_exit_while_the_entry_still_rests_cancels_it_and_exits_only_what_filled():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.fill(entry, 4)
    world.master(done("X1", "SELL"))
    assert any(command.priority == "exit" and command.quantity == 4 for command in world.pending), (
        "the known holding exits at once"
    )
    assert any(command.priority == "cancel" for command in world.pending)
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.cancelled(command)
        else:
            world.ack_and_fill(command)
    world.wait(20)
    assert world.held() == 0
    assert not world.pending


def test_an_exit_where_the_entry_was_refused_sends_nothing_and_records_why():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place())
    world.master(done("X1", "SELL"))
    world.wait(10)
    assert not world.pending
    assert world.skip_of("X1", Leg.EXIT) is SkipReason.NOTHING_HELD


def test_a_fill_learned_after_the_master_was_out_is_sold_at_once():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.master(done("X1", "SELL"))
    cancel = world.cancel()
    world.fill(entry)  # it filled before the cancel got there
    late = world.place()
    assert (late.side, late.quantity) == (Side.SELL, 10)
    world.refuse(cancel, RefusalKind.BUSY, "being processed")
    world.ack_and_fill(late)
    world.wait(20)
    assert not world.pending
    assert world.held() == 0


def test_a_fill_learned_after_half_was_sold_is_claimed_by_half():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.master(done("X1", "SELL", 5))
    world.fill(entry)
    sells = [each for each in world.places() if each.side is Side.SELL]
    assert sum(each.quantity for each in sells) == 5


def test_the_other_half_of_a_pair_turns_entry_when_he_is_flat_and_is_not_placed():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="95"))
    stop = world.ack()
    world.fill(target)
    cancel = world.cancel()
    world.master(done("T1", "SELL", price="110"))
    world.cancelled(cancel)
    world.wait(20)
    assert not world.pending, "the remainder is an entry now and is copied only as it fills"
    world.master(an_order("T2", "SELL", price="95", status="CANCELLED"))
    world.wait(10)
    assert not world.pending
    assert world.held() == 0
    del stop


def test_a_reversal_enters_only_when_the_entry_before_it_can_fill_no_more():
    world = World()
    world.master(done("M1"))
    first = world.place()
    world.master(done("X1", "SELL", 12))
    assert not world.places()[1:], "nothing is known to be held, and a short must wait"
    world.ack_and_fill(first)
    world.obliging = True
    world.wait(1.1)
    assert world.held() == -2
    assert [(each.side, each.quantity) for each in world.places()[1:]] == [
        (Side.SELL, 10),
        (Side.SELL, 2),
    ]
