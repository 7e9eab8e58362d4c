"""The freeze quantity and orders that work already: changed, filled up, covered, not made smaller."""

import pytest

from engine.core.values.commands import Modify, Place
from engine.core.values.keys import Leg
from engine.core.values.market import Side
from tests.core.core_world import FATHER
from tests.core.nifty_world import CALL, LOT, NiftyWorld, holding, nifty, nifty_done


def test_an_order_the_broker_took_is_not_made_smaller_by_what_was_learned_later():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 27, price=100))
    resting = world.ack()
    world.master(nifty_done("M2", "BUY", 27, symbol=CALL))
    world.say(world.place(), 1200)
    world.master(nifty("M1", "BUY", 27, price=100, filled_quantity=LOT))
    world.wait(5)
    assert not world.pending
    assert world.row(resting).quantity == 1755


def test_what_it_takes_no_change_of_any_more_is_cancelled_and_sliced_anew():
    world = NiftyWorld()
    world.master(nifty("M1", "BUY", 27, price=100))
    world.ack()
    world.master(nifty("M1", "BUY", 27, price=99))
    change = world.modify()
    assert change.quantity == 1755
    world.say(change, 1200)
    world.cancelled()
    assert [(each.quantity, each.price) for each in (world.place(), world.place())] == [
        (1170, 99),
        (585, 99),
    ]


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.EXIT])
def test_a_change_that_would_pass_the_freeze_fills_the_order_up_and_makes_a_further_one(leg):
    world, side, order_id = resting_pair(leg, lots=20)
    world.master(nifty(order_id, side, 40, price=100))
    changed = world.modify()
    assert changed.quantity == 1755
    rest = world.place()
    assert (rest.quantity, rest.price) == (40 * LOT - 1755, 100)
    world.modified(changed)
    world.ack(rest)
    world.wait(5)
    assert not world.pending
    # And down again: the further one goes first.
    world.master(nifty(order_id, side, 20, price=100))
    kept, gone = world.modify(), world.cancel()
    assert kept.quantity == 20 * LOT
    assert gone.order_id == world.order_ids[rest.tag]
    world.check_journal()


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.EXIT])
def test_a_change_that_is_refused_for_its_size_keeps_what_it_may_and_makes_a_further_one(leg):
    world, side, order_id = resting_pair(leg, lots=10)
    world.master(nifty(order_id, side, 25, price=100))
    changed = world.modify()
    assert changed.quantity == 1625
    world.say(changed, 1200)
    world.read()
    world.wait(2)
    world.read()
    world.wait(2)
    total, seen = 0, []
    while world.pending:
        command = world.take()
        seen.append(command.quantity)
        if isinstance(command, Modify):
            world.modified(command)
        else:
            assert isinstance(command, Place)
            world.ack(command)
    rows = [row for row in world.rows[FATHER].values() if not row.status.is_terminal]
    total = sum(row.quantity for row in rows)
    assert total == 25 * LOT, seen
    assert max(row.quantity for row in rows) <= 1200
    assert len(rows) == 2
    world.check_journal()


def resting_pair(leg: Leg, *, lots: int) -> tuple[NiftyWorld, str, str]:
    """Return a world in which an entry (or an exit) of some lots rests with the master's own."""
    if leg is Leg.ENTRY:
        world = NiftyWorld()
        world.master(nifty("M1", "BUY", lots, price=100))
        world.ack()
        return world, "BUY", "M1"
    world = holding(60)
    world.master(nifty("X1", "SELL", lots, price=100))
    world.ack()
    return world, "SELL", "X1"


def gone_through_zero() -> tuple[NiftyWorld, list[Place]]:
    """Return a world 40 lots short by two exits that both filled, and the covers that left."""
    world = holding(40)
    world.master(nifty("T", "SELL", 40, price=110))
    target = [world.ack(), world.ack()]
    world.master(nifty_done("X1", "SELL", 40), nifty("T", "SELL", 40, price=110))
    orders = [each for each in world.pending if isinstance(each, Place)]
    world.pending.clear()
    # Both fill before any cancel arrives.
    for each in target:
        world.fill(each)
    for each in orders:
        world.ack_and_fill(each)
    assert world.held() == -40 * LOT
    covers = [each for each in world.pending if isinstance(each, Place)]
    assert sum(each.quantity for each in covers) == 40 * LOT
    return world, covers


def test_a_cover_that_is_refused_for_good_is_not_sent_again_while_another_works():
    world, (first, second) = gone_through_zero()
    world.pending.clear()
    world.refuse(first, "margin", "no funds")
    assert not world.pending
    world.ack_and_fill(second)
    world.wait(5)
    assert not world.pending
    assert world.held() == -first.quantity
    assert world.alerts("was refused")[-1].needs_human


def test_what_went_through_zero_is_covered_in_slices_of_what_was_learned():
    world, _ = gone_through_zero()
    world.truth = 1200
    covers = world.settle()
    assert {each.side for each in covers} == {Side.BUY}
    assert sum(each.quantity for each in covers) == 40 * LOT
    assert max(each.quantity for each in covers) == 1170
    assert world.held() == 0
