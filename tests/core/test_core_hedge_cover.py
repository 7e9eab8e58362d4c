"""How much of what he sold a bought leg bounds: it bounds its own units, and none of them twice."""

from datetime import timedelta

import pytest

from engine.core.values.market import OrderType
from engine.core.values.notices import SkipReason
from tests.core.core_world import an_order
from tests.core.option_world import BOUGHT, LOT, OPTION, OTHER, SOLD, WINDOW, waits

HALF = WINDOW / 2


def seconds(span: timedelta) -> float:
    return span.total_seconds()


@pytest.mark.parametrize(
    ("lots", "sent"),
    [(2, False), (3, True), (4, True)],
)
def test_a_bought_leg_bounds_as_many_units_as_it_has(lots, sent):
    """He sells three lots: with fewer bought the rest of the hedge is waited for, to the end of the window."""
    world = waits()
    world.master(world.sell(quantity=3 * LOT), world.buy(quantity=lots * LOT))
    world.ack()
    assert [each.symbol for each in world.pending] == [SOLD] * sent
    world.wait(seconds(WINDOW), step=seconds(WINDOW))
    assert [each.symbol for each in world.pending] == [SOLD]


def test_a_sold_leg_waits_for_its_own_hedge_where_another_sold_leg_leans_on_the_one_that_stands():
    world = waits()
    world.master(world.sell("S1"), world.buy("B1"))
    world.ack()
    world.ack_and_fill()
    world.wait(seconds(HALF), step=seconds(HALF))
    world.master(world.sell("S2"))
    assert not world.pending
    world.master(world.buy("B2"))
    world.ack()
    assert world.place().symbol == SOLD


def test_a_sold_leg_of_which_the_own_hedge_was_refused_leans_on_no_units_that_are_taken():
    world = waits()
    world.master(world.sell("S1"), world.buy("B1"))
    world.ack()
    world.ack_and_fill()
    world.wait(seconds(HALF), step=seconds(HALF))
    world.master(world.sell("S2"), world.buy("B2"))
    world.refuse(world.place())
    world.wait(1, step=0.1)
    assert not world.pending
    assert world.why("S2", SOLD) is SkipReason.HEDGE_REFUSED


def test_a_small_buy_that_stands_does_not_bound_what_its_refused_neighbour_was_to_bound():
    """A bought lot that rests far away is no hedge of five sold ones."""
    world = waits()
    world.master(
        world.sell(quantity=5 * LOT),
        world.buy(quantity=5 * LOT),
        an_order("B2", "BUY", LOT, price=5, symbol=BOUGHT, **OPTION),
    )
    legs = {each.order_type: each for each in (world.place(), world.place())}
    world.ack(legs[OrderType.LIMIT])
    world.refuse(legs[OrderType.MARKET])
    world.wait(1, step=0.1)
    assert not world.pending
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED


def test_a_rejected_hedge_beside_one_that_is_too_small_leaves_a_short_that_is_named():
    world = waits()
    world.master(world.sell(quantity=3 * LOT), world.buy(quantity=2 * LOT), world.buy("B2", OTHER))
    first, second = world.ack(), world.ack()
    world.fill(second)
    world.ack_and_fill()
    world.change(first, status="REJECTED", status_message="RMS:Margin Exceeds")
    assert len(world.alerts("stands without its hedge")) == 1
