"""The day's profit of what is held on paper over the night, and what the morning closes."""

from decimal import Decimal

import pytest

from engine.core.chat.reading import positions_view
from engine.core.state.profit import profit_of_day
from engine.core.values import control as c
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import MASTER, Product, Venue
from engine.core.values.orders import HoldingRow, PositionRow
from tests.core.core_world import FATHER, FUTURE, LISTED, World, done

D = Decimal
CNC, NRML = Product.CNC, Product.NRML


def overnight(*, last: str | None = "120") -> World:
    """Hold ten SBIN on paper for a night; the last tick of the day before is told."""
    world = World(venue=Venue.PAPER)
    world.master(done("M1", product=CNC))
    world.ack_and_fill()
    if last is not None:
        world.wait(1, SBIN=last)
    world.wait(24 * 3600, step=3600)
    return world


def his(world: World, *, close: str, last: str = "0") -> None:
    """Read what the master holds this morning, with the close that Kite tells."""
    holding = HoldingRow(
        exchange="NSE", symbol="SBIN", quantity=10, close_price=D(close), last_price=D(last)
    )
    world.master_positions(holdings=(holding,))


def line(world: World):
    (account,) = positions_view(world.state, FATHER)
    (row,) = account.rows
    return account, row


def test_they_are_measured_from_the_close_that_the_masters_rows_tell():
    world = overnight()
    his(world, close="118")
    world.wait(1, SBIN="121")
    account, row = line(world)
    assert (row.net, row.average_price, row.last_price, row.pnl) == (10, 118, 121, 30)
    assert account.day_pnl == 30
    assert profit_of_day(world.state, Venue.PAPER, FATHER).rupees == 30


def test_until_a_close_is_told_the_last_price_of_the_day_before_stands_in():
    world = overnight(last="120")
    world.wait(1, SBIN="121")
    assert line(world)[1].pnl == 10
    his(world, close="118")
    world.wait(1)
    assert line(world)[1].pnl == 30
    his(world, close="119")
    world.wait(1)
    assert line(world)[1].pnl == 30, "the first close of the day stands"


def test_it_survives_a_restart():
    world = overnight()
    his(world, close="118")
    world.restart()
    assert line(world)[1].pnl is None, "prices are not kept"
    world.wait(1, SBIN="117")
    assert line(world)[1].pnl == -10
    world.check_journal()


def test_where_no_price_was_known_the_first_of_the_day_is_where_it_begins():
    world = overnight(last=None)
    assert line(world)[1].pnl is None
    assert line(world)[1].average_price is None
    world.wait(1, SBIN="125")
    assert line(world)[1].pnl == 0
    world.wait(1, SBIN="124")
    assert line(world)[1].pnl == -10


@pytest.mark.parametrize(
    ("price", "sold", "at", "pnl"),
    [
        ("121", 4, 122, 4 * 4 + 6 * 3),
        ("121", 10, 117, -10),
        ("121", 0, 0, 30),
    ],
)
def test_what_is_sold_today_is_realised_from_the_close(price, sold, at, pnl):
    world = overnight()
    his(world, close="118")
    world.master()
    if sold:
        world.master(done("M2", "SELL", sold, product=CNC))
        exit_ = world.ack()
        world.fill(exit_, price=at)
    world.wait(1, SBIN=price)
    assert line(world)[1].pnl == pnl


def test_more_of_it_bought_today_averages_with_the_close():
    world = overnight()
    world.log_in(MASTER)
    his(world, close="118")
    world.master()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", "BUY", 10, product=CNC))
    world.fill(world.ack(), price=122)
    world.wait(1, SBIN="122")
    assert (line(world)[1].average_price, line(world)[1].pnl) == (120, 40)


def expired(*, last: str | None) -> World:
    """Hold a future on paper over its last day with the program not running."""
    world = World(venue=Venue.PAPER)
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO", product=NRML))
    world.ack_and_fill()
    row = PositionRow(
        exchange="NFO", symbol=FUTURE, product=NRML, quantity=75, last_price=D(last or 0)
    )
    world.master_positions(row)
    world.sleep(24 * 3600)
    world.restart()
    kept = [each for each in LISTED if each.symbol != FUTURE]
    world.state.instruments = InstrumentBook({each.key: each for each in kept}, content_hash="n")
    world.log_in(MASTER)
    world.master_positions()
    return world


@pytest.mark.parametrize(
    ("last", "said"), [("101.5", "at 101.5, the last price"), (None, "no price that is known")]
)
def test_a_contract_that_expired_while_nothing_ran_is_closed_with_what_is_known(last, said):
    world = expired(last=last)
    assert world.ledger(FUTURE, product=NRML).held == 0
    (told,) = world.alerts("has expired")
    assert said in told.text
    world.check_journal()


@pytest.mark.parametrize("last", ["99.50", None])
def test_intraday_units_of_a_day_that_ended_without_us_are_named_with_the_last_price(last):
    world = World(venue=Venue.PAPER)
    world.master(done("M1"))
    world.ack_and_fill()
    if last is not None:
        world.wait(1, SBIN=last)
    world.wait(24 * 3600, step=3600)
    (told,) = world.alerts("were left on paper")
    assert ("last one known here was 99.50" in told.text) is (last is not None)
    assert world.held() == 0
