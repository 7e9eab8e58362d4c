"""Option baskets: when the sold leg is refused, the bought one is kept or unwound."""

import pytest

from engine.core.values import control as c
from engine.core.values.commands import Place, RefusalKind
from engine.core.values.market import Product, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import an_order
from tests.core.option_world import BOUGHT, LATER, LOT, OPTION, OTHER, SOLD, Options, waits

FURTHER = "NIFTY27500CE"


def refused_sold_leg(*, filled: int = LOT, rejected: bool = False, **rules) -> Options:
    world = waits(**rules)
    world.master(world.sell(), world.buy())
    bought = world.ack()
    if filled:
        world.fill(bought, filled)
    sold = world.place()
    if rejected:
        world.ack(sold)
        world.change(sold, status="REJECTED", status_message="RMS:Margin Exceeds")
    else:
        world.refuse(sold, message="Insufficient funds.")
    return world


def test_keep_says_so_and_the_bought_leg_goes_with_his_exit():
    world = refused_sold_leg()
    world.wait(10)
    assert not world.pending
    (alert,) = world.alerts("is kept")
    assert "BASKET__SOLD_LEG_REFUSED=keep" in alert.text
    world.master(world.sell("X2", BOUGHT))
    assert (world.ack_and_fill().symbol, world.has(BOUGHT)) == (BOUGHT, 0)


@pytest.mark.parametrize("rejected", [False, True])
def test_unwind_sells_what_was_bought_once_and_loudly(rejected):
    world = refused_sold_leg(unwind_bought_leg=True, rejected=rejected)
    (alert,) = world.alerts("is unwound")
    assert alert.severity is Severity.CRITICAL
    world.wait(0.1, step=0.1)
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.quantity) == (Side.SELL, BOUGHT, LOT)
    assert exit_.deadline is None
    world.ack_and_fill(exit_)
    world.wait(20)
    assert not world.pending
    assert world.has(BOUGHT) == 0
    book = world.ledger(BOUGHT, product=Product.NRML)
    assert (book.exact(), book.virtual) == (0, 0)
    world.master(world.sell("X2", BOUGHT), world.buy("X1", SOLD))
    world.wait(5)
    assert not world.pending, "his exits find nothing of it"
    world.check_journal()


def test_what_he_buys_next_of_an_unwound_leg_is_copied_by_itself_alone():
    world = refused_sold_leg(unwind_bought_leg=True)
    world.wait(0.1, step=0.1)
    world.ack_and_fill()
    world.wait(5)
    world.master(world.buy("B9", BOUGHT))
    assert world.ack_and_fill().quantity == LOT
    assert world.has(BOUGHT) == LOT
    # He holds two lots, one of which was copied: his exit of both takes all.
    world.master(world.sell("X2", BOUGHT, 2 * LOT))
    assert world.ack_and_fill().quantity == LOT


def test_unwind_cancels_what_rests_and_sells_what_fills_late():
    world = refused_sold_leg(unwind_bought_leg=True, filled=0)
    bought = world.places()[0]
    world.wait(0.1, step=0.1)
    cancel = world.cancel()
    world.fill(bought)
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.quantity) == (Side.SELL, BOUGHT, LOT)
    world.refuse(cancel, RefusalKind.BUSY, "being processed")
    world.ack_and_fill(exit_)
    world.wait(10)
    assert world.has(BOUGHT) == 0
    assert [each for each in world.pending if isinstance(each, Place)] == []


def test_what_another_sold_leg_leans_on_is_not_unwound():
    world = waits(unwind_bought_leg=True)
    world.master(world.sell("S1"), world.sell("S2", OTHER), world.buy(quantity=2 * LOT))
    world.ack_and_fill()
    legs = {each.symbol: each for each in (world.place(), world.place())}
    world.ack_and_fill(legs[OTHER])
    world.refuse(legs[SOLD])
    world.wait(5)
    assert not world.pending
    assert f"{OTHER} leans on it" in world.alerts("is kept")[0].text
    assert world.has(BOUGHT) == 2 * LOT


def test_the_unwinding_goes_on_after_a_restart():
    world = refused_sold_leg(unwind_bought_leg=True)
    assert not world.pending, "it is decided, and has not left"
    world.restart()
    world.read()
    world.positions()
    world.master()
    world.wait(1, step=0.1)
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.quantity) == (Side.SELL, BOUGHT, LOT)
    assert len(world.alerts("is unwound")) == 1


def test_an_own_exit_of_his_between_takes_nothing_twice():
    world = refused_sold_leg(unwind_bought_leg=True)
    world.master(world.sell("X2", BOUGHT))
    sold = sum(each.quantity for each in world.places() if each.side is Side.SELL) - LOT
    assert sold == LOT
    while world.pending:
        world.ack_and_fill()
    world.wait(10)
    assert world.has(BOUGHT) == 0
    assert not world.pending


def test_a_sold_slice_of_the_same_ledger_leans_on_the_bought_leg_too():
    world = waits(unwind_bought_leg=True)
    world.master(world.sell("S1"), world.sell("S2"), world.buy(quantity=2 * LOT))
    world.ack_and_fill()
    first, second = world.place(), world.place()
    world.refuse(first)
    assert f"{SOLD} leans on it" in world.alerts("is kept")[0].text
    world.ack_and_fill(second)
    world.wait(5)
    assert world.has(BOUGHT) == 2 * LOT


def test_two_refused_slices_unwind_the_bought_leg_once():
    world = waits(unwind_bought_leg=True)
    world.master(world.sell("S1"), world.sell("S2"), world.buy(quantity=2 * LOT))
    world.ack_and_fill()
    first, second = world.place(), world.place()
    world.refuse(first)
    world.refuse(second)
    world.wait(0.1, step=0.1)
    assert world.ack_and_fill().quantity == 2 * LOT
    world.wait(5)
    assert not world.pending
    assert len(world.alerts("is unwound")) == 1
    assert world.has(BOUGHT) == 0


def test_a_sold_leg_that_is_still_to_be_sent_leans_on_the_bought_one():
    world = waits(unwind_bought_leg=True)
    world.master(world.sell("S1"), world.buy())
    world.ack_and_fill()
    sold = world.place()
    world.wait(0.05, step=0.05)
    world.master(world.sell("S2", FURTHER), world.buy("B2", OTHER))
    assert world.place().symbol == OTHER
    world.refuse(sold)
    assert f"{FURTHER} leans on it" in world.alerts("is kept")[0].text


def test_a_cover_of_his_in_another_option_leans_on_nothing():
    world = waits(unwind_bought_leg=True)
    world.master(an_order("L1", "BUY", LOT, price=5, symbol=FURTHER, **OPTION))
    world.ack()
    world.wait(5)
    world.master(world.sell(), world.buy())
    world.ack_and_fill()
    world.refuse(world.place())
    assert world.alerts("is unwound")


def test_what_a_shorter_hedge_does_not_cover_does_not_lean_on_it():
    world = waits(unwind_bought_leg=True)
    world.master(world.sell("S0", LATER.symbol))
    world.wait(0.2, step=0.1)
    world.ack_and_fill()
    world.wait(5)
    world.master(world.sell(), world.buy())
    world.ack_and_fill()
    world.refuse(world.place())
    assert world.alerts("is unwound")


def test_half_of_a_lot_that_he_has_exited_is_unwound_with_it():
    world = waits(unwind_bought_leg=True, multiplier="0.5")
    world.master(world.sell(quantity=2 * LOT), world.buy(quantity=2 * LOT))
    world.ack_and_fill()
    sold = world.place()
    world.master(world.sell("X2", BOUGHT, LOT))
    world.wait(0.1, step=0.1)
    assert not world.pending, "half a lot of his is none here"
    world.refuse(sold)
    world.wait(0.1, step=0.1)
    assert world.ack_and_fill().quantity == LOT
    assert world.has(BOUGHT) == 0


def test_a_hedge_that_nobody_was_to_copy_is_none():
    world = waits()
    world.ask(c.StopCopy())
    world.master(world.buy())
    assert world.ask(c.StartCopy()).accepted
    world.master(world.sell())
    world.wait(0.2, step=0.1)
    assert world.place().symbol == SOLD


def test_another_product_of_the_same_option_has_nothing_to_do_with_it():
    world = waits()
    world.master(world.sell("S0", product=Product.MIS))
    world.wait(0.2, step=0.1)
    world.ack_and_fill()
    world.master(world.sell(), world.buy())
    world.refuse(world.place())
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED


def test_a_sold_leg_that_waited_too_long_is_offered_at_what_he_has_kept():
    world = waits()
    world.master(world.sell(quantity=4 * LOT), world.buy())
    bought = world.place()
    world.master(world.buy("X1", SOLD, LOT))
    world.wait(12, step=0.1)
    assert world.why("S1", SOLD) is SkipReason.STALE
    world.ack_and_fill(bought)
    world.read()
    assert press(world, the_offer(world, OfferKind.ENTRY), "Copy").accepted
    assert world.place().quantity == 3 * LOT
