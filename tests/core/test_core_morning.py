"""Each morning what is held is proved again; nothing is traded by that."""

from datetime import date

import pytest
from msgspec.structs import replace

from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import MASTER, Product, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import HoldingRow, PositionRow
from tests.core.core_world import FATHER, FUTURE, LISTED, World, done

NRML, CNC = Product.NRML, Product.CNC


def held_overnight(
    *own: PositionRow,
    symbol: str = FUTURE,
    venue: Venue = Venue.LIVE,
    units: int = 75,
    product: Product | None = None,
) -> World:
    """Copies of a carried contract (or of delivery shares) are held, and the next day has begun."""
    world = World(venue=venue)
    world.positions(*own, holdings=())
    usual, exchange = (NRML, "NFO") if symbol == FUTURE else (CNC, "NSE")
    product = product or usual
    world.master(done("M1", quantity=units, symbol=symbol, exchange=exchange, product=product))
    world.ack_and_fill()
    world.wait(5)
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    for each in (MASTER, FATHER):
        world.log_in(each)
    world.read()
    return world


def carried(units: int, symbol: str = FUTURE) -> PositionRow:
    return PositionRow(
        exchange="NFO", symbol=symbol, product=NRML, quantity=units, overnight_quantity=units
    )


def expire(world: World, *, dropped: bool) -> None:
    """Today's list has the contract no more, or still with yesterday's expiry."""
    yesterday = date(2026, 11, 18)
    listed = {each.key: each for each in LISTED}
    old = listed.pop(f"NFO:{FUTURE}")
    if not dropped:
        listed[old.key] = replace(old, expiry=yesterday)
    world.state.instruments = InstrumentBook(listed, content_hash="today")


def asks(world: World) -> list[str]:
    return [notice.text for notice in world.alerts("this morning")]


def ledger(world: World, symbol: str = FUTURE):
    product = NRML if symbol == FUTURE else CNC
    return world.ledger(symbol, product=product)


def test_the_same_units_are_proved_in_silence_and_only_once():
    world = held_overnight()
    assert ledger(world).unproven
    world.positions(carried(75))
    assert not ledger(world).unproven
    assert not asks(world)
    world.wait(5)
    world.positions(carried(10))
    assert not asks(world), "what happens in the day is another matter"
    world.check_journal()


@pytest.mark.parametrize("dropped", [True, False])
def test_an_expired_contract_closes_its_key_and_is_told_once(dropped):
    world = held_overnight()
    expire(world, dropped=dropped)
    world.master_positions()
    assert not world.alerts("still holds"), "nobody can close what has expired"
    for _ in range(2):
        world.positions()
        world.wait(5)
    assert ledger(world).held == 0
    assert len(world.alerts("has expired")) == 1
    assert not world.pending
    world.check_journal()


def test_an_expired_contract_that_the_account_still_shows_is_kept():
    world = held_overnight()
    expire(world, dropped=True)
    world.positions(carried(75))
    assert ledger(world).held == 75


def test_an_expired_contract_on_paper_is_closed_too():
    world = held_overnight(venue=Venue.PAPER)
    expire(world, dropped=True)
    world.master_positions()
    assert ledger(world).held == 0
    assert world.alerts("has expired")


def test_intraday_units_that_were_left_on_paper_are_closed_the_next_morning_and_told():
    world = held_overnight(venue=Venue.PAPER, symbol="SBIN", units=50, product=Product.MIS)
    assert world.ledger("SBIN", product=Product.MIS).held == 0
    assert len(world.alerts("were left on paper")) == 1
    world.check_journal()


def test_delivery_shares_on_paper_stay_over_the_night():
    world = held_overnight(venue=Venue.PAPER, symbol="SBIN", units=50)
    world.master_positions(PositionRow(exchange="NSE", symbol="SBIN", product=CNC, quantity=50))
    assert ledger(world, "SBIN").held == 50


def test_a_contract_that_is_listed_is_not_closed_and_missing_units_ask_a_person():
    world = held_overnight()
    world.positions()
    assert ledger(world).held == 75
    (alert,) = world.alerts("this morning")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert "of 75 copied" in alert.text
    assert not world.pending


def test_a_split_asks_and_the_exit_takes_no_more_than_was_copied():
    world = held_overnight(symbol="SBIN", units=50)
    world.positions(holdings=(HoldingRow(exchange="BSE", symbol="SBIN", quantity=250),))
    (text,) = asks(world)
    assert "shows 250 SBIN" in text
    assert ledger(world, "SBIN").own == 200
    world.master_positions(holdings=(HoldingRow(exchange="NSE", symbol="SBIN", quantity=250),))
    world.master()
    world.master(done("X1", "SELL", quantity=250, product=CNC))
    assert world.place().quantity == 50


def test_a_reverse_split_asks_and_the_exit_is_cut_to_what_is_there():
    world = held_overnight(symbol="SBIN", units=50)
    world.positions(holdings=(HoldingRow(exchange="NSE", symbol="SBIN", quantity=10),))
    assert len(asks(world)) == 1
    world.master_positions(holdings=(HoldingRow(exchange="NSE", symbol="SBIN", quantity=10),))
    world.master()
    world.master(done("X1", "SELL", quantity=10, product=CNC))
    assert world.place().quantity == 10


def test_the_owners_units_of_yesterday_are_expected_also_on_the_other_side():
    world = held_overnight(carried(-75))
    world.positions(carried(0))
    assert not asks(world)
    assert ledger(world).own == -75


def test_holdings_that_were_not_read_prove_nothing():
    world = held_overnight(symbol="SBIN", units=50)
    world.state.account(FATHER).holdings = None
    world.positions()
    assert ledger(world, "SBIN").unproven
    assert not asks(world)
