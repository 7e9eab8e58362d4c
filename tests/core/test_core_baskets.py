"""Option baskets: which bought option bounds which, and the order in which the legs go."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.core.planning.hedges import covers
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Allowance
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.market import OrderType, Side
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import FATHER, an_order
from tests.core.option_world import (
    BOUGHT,
    FAR,
    LISTED,
    LOT,
    NEAR,
    OTHER,
    PUT,
    SOLD,
    an_option,
    waits,
)

# -- which option bounds which ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "bounds"),
    [
        ({}, True),
        ({"symbol": "NIFTY25000CE"}, True),  # the strike does not matter
        ({"expiry": NEAR - timedelta(days=1)}, False),
        ({"expiry": FAR}, True),
        ({"kind": InstrumentKind.PUT}, False),
        ({"kind": InstrumentKind.FUTURE}, False),
        ({"name": "BANKNIFTY"}, False),
        ({"exchange": "BFO"}, False),
        ({"expiry": None}, False),
        ({"symbol": SOLD}, False),
    ],
)
def test_which_bought_option_is_a_hedge(changed, bounds):
    bought = replace(an_option(BOUGHT), **changed)
    assert covers(bought, an_option(SOLD)) is bounds


def test_an_option_of_which_the_underlying_is_not_known_has_no_hedge():
    assert not covers(an_option(BOUGHT, name=""), an_option(SOLD, name=""))
    assert not covers(an_option(BOUGHT), an_option(SOLD, expiry=None))
    future = an_option("NIFTYFUT", kind=InstrumentKind.FUTURE)
    assert not covers(replace(future, symbol="NIFTYFUT2"), future)


# -- the order in which the legs go ----------------------------------------------------------


def test_the_bought_leg_goes_first_and_the_sold_one_when_it_is_acknowledged():
    world = waits()
    world.master(world.sell(), world.buy())
    bought = world.place()
    assert (bought.side, bought.symbol) == (Side.BUY, BOUGHT)
    world.wait(1, step=0.1)
    assert not world.pending, "no answer yet"
    world.ack(bought)
    sold = world.place()
    assert (sold.side, sold.symbol, sold.quantity) == (Side.SELL, SOLD, LOT)
    world.check_journal()


def test_a_hedge_that_comes_within_the_window_is_waited_for():
    world = waits()
    world.master(world.sell())
    assert not world.pending
    world.wait(0.1, step=0.1)
    world.master(world.buy())
    world.ack_and_fill()
    assert world.place().symbol == SOLD
    assert world.sent() == [(Side.BUY, BOUGHT), (Side.SELL, SOLD)]


@pytest.mark.parametrize(
    ("ms", "sent"), [(149, False), (150, True), (151, True)]
)  # fmt: skip
def test_without_a_hedge_the_sold_leg_leaves_when_the_window_ends(ms, sent):
    world = waits()
    world.master(world.sell())
    world.wait(ms / 1000, step=ms / 1000)
    assert bool(world.pending) is sent


def test_a_hedge_after_the_window_is_an_order_of_its_own():
    world = waits()
    world.master(world.sell())
    world.wait(0.2, step=0.1)
    sold = world.ack_and_fill()
    world.master(world.buy())
    bought = world.place()
    assert (sold.symbol, bought.symbol) == (SOLD, BOUGHT)
    world.refuse(bought)
    assert world.has(SOLD) == -LOT


@pytest.mark.parametrize("bought", [SOLD, BOUGHT, "SBIN"])
def test_nothing_but_a_sold_option_ever_waits(bought):
    world = waits()
    world.state.instruments = InstrumentBook(
        {each.key: each for each in (*LISTED, SBIN)}, content_hash="more"
    )
    world.master(an_order("O1", symbol="SBIN") if bought == "SBIN" else world.buy("O1", bought))
    assert world.place()


SBIN = Instrument(exchange="NSE", symbol="SBIN", token=99, kind=InstrumentKind.EQUITY)


def test_an_exit_never_waits_and_leaves_beside_a_hedge():
    world = waits()
    world.master(world.buy("B0", SOLD))
    world.ack_and_fill()
    world.wait(5)
    world.master(world.sell("X1"), world.buy())
    first, second = world.place(), world.place()
    assert {(each.side, each.symbol) for each in (first, second)} == {
        (Side.SELL, SOLD), (Side.BUY, BOUGHT),
    }  # fmt: skip


def test_of_an_order_through_zero_only_the_part_that_opens_waits():
    world = waits()
    world.master(world.buy("B0", SOLD))
    world.ack_and_fill()
    world.wait(5)
    world.master(world.sell("R1", quantity=2 * LOT), world.buy())
    legs = [world.place(), world.place()]
    exit_ = next(each for each in legs if each.symbol == SOLD)
    assert exit_.quantity == LOT
    world.ack_and_fill(exit_)
    world.wait(0.5, step=0.1)
    assert not world.pending
    world.ack(next(each for each in legs if each.symbol == BOUGHT))
    world.wait(1.2, step=0.1)
    assert (world.place().quantity, world.has(SOLD)) == (LOT, 0)


def test_window_zero_is_off():
    world = waits(basket_window=timedelta(0))
    world.master(world.sell(), world.buy())
    assert [world.place().symbol, world.place().symbol] == [SOLD, BOUGHT]
    world.refuse(world.places()[1])
    assert not world.pending


def test_one_of_two_bought_legs_is_enough_but_both_must_be_answered():
    world = waits()
    world.master(world.sell(), world.buy(), world.buy("B2", OTHER))
    first, second = world.place(), world.place()
    world.refuse(first)
    assert not world.pending
    world.ack(second)
    assert world.place().symbol == SOLD


def test_a_bought_leg_that_waits_for_the_budget_is_waited_for():
    world = waits()
    world.allowances = {FATHER: Allowance(entries=0, total=2)}
    world.master(world.sell(), world.buy())
    world.wait(1, step=0.1)
    assert not world.pending
    world.allowances = {}
    world.wait(0.2, step=0.1)
    world.ack()
    assert world.place().symbol == SOLD


def test_a_bought_leg_that_goes_out_in_another_form_is_waited_for():
    world = waits()
    world.master(world.sell(), world.buy())
    world.refuse(world.place(), RefusalKind.NO_MARKET, "Market orders are not allowed")
    again = world.place()
    assert (again.symbol, again.order_type) == (BOUGHT, OrderType.LIMIT)
    world.ack(again)
    assert world.place().symbol == SOLD


def test_a_put_is_no_hedge_of_a_call():
    world = waits()
    world.master(world.sell(), world.buy("B1", PUT))
    assert world.place().symbol == PUT
    world.refuse(world.places()[0])
    world.wait(0.2, step=0.1)
    assert world.place().symbol == SOLD


# -- together with approval ------------------------------------------------------------------


def test_what_a_person_approves_is_not_held_back():
    world = waits(ask_first=True)
    world.master(world.sell())
    world.wait(2.5)
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert world.place().symbol == SOLD
