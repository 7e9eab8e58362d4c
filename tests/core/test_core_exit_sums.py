"""Several resting exits together: with what earlier exits left, they still take no more than is held."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.core.values.control import StopCopy
from engine.core.values.keys import Leg
from engine.core.values.market import Side
from tests.core.core_world import World, a_follower, an_order, done


def test_what_earlier_exits_left_rounds_up_one_of_his_resting_exits_and_not_each():
    """Half his size: of 25 he sells 1 and 1, which leaves almost a whole unit of ours to sell."""
    world = World(a_follower(multiplier="0.5"))
    world.obliging = True
    world.master(done("M1", quantity=25))
    world.wait(3)
    rows = [an_order(f"T{n}", "SELL", 5, price=110 + n) for n in range(4)]
    world.obliging = False
    world.master(*rows)
    for command in list(world.pending):
        world.ack(command)
    world.pending.clear()
    world.obliging = True
    for name in ("S1", "S2"):
        world.master(done(name, "SELL", 1))
        world.wait(3)
    rows.append(an_order("T4", "SELL", 3, price=120))
    world.obliging = False
    world.master(*rows)
    resting = [
        sum(child.outstanding for child in world.children(row.order_id, Leg.EXIT)) for row in rows
    ]
    assert world.held() == 12
    assert resting == [3, 2, 2, 2, 1]
    world.check_journal()


def test_what_filled_ahead_of_an_order_he_cancels_is_gone_before_our_rest_of_it_is_cancelled():
    """His cancel is known, ours is on its way: the exit he places next has its share of what is left."""
    world = World()
    world.master(done("M1", quantity=100))
    world.ack_and_fill()
    target = an_order("T1", "SELL", 60, price=110)
    world.master(done("M1", quantity=100), target)
    ours = world.ack()
    world.fill(ours, 30)
    assert world.held() == 70
    another = an_order("T2", "SELL", 60, price=120)
    ended = an_order("T1", "SELL", 60, price=110, status="CANCELLED")
    world.master(done("M1", quantity=100), ended)
    world.cancel()
    world.master(done("M1", quantity=100), ended, another)
    assert world.place().quantity == 42, "60 of his 100 are 42 of the 70 that are held"


def test_exits_before_an_answer_take_no_more_than_is_held_where_an_earlier_exit_was_cut():
    """The exchange ended it 10 before its end, and a person has it: what is held now is 10 less."""
    world = World(a_follower())
    world.obliging = True
    world.master(done("M1", quantity=10))
    world.master(done("M2", "SELL", 40))
    assert world.held() == -30
    world.obliging = False
    world.master(done("M3", "BUY", 30))
    cut = world.ack()
    world.fill(cut, 20)
    world.change(cut, status="CANCELLED")
    assert world.held() == -10
    world.master(done("M4", quantity=50))
    world.ack_and_fill()
    assert world.held() == 40
    world.obliging = False
    for name, units in (("X1", 35), ("X2", 15)):
        world.hint(an_order(name, "SELL", units, price=95))
        world.hint(done(name, "SELL", units))
    first, second = world.place(), world.place()
    assert first.quantity + second.quantity == 40
    for each in (first, second):
        world.ack_and_fill(each)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()


def test_a_resting_exit_takes_nothing_that_filled_ahead_of_an_order_that_he_still_waits_for():
    """His stop has triggered and ours has filled: his target is for the 3 that he holds, not for those 20."""
    world = World()
    world.master(done("M1", quantity=3))
    world.ack_and_fill()
    world.master(an_order("M2", quantity=20, price=99))
    ahead = world.ack()
    world.master(an_order("X1", "SELL", 3, price=110))
    target = world.ack()
    world.fill(ahead)
    assert not world.pending
    world.fill(target)
    assert not world.pending
    world.master(done("M2", quantity=20, price=99), done("X1", "SELL", 3, price=110))
    world.wait(10)
    assert (world.held(), len(world.pending)) == (20, 0)
    world.check_journal()


@pytest.mark.parametrize("sold", [40, 100])
def test_an_exit_takes_nothing_that_filled_ahead_of_an_order_that_he_still_waits_for(sold):
    """Told by the socket one after the other: he sells of the 50, and his limit fills a moment later."""
    world = World(a_follower(multiplier="2"))
    world.master(done("M1", quantity=50))
    world.ack_and_fill()
    world.master(done("M1", quantity=50), an_order("M2", quantity=50, price=99))
    ahead = world.ack()
    world.fill(ahead)
    assert world.held() == 200
    world.obliging = True
    world.hint(done("X1", "SELL", sold // 2))
    assert world.held() == 200 - sold
    world.hint(done("M2", quantity=50, price=99))
    world.wait(10)
    assert world.held() == 200 - sold
    world.check_journal()


def test_what_filled_ahead_of_an_order_that_he_then_cancels_is_closed_once_he_is_flat():
    """The limit he was waiting for never came to him: nothing of it stays when nothing of his does."""
    world = World()
    world.master(done("M1", quantity=50))
    world.ack_and_fill()
    waits = an_order("M2", quantity=50, price=99)
    world.master(done("M1", quantity=50), waits)
    world.fill(world.ack())
    world.obliging = True
    world.master(done("M1", quantity=50), waits, done("X1", "SELL", 50))
    assert world.held() == 50
    ended = an_order("M2", quantity=50, price=99, status="CANCELLED")
    world.master(done("M1", quantity=50), ended, done("X1", "SELL", 50))
    world.wait(3)
    assert world.held() == 0
    world.check_journal()


@pytest.mark.parametrize("sold", [16, 20])
@pytest.mark.parametrize("told", ["in one read", "before his order fills", "and he takes it back"])
def test_an_exit_of_his_takes_nothing_that_filled_ahead_of_an_order_he_still_waits_for(sold, told):
    """He sells most or all of his 20; our copy of the 5 that he bids for besides has filled already."""
    world = World(a_follower(multiplier="2"))
    world.master(done("M1", quantity=20))
    world.ack_and_fill()
    world.master(an_order("M2", quantity=5, price=99))
    world.fill(world.ack())
    sale = done("X1", "SELL", sold, placed_at=world.now, updated_at=world.now)
    bid = done("M2", quantity=5, price=99)
    if told == "in one read":
        world.wait(1)
        world.master(bid, sale)
    else:
        world.master(sale)
    exiting = world.ack_and_fill()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 2 * sold)
    if told == "before his order fills":
        world.wait(5)
        world.master(bid)
    elif told == "and he takes it back":
        world.master(an_order("M2", quantity=5, price=99, status="CANCELLED"))
    world.wait(5)
    if told == "and he takes it back" and sold == 20:
        assert world.alerts("left while the master is flat")
        world.ack_and_fill()
        assert world.held() == 0
    else:
        assert not world.pending
        assert world.held() == 2 * (20 - sold) + 10
    world.check_journal()


def test_an_order_through_zero_that_filled_here_before_he_did_is_gone_with_his_exits():
    """His sale of 100 rested as an entry when he bought 10: ours of 90 fills, then his, then our exit."""
    world = World()
    sale, bought = done("M1", "SELL", 100, price=110), done("M2", quantity=10)
    world.master(an_order("M1", "SELL", 100, price=110))
    entry = world.ack()
    world.master(bought)
    world.modified()
    world.ack_and_fill()
    leaves = world.ack()
    world.fill(entry)
    world.hint(sale)
    world.fill(leaves)
    assert world.held() == -90
    world.pending.clear()
    world.obliging = True
    world.master(sale, bought, done("X1", quantity=45))
    assert world.held() == -45
    world.master(sale, bought, done("X1", quantity=45), done("X2", quantity=45))
    world.wait(10)
    assert world.held() == 0
    world.check_journal()


def test_where_he_reverses_nothing_is_kept_of_what_filled_ahead_of_his_bid():
    """Copying was stopped meanwhile: no entry of ours would take it along."""
    world = World()
    world.master(done("M1", quantity=20))
    world.ack_and_fill()
    world.master(an_order("M2", quantity=5, price=99))
    world.fill(world.ack())
    assert world.ask(StopCopy()).accepted
    world.master(done("X1", "SELL", 30))
    exiting = world.ack_and_fill()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 25)
    world.wait(5)
    assert (world.held(), len(world.pending)) == (0, 0)
    world.check_journal()


@pytest.mark.parametrize("rests", [False, True])
def test_what_an_exit_left_and_an_entry_was_the_smaller_for_is_not_taken_by_the_next_exit_too(
    rests,
):
    """Half his size: of 5 he sells 2, buys 2 and sells 1. Of his 4 the follower has 2, not 1."""
    world = World(a_follower(multiplier="0.5"))
    world.obliging = True
    world.master(done("M1", quantity=5))
    world.master(done("X1", "SELL", 2))
    assert (world.held(), world.ledger().claim_rest) == (2, Fraction(4, 5))
    world.master(done("M2", quantity=2))
    assert world.held() == 2, "half of his 2, less the half that is held beyond half of his 3"
    if rests:
        world.master(an_order("X2", "SELL", 1, price=110))
        assert not world.children("X2", Leg.EXIT)
    world.master(done("X2", "SELL", 1, price=110))
    assert (world.held(), world.ledger().exact()) == (2, 2)
    world.check_journal()


@given(
    ratio=st.sampled_from(("0.5", "0.75", "1.5")),
    trades=st.lists(st.sampled_from((-3, -2, -1, -1, 1, 2, 3, 5)), min_size=3, max_size=12),
)
@example(ratio="0.5", trades=[5, -2, 2, -1])
def test_what_is_held_is_less_than_a_lot_from_his_share_however_he_adds_and_reduces(ratio, trades):
    world, net = World(a_follower(multiplier=ratio)), 0
    world.obliging = True
    for number, units in enumerate(trades):
        if net + units > 0:
            net += units
            world.master(done(f"M{number}", "BUY" if units > 0 else "SELL", abs(units)))
            assert abs(world.held() - net * Fraction(ratio)) < 1
