"""Today's list of instruments is old, or has other lots, freeze quantities and ticks than yesterday's."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.decide import trading_day_of
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Ticked
from engine.core.values.instruments import InstrumentBook
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from engine.core.values.notices import SkipReason
from tests.core.core_world import FUTURE, INSTRUMENTS, World, a_follower, done
from tests.core.overnight_world import (
    CARRIED,
    EXPIRY,
    NRML,
    carried,
    held_overnight,
    listing,
    log_in_all,
)


def test_row_63_an_old_list_enters_no_future_and_says_so_while_shares_and_exits_go_on():
    world = held_overnight()
    world.state.instruments = INSTRUMENTS.dated(date(2026, 11, 18))
    log_in_all(world, carried(150), theirs=150)
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", quantity=75, **CARRIED))
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["M2"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.OLD_INSTRUMENTS
    assert "18 Nov" in part.skips[Leg.ENTRY].detail
    world.master(done("M3"))
    assert world.ack_and_fill().symbol == "SBIN"
    world.master(done("X1", "SELL", quantity=225, **CARRIED))
    assert world.ack_and_fill().quantity == 150
    world.state.instruments = INSTRUMENTS.dated(date(2026, 11, 19))
    world.master(done("M4", quantity=75, **CARRIED))
    assert world.place().quantity == 75
    world.check_journal()


def test_row_63_a_list_whose_day_is_not_known_stops_nothing():
    assert not INSTRUMENTS.is_of_before(date(2030, 1, 1))
    assert not INSTRUMENTS.dated(date(2026, 11, 18)).is_of_before(None)


@pytest.mark.parametrize(("his", "ours"), [(150, [130, 20]), (75, [65])])
def test_row_63_after_a_change_of_the_lot_an_exit_is_whole_or_in_the_new_lots(his, ours):
    world = held_overnight()
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=his, **CARRIED))
    assert [place.quantity for place in world.places()[1:]] == ours
    assert bool(world.alerts("is no whole lot")) is (len(ours) > 1)


@pytest.mark.parametrize("book", ["with a freeze quantity", "without one"])
def test_row_63_what_is_no_whole_lot_any_more_keeps_nothing_else_back(book):
    """The exchange refuses an odd lot: all that is a whole lot goes, up the ladder too."""
    world = held_overnight()
    freeze = 1800 if book == "with a freeze quantity" else None
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY, freeze_quantity=freeze)
    log_in_all(world, carried(150), theirs=150)
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    whole = world.ack()
    odd = world.place()
    assert (whole.quantity, odd.quantity) == (130, 20)
    world.refuse(odd, RefusalKind.INPUT, "Quantity should be a multiple of the lot size")
    key = f"NFO:{FUTURE}"
    world.offer(
        Ticked(at=world.now, trading_day=trading_day_of(world.now), prices=((key, Decimal(100)),))
    )
    world.wait(7)
    step = world.modified()
    assert (step.order_type, step.quantity) == (OrderType.LIMIT, 130)
    assert not world.pending
    world.fill(whole)
    world.wait(60)
    assert not world.pending, "what was refused is a person's"
    assert world.ledger(FUTURE, product=NRML).held == 20
    assert any(alert.needs_human for alert in world.alerts("multiple of the lot size"))
    world.check_journal()


def test_row_63_after_a_change_of_the_lot_an_entry_is_in_the_new_lots():
    world = held_overnight(150, a_follower(multiplier="0.5"))
    world.state.instruments = listing(lot_size=65, expiry=EXPIRY)
    log_in_all(world, carried(150), theirs=75)
    assert world.ask(c.StartCopy()).accepted
    world.pending.clear()
    world.master(done("M2", quantity=260, **CARRIED))
    assert world.place().quantity == 130


def test_row_63_after_a_change_of_the_freeze_quantity_an_exit_is_sliced_by_the_new_one():
    world = held_overnight(1800)
    world.state.instruments = listing(freeze_quantity=600, expiry=EXPIRY)
    log_in_all(world, carried(1800), theirs=1800)
    world.master(done("X1", "SELL", quantity=1800, **CARRIED))
    assert [world.place().quantity for _ in range(3)] == [600, 600, 600]
    assert not world.pending


def test_row_63_after_a_change_of_the_tick_prices_of_ours_are_on_the_new_grid():
    option = {"symbol": "RELIANCE26DEC1540CE", "exchange": "NFO", "product": NRML}
    world = World()
    world.master(done("M1", quantity=500, **option))
    world.ack_and_fill()
    old = INSTRUMENTS.find("NFO", option["symbol"])
    world.state.instruments = InstrumentBook(
        {old.key: replace(old, tick_size=Decimal("0.5"))}, content_hash="tick"
    )
    world.master(done("X1", "SELL", quantity=500, average_price="101.3", **option))
    price = world.place().price
    assert price is not None
    assert price % Decimal("0.5") == 0
