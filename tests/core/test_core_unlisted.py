"""A contract that today's list lacks: renamed, expired, or in a segment that was taken away."""

from datetime import date

from msgspec.structs import replace

from engine.core.values import control as c
from engine.core.values.instruments import NO_INSTRUMENTS
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Product, Side
from engine.core.values.notices import SkipReason
from tests.core.core_world import FATHER, FUTURE, INSTRUMENTS, World, done
from tests.core.overnight_world import (
    CARRIED,
    EXPIRY,
    NRML,
    carried,
    held_overnight,
    listing,
    log_in_all,
    next_day,
)


def test_row_64_what_todays_list_lacks_is_not_entered_and_its_exit_goes_by_what_was_recorded():
    world = held_overnight(3600)
    world.restart()
    world.state.instruments = listing(without=FUTURE)
    log_in_all(world, carried(3600), theirs=3600)
    assert not world.alerts("has expired")
    assert world.ask(c.StartCopy()).accepted
    world.master(done("X1", "SELL", quantity=1800, **CARRIED))
    assert world.place().quantity == 1800, "sized and sliced as on the day it was bought"
    world.master(done("X2", "SELL", quantity=1800, **CARRIED))
    assert world.place().quantity == 1800
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.UNKNOWN_INSTRUMENT
    assert not world.alerts("is not in today's list")
    world.check_journal()


def test_row_64_without_any_list_an_exit_of_what_is_held_goes_and_an_entry_waits_for_it():
    world = World()
    world.master(done("M1", quantity=150, **CARRIED))
    world.ack_and_fill()
    world.sleep(2)
    world.restart()
    world.state.instruments = NO_INSTRUMENTS
    world.read()
    world.master(
        *world.master_rows.values(),
        done("X1", "SELL", quantity=150, **CARRIED),
        done("M2", symbol="INFY"),
    )
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity, sent.symbol) == (Side.SELL, 150, FUTURE)
    world.wait(2)
    assert not world.pending
    world.state.instruments = INSTRUMENTS
    world.master(*world.master_rows.values())
    assert world.place().symbol == "INFY"
    world.check_journal()


def test_row_64_an_order_through_zero_exits_before_the_list_is_there():
    world = World()
    world.master(done("M1", quantity=75, **CARRIED))
    world.ack_and_fill()
    world.restart()
    world.state.instruments = NO_INSTRUMENTS
    world.read()
    world.master(*world.master_rows.values(), done("X1", "SELL", quantity=150, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    world.wait(5)
    assert not world.pending


def test_row_64_a_contract_that_was_renamed_is_no_expired_one_and_its_new_name_is_told():
    world = held_overnight()
    world.restart()
    old = replace(INSTRUMENTS.find("NFO", FUTURE), expiry=EXPIRY)
    new = replace(old, symbol="NIFTYNEWFUT")
    world.state.instruments = listing(without=FUTURE, more=(new,))
    log_in_all(world, carried(150, "NIFTYNEWFUT"))
    world.positions(carried(150, "NIFTYNEWFUT"))
    assert world.ledger(FUTURE, product=NRML).held == 150
    assert not world.alerts("has expired")
    (alert,) = world.alerts("is listed as NIFTYNEWFUT")
    assert alert.needs_human
    assert not world.pending


def test_row_64_a_token_that_is_used_again_after_an_expiry_is_no_new_name():
    world = held_overnight(book=listing(expiry=date(2026, 11, 18)))
    other = replace(INSTRUMENTS.find("NFO", FUTURE), symbol="OTHERFUT", expiry=EXPIRY)
    world.state.instruments = listing(without=FUTURE, more=(other,))
    log_in_all(world)
    assert not world.alerts("is listed as")
    assert world.alerts("has expired")
    assert world.ledger(FUTURE, product=NRML).held == 0


def test_row_64_a_token_of_another_contract_is_no_new_name():
    world = held_overnight()
    other = replace(INSTRUMENTS.find("NFO", FUTURE), symbol="OTHERFUT", expiry=date(2027, 1, 28))
    world.state.instruments = listing(without=FUTURE, more=(other,))
    log_in_all(world, theirs=150)
    assert not world.alerts("is listed as")
    assert world.alerts("still holds 150 copied")


def test_row_64_an_exit_of_what_has_expired_is_not_sent_but_asked():
    world = held_overnight(book=listing(expiry=date(2026, 11, 18)))
    world.state.instruments = listing(without=FUTURE)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    assert not world.pending
    assert world.alerts("is not in today's list of instruments")


def test_row_64_what_is_sold_out_is_recorded_no_longer_than_its_day():
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=75, **CARRIED))
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    world.master(done("M2", quantity=10, product=Product.CNC))
    assert len(world.state.listings) == 2
    next_day(world)
    assert set(world.state.listings) == {("NSE", "SBIN")}


def test_row_64_a_segment_that_the_broker_took_away_stops_entries_and_no_exit():
    world = held_overnight()
    for each in (MASTER, FATHER):
        world.log_in(each, "NSE")
    world.master()
    world.master_positions(carried(150))
    world.read()
    world.positions(carried(150))
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.BROKER_SEGMENT
    world.master(done("X1", "SELL", quantity=225, **CARRIED))
    assert world.place().quantity == 150
