"""Baskets: the bought leg goes first, and a sold leg never stands where its hedge was refused."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine.core.planning.hedges import covers
from engine.core.values import control as c
from engine.core.values.commands import Place, RefusalKind
from engine.core.values.events import Allowance
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_offers import press, the_offer
from tests.core.core_world import FATHER, World, a_follower, an_order, done

LOT = 65
NEAR, FAR = date(2026, 12, 1), date(2026, 12, 29)
WINDOW = timedelta(milliseconds=150)
OPTION = {"exchange": "NFO", "product": Product.NRML}


def an_option(symbol: str, token: int = 0, **changed) -> Instrument:
    kind = InstrumentKind.PUT if symbol.endswith("PE") else InstrumentKind.CALL
    plain = {"exchange": "NFO", "name": "NIFTY", "lot_size": LOT, "expiry": NEAR, "kind": kind}
    return Instrument(symbol=symbol, token=token, **(plain | changed))


LATER = an_option("NIFTYD2926000CE", 9, expiry=FAR)
LISTED = (LATER, *tuple(
    an_option(f"NIFTY{strike}", number) for number, strike in enumerate(
        ("26000CE", "26500CE", "27000CE", "25000PE", "24500PE", "27500CE")
    )
))  # fmt: skip
SOLD, BOUGHT, OTHER, PUT = "NIFTY26000CE", "NIFTY26500CE", "NIFTY27000CE", "NIFTY25000PE"
FURTHER = "NIFTY27500CE"


class Options(World):
    """A world that lists options of one underlying."""

    def _configure(self, state) -> None:
        super()._configure(state)
        listed = {each.key: each for each in LISTED}
        state.instruments = InstrumentBook(listed, content_hash="options")

    def sell(self, order_id: str = "S1", symbol: str = SOLD, quantity: int = LOT, **more):
        return done(order_id, "SELL", quantity, symbol=symbol, **(OPTION | more))

    def buy(self, order_id: str = "B1", symbol: str = BOUGHT, quantity: int = LOT, **more):
        return done(order_id, "BUY", quantity, symbol=symbol, **(OPTION | more))

    def has(self, symbol: str) -> int:
        return self.ledger(symbol, product=Product.NRML).held

    def part_of(self, order_id: str, symbol: str):
        return self.ledger(symbol, product=Product.NRML).parts[order_id]

    def why(self, order_id: str, symbol: str) -> SkipReason | None:
        known = self.part_of(order_id, symbol).skips.get(Leg.ENTRY)
        return known.reason if known else None

    def sent(self) -> list[tuple[Side, str]]:
        return [(each.side, each.symbol) for each in self.places()]


def waits(**changed) -> Options:
    return Options(a_follower(**({"basket_window": WINDOW} | changed)))


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
    bought = dataclasses.replace(an_option(BOUGHT), **changed)
    assert covers(bought, an_option(SOLD)) is bounds


def test_an_option_of_which_the_underlying_is_not_known_has_no_hedge():
    assert not covers(an_option(BOUGHT, name=""), an_option(SOLD, name=""))
    assert not covers(an_option(BOUGHT), an_option(SOLD, expiry=None))
    future = an_option("NIFTYFUT", kind=InstrumentKind.FUTURE)
    assert not covers(dataclasses.replace(future, symbol="NIFTYFUT2"), future)


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


# -- when the bought leg is refused ----------------------------------------------------------


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


# -- when the sold leg is refused ------------------------------------------------------------


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


# -- together with approval ------------------------------------------------------------------


def test_what_a_person_approves_is_not_held_back():
    world = waits(ask_first=True)
    world.master(world.sell())
    world.wait(2.5)
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert world.place().symbol == SOLD
