"""Option baskets: what becomes of a sold leg whose hedge was refused, left out, or is of unknown fate."""

from decimal import Decimal

import pytest

from engine.core.values.commands import Place, RefusalKind
from engine.core.values.market import OrderType, Side
from engine.core.values.notices import Severity, SkipReason
from tests.core.core_offers import press
from tests.core.core_world import a_follower, an_order
from tests.core.option_world import BOUGHT, LOT, OPTION, OTHER, SOLD, WINDOW, Options, waits


def test_case_24_the_sold_leg_is_not_sent_where_its_hedge_was_refused():
    world = waits()
    world.master(world.sell(), world.buy())
    world.refuse(world.place(), message="Insufficient funds.")
    world.wait(30)
    assert world.sent() == [(Side.BUY, BOUGHT)]
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED
    (alert,) = world.alerts("is not sent")
    assert f"without its hedge {BOUGHT}: Insufficient funds." in alert.text
    world.master(world.buy("X1", SOLD), world.sell("X2", BOUGHT))
    world.wait(3)
    assert not world.pending, "there is nothing to exit"
    world.check_journal()


def test_a_hedge_of_unknown_fate_is_waited_for_and_then_the_entry_is_too_old():
    world = waits()
    world.master(world.sell(), world.buy())
    world.lose(world.place())
    world.wait(9, step=0.1)
    assert not world.pending
    world.wait(3, step=0.1)
    assert world.why("S1", SOLD) is SkipReason.STALE
    assert not world.pending


def test_a_hedge_that_is_left_out_takes_its_sold_leg_along():
    world = Options(a_follower(basket_window=WINDOW, symbols_block=(f"NFO:{BOUGHT}",)))
    world.master(world.sell(), world.buy())
    world.wait(1, step=0.1)
    assert not world.places()
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED


def test_a_hedge_that_he_took_back_unfilled_is_none():
    world = waits()
    taken_back = an_order("B1", quantity=LOT, symbol=BOUGHT, status="CANCELLED", **OPTION)
    world.master(world.sell(), taken_back)
    world.wait(0.2, step=0.1)
    assert world.place().symbol == SOLD


def test_a_restart_in_the_middle_keeps_the_order_of_the_legs():
    world = waits()
    world.master(world.sell(), world.buy())
    bought = world.place()
    world.book_row(bought)
    world.restart()
    world.wait(0.3, step=0.1)
    assert not world.pending
    world.read()
    world.master()
    world.wait(0.3, step=0.1)
    assert world.place().symbol == SOLD
    assert world.sent() == [(Side.BUY, BOUGHT), (Side.SELL, SOLD)]


@pytest.mark.parametrize("filled", [True, False])
def test_a_hedge_that_is_rejected_after_it_was_taken_leaves_a_short_that_is_named(filled):
    world = waits()
    world.master(world.sell(), world.buy())
    bought = world.ack()
    sold = world.ack()
    if filled:
        world.fill(sold)
    world.change(bought, status="REJECTED", status_message="RMS:Margin Exceeds")
    (alert,) = world.alerts("stands without its hedge")
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, True)
    assert SOLD in alert.text
    world.wait(10)
    assert not world.pending, "it is not bought back by itself"
    assert len(world.alerts("stands without its hedge")) == 1


def test_a_rejected_hedge_beside_one_that_stands_leaves_nothing_bare():
    world = waits()
    world.master(world.sell(), world.buy(), world.buy("B2", OTHER))
    first, second = world.ack(), world.ack()
    world.fill(second)
    world.ack_and_fill()
    world.change(first, status="REJECTED", status_message="RMS:Margin Exceeds")
    assert not world.alerts("stands without its hedge")


@pytest.mark.parametrize("unit", [0, LOT])
def test_a_hedge_that_he_had_cancelled_by_then_stands_or_is_none(unit):
    """What he took back unfilled was never his hedge: the sold leg goes when the window ends."""
    world = waits()
    world.master(world.sell(), an_order("B1", quantity=LOT, price=100, symbol=BOUGHT, **OPTION))
    bought = world.place()
    if unit:
        world.ack(bought)
        assert world.place().symbol == SOLD
        return
    world.book_row(bought)
    world.master(
        an_order("B1", quantity=LOT, price=100, symbol=BOUGHT, status="CANCELLED", **OPTION)
    )
    world.wait(0.2, step=0.1)
    assert world.place().symbol == SOLD


def test_a_person_who_approved_the_sold_leg_alone_is_followed():
    """He was asked leg by leg: that its hedge was declined does not hold it back."""
    world = waits(ask_first=True)
    world.master(world.sell(), world.buy())
    world.wait(2.5)
    offers = {each.question.key.symbol: each for each in world.state.open_offers.values()}
    press(world, offers[BOUGHT], "Skip")
    press(world, offers[SOLD], "Copy")
    assert world.place().symbol == SOLD


def test_a_refused_stop_of_the_hedge_goes_out_as_a_limit_later_and_is_waited_for():
    world = waits()
    stop = {"order_type": OrderType.SL, "price": 101, "trigger_price": Decimal(100)}
    row = an_order("B1", quantity=LOT, symbol=BOUGHT, status="TRIGGER PENDING", **stop, **OPTION)
    world.master(world.sell(), row)
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price is past")
    world.wait(1, step=0.1)
    assert not world.pending


def _sold_beside_a_hedge_that_is_to_exit_first(**changed) -> tuple[Options, Place]:
    """A sold option that rests, and a buy of its hedge that goes through zero: its exit is on its way."""
    world = waits(**changed)
    world.master(world.sell("S0", BOUGHT))
    world.wait(0.2, step=0.1)
    world.ack_and_fill()
    world.wait(5)
    sold = an_order("S1", "SELL", quantity=LOT, symbol=SOLD, price=100, **OPTION)
    world.master(world.buy(quantity=2 * LOT), sold)
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.quantity) == (Side.BUY, BOUGHT, LOT)
    return world, exit_


@pytest.mark.parametrize("is_out_again", [True, False])
def test_a_hedge_whose_own_exit_was_refused_does_not_come(is_out_again):
    """It would wait for that exit for ever, and the sold leg for it, without a word."""
    world, exit_ = _sold_beside_a_hedge_that_is_to_exit_first()
    if is_out_again:
        world.master(world.sell("X1", BOUGHT))
    world.wait(0.5, step=0.1)
    assert world.why("S1", SOLD) is None, "its exit is on its way"
    world.refuse(exit_, message="Insufficient funds.")
    world.wait(0.2, step=0.1)
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED
    (alert,) = world.alerts("is not sent")
    assert f"without its hedge {BOUGHT}: its exit comes first: Insufficient funds." in alert.text
    assert not world.pending
    world.check_journal()


def test_a_hedge_whose_own_exit_is_sent_again_by_itself_is_waited_for():
    world, exit_ = _sold_beside_a_hedge_that_is_to_exit_first()
    world.refuse(exit_, RefusalKind.RATE, "Too many requests")
    world.wait(0.5, step=0.1)
    assert world.why("S1", SOLD) is None
    world.wait(1, step=0.1)
    world.ack_and_fill()
    world.wait(1.2, step=0.1)
    world.ack()
    assert world.place().symbol == SOLD
    assert not world.alerts("is not sent")


def test_a_sold_leg_that_waits_long_for_its_hedge_says_so_once():
    world = waits()
    sold = an_order("S1", "SELL", quantity=LOT, symbol=SOLD, price=100, **OPTION)
    world.master(sold, world.buy())
    bought = world.place()
    world.lose(bought)
    world.wait(9.9, step=0.1)
    assert not world.alerts(f"SELL {SOLD}")
    world.wait(20, step=0.1)
    (alert,) = world.alerts(f"SELL {SOLD} waits for its hedge {BOUGHT}")
    assert alert.severity is Severity.WARNING
    assert not world.pending
    world.book_row(bought)
    world.wait(1, step=0.1)
