"""What becomes of an entry of the master: copied in which form and size, or not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Side, Variety
from engine.core.values.notices import SkipReason
from tests.core.core_orders import BOTH
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


@BOTH
def test_a_market_order_becomes_a_protected_market_order(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(done())
    sent = world.place()
    assert (sent.side, sent.quantity, sent.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert sent.market_protection == Decimal(-1)
    assert sent.product is Product.MIS
    assert not world.pending
    world.check_journal()


def test_a_market_order_shown_as_a_protected_limit_is_still_a_market_order():
    world = World()
    world.master(done(price="101", tags=("mktp",)))
    assert world.place().order_type is OrderType.MARKET


def test_a_rejected_master_order_becomes_nothing():
    world = World()
    world.master(an_order(price="99.5", status="VALIDATION PENDING"))
    assert not world.pending
    world.master(an_order(price="99.5", status="REJECTED"))
    assert not world.pending
    assert world.skip_of() is SkipReason.MASTER_REJECTED


def test_an_order_that_is_only_being_validated_is_no_wish_yet():
    world = World()
    for status in ("PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING"):
        world.master(an_order(price="99.5", status=status))
        assert not world.pending
    world.master(an_order(price="99.5"))
    assert world.place()


def test_each_follower_has_a_size_and_a_tag_of_his_own():
    world = World(a_follower("father", multiplier=2), a_follower("mother", multiplier="0.5"))
    world.master(done())
    sent = {command.follower: command for command in world.places()}
    assert {name: each.quantity for name, each in sent.items()} == {FATHER: 20, MOTHER: 5}
    assert sent[FATHER].tag != sent[MOTHER].tag


def test_quantities_are_whole_lots_and_less_than_a_lot_is_a_recorded_skip():
    world = World(a_follower("father", multiplier="0.5"), a_follower("mother", multiplier="0.3"))
    world.master(done(exchange="NFO", symbol=FUTURE, quantity=225))
    sent = world.places()
    assert [(each.follower, each.quantity) for each in sent] == [(FATHER, 75)]
    assert world.skip_of(symbol=FUTURE, name=MOTHER) is SkipReason.ZERO_LOTS


def test_half_a_multiplier_and_many_small_adds_carry_the_fractions_over():
    world = World(a_follower(multiplier="0.5"))
    world.obliging = True
    for number in range(1, 8):
        world.master(done(f"M{number}", quantity=1))
        world.wait(0.5)
        assert world.held() == number // 2
    world.master(done("X1", "SELL", 7))
    assert world.held() == 0
    # Flat: nothing is owed any more.
    assert world.ledger().exact() == 0
    world.master(done("M8", quantity=1))
    assert world.held() == 0
    world.check_journal()


def test_fractions_of_lots_are_carried_over_too():
    world = World(a_follower(multiplier="0.5"))
    world.obliging = True
    for number in range(1, 4):
        world.master(done(f"M{number}", exchange="NFO", symbol=FUTURE, quantity=75))
        world.wait(0.5)
    assert world.held(FUTURE) == 75
    world.master(done("M4", exchange="NFO", symbol=FUTURE, quantity=75))
    assert world.held(FUTURE) == 150


@pytest.mark.parametrize(("multiplier", "lots"), [("0.5", 2), ("0.34", 1), ("1", 5), ("2.5", 12)])
def test_mcx_lots_are_scaled_as_given_and_cut_to_whole_ones(multiplier, lots):
    world = World(a_follower(multiplier=multiplier))
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    world.master(done(quantity=5, **crude))
    assert world.place().quantity == lots


def test_many_partial_fills_make_one_order():
    world = World()
    for filled in range(1, 11):
        world.master(an_order(filled_quantity=filled))
    world.master(done())
    assert len(world.places()) == 1
    assert world.places()[0].quantity == 10


def test_a_refused_entry_leaves_the_follower_out_of_that_order_only():
    world = World()
    world.master(an_order(price="99.5"))
    world.refuse(world.place())
    world.master(an_order(price="99.5", filled_quantity=5))
    world.master(done(price="99.5"))
    world.wait(30)
    assert not world.pending
    assert world.alerts("no funds")
    world.master(done("M2"))
    assert world.place().quantity == 10
    world.check_journal()


def test_a_rejected_child_is_final_and_said_in_the_brokers_words():
    world = World()
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.change(child, status="REJECTED", status_message="RMS: margin exceeds")
    world.master(done(price="99.5"))
    world.wait(30)
    assert not world.pending
    assert len(world.alerts("RMS: margin exceeds")) == 1


def test_an_entry_cancelled_by_a_stranger_is_not_placed_again():
    world = World()
    world.master(an_order(price="99.5"))
    child = world.ack()
    world.change(child, status="CANCELLED")
    world.master(done(price="99.5"))
    world.wait(30)
    assert not world.pending
    assert world.alerts("cancelled, not by us")


def test_a_429_on_an_entry_is_not_retried():
    world = World()
    world.master(done())
    world.refuse(world.place(), "rate", "Too many requests")
    world.wait(5)
    assert not world.pending


def test_what_the_master_did_before_the_start_is_not_entered():
    world = World(copying=False)
    world.master(done("M1"))
    world.ask(c.StartCopy())
    world.wait(3)
    assert not world.pending
    assert world.skip_of("M1") is SkipReason.NOT_COPYING
    world.master(done("M2"))
    assert world.place()


def test_an_open_order_from_before_the_start_is_copied_only_where_asked():
    world = World(copying=False)
    world.master(an_order("M1", price="99.5"))
    world.ask(c.StartCopy())
    assert not world.pending
    world.ask(c.StopCopy())
    world.ask(c.StartCopy(copy_open_orders=True))
    assert world.place().price == Decimal("99.5")


def test_a_hint_that_is_not_trusted_opens_nothing_until_the_book_shows_it():
    world = World()
    world.hint(done(), trusted=False)
    assert not world.pending
    assert "master" in world.reads
    world.master(done())
    assert world.place()


def test_a_trusted_hint_opens_at_once_and_the_book_adds_nothing():
    world = World()
    world.hint(done())
    world.ack_and_fill()
    world.master(done())
    world.wait(5)
    assert not world.pending
    assert world.held() == 10


def test_entries_wait_for_the_budget_and_leave_when_it_is_there():
    from engine.core.values.events import Allowance

    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=2)}
    world.master(done())
    assert not world.pending
    world.wait(0.3, step=0.1)
    assert not world.pending
    world.allowances = {FATHER: Allowance(entries=1, total=2)}
    world.wait(0.2, step=0.1)
    assert world.place()


def test_an_entry_that_waited_too_long_for_the_budget_is_dropped():
    from engine.core.values.events import Allowance

    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done())
    world.wait(12)
    world.allowances = {}
    world.wait(2)
    assert not world.pending
    assert world.children("M1", Leg.ENTRY)[0].state == "EXPIRED"
    assert world.ledger().exact() == 0


def test_a_gap_with_two_reversals_enters_what_the_master_holds_now_and_no_more():
    world = World(a_follower(multiplier=2))
    world.obliging = True
    world.master(done("M1", quantity=2))
    world.sleep(1)
    # One read shows it all: short eight, four of them bought back, then long six.
    world.master(
        done("M2", "SELL", 10, updated_at=world.now - timedelta(seconds=0.8)),
        done("M3", "BUY", 3, updated_at=world.now - timedelta(seconds=0.6)),
        done("M4", "BUY", 1, updated_at=world.now - timedelta(seconds=0.4)),
        done("M5", "BUY", 10, updated_at=world.now - timedelta(seconds=0.2)),
    )
    world.wait(5)
    assert world.held() == 12
    assert all(command.quantity <= 12 for command in world.places())
    world.check_journal()


@pytest.mark.parametrize(
    "variety", [Variety.ICEBERG, Variety.AMO, Variety.REGULAR], ids=lambda v: v.value
)
def test_a_leg_of_an_iceberg_and_an_order_from_the_night_are_copied_as_regular_orders(variety):
    world = World()
    world.master(an_order(price="99", variety=variety))
    assert world.place().variety is Variety.REGULAR


def test_an_after_market_order_is_no_wish_until_the_exchange_has_it():
    world = World()
    world.master(an_order(price="99", variety=Variety.AMO, status="AMO REQ RECEIVED"))
    world.wait(20)
    assert not world.pending
    world.master(an_order(price="99", variety=Variety.AMO))
    assert world.place().price == Decimal(99)


def test_an_after_market_order_from_before_the_start_is_copied_only_where_asked():
    world = World(copying=False)
    queued = an_order(price="99", variety=Variety.AMO, status="AMO REQ RECEIVED")
    world.master(queued)
    world.ask(c.StartCopy(copy_open_orders=True))
    assert not world.pending
    world.master(an_order(price="99", variety=Variety.AMO))
    assert world.place().price == Decimal(99)


@pytest.mark.parametrize("multiplier", ["0.5", "0.34", "1", "1.5", "2"])
def test_the_legs_of_an_iceberg_are_scaled_as_one(multiplier):
    world = World(a_follower(multiplier=multiplier))
    world.obliging = True
    for leg in range(1, 8):
        world.master(done(f"L{leg}", quantity=15, variety=Variety.ICEBERG))
        world.wait(1)
    assert world.held() == int(Decimal(multiplier) * 7 * 15)
