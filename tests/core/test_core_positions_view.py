"""What /positions shows of a follower: nothing that never was, no sum of two different moments."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.chat.reading import positions_view, status_view
from engine.core.values.commands import RefusalKind
from engine.core.values.events import PositionsRead
from engine.core.values.market import MASTER, Product, Venue
from engine.core.values.orders import PositionRow
from tests.core.core_world import FATHER, World, done


def rows_of(world: World, name=FATHER):
    (account,) = positions_view(world.state, name)
    return {row.symbol: (row.net, row.copied) for row in account.rows}


def read_positions(world: World, **net: int) -> None:
    """Read the follower's positions at the broker, asked for and answered now."""
    rows = tuple(
        PositionRow(exchange="NSE", symbol=symbol, product=Product.MIS, quantity=units)
        for symbol, units in net.items()
    )
    world.offer(
        PositionsRead(
            venue=Venue.LIVE, account=FATHER, rows=rows, holdings=(),
            asked_at=world.now, at=world.now,
        )
    )  # fmt: skip


@pytest.mark.parametrize("venue", list(Venue))
def test_an_order_that_never_filled_leaves_no_line(venue):
    world = World(venue=venue)
    world.master(done("M1", quantity=10))
    world.refuse(world.place(), RefusalKind.MARGIN, "Insufficient funds")
    assert rows_of(world) == {}


@pytest.mark.parametrize("venue", list(Venue))
def test_what_filled_is_shown_also_before_the_broker_was_read(venue):
    world = World(venue=venue)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    assert rows_of(world) == {"SBIN": (10 if venue is Venue.PAPER else None, 10)}


def test_a_net_read_before_the_newest_copy_is_not_set_against_it():
    world = World()
    read_positions(world, SBIN=7, INFY=3)
    world.wait(1)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    assert rows_of(world) == {"SBIN": (None, 10), "INFY": (3, 0)}
    follower = next(a for a in status_view(world.state, now=world.now).accounts if a.name == FATHER)
    assert follower.open_positions == 2
    world.wait(1)
    read_positions(world, SBIN=17, INFY=3)
    assert rows_of(world) == {"SBIN": (17, 10), "INFY": (3, 0)}


def test_the_masters_own_rows_are_shown_as_read():
    world = World()
    row = PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=65)
    world.master_positions(replace(row))
    assert rows_of(world, MASTER) == {"SBIN": (65, 0)}


def paper(world: World):
    (account,) = positions_view(world.state, FATHER)
    return account


def test_a_paper_profit_needs_a_price_and_is_never_made_of_the_cost():
    world = World(venue=Venue.PAPER)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    (row,) = paper(world).rows
    assert (row.average_price, row.last_price, row.pnl) == (100, None, None)
    assert paper(world).day_pnl is None
    world.wait(1, SBIN="103.5")
    assert paper(world).day_pnl == 35
    world.restart()
    assert paper(world).day_pnl is None, "prices are not kept"
    world.master_positions(
        PositionRow(
            exchange="NSE",
            symbol="SBIN",
            product=Product.MIS,
            quantity=10,
            last_price=Decimal("99.5"),
        )
    )
    assert paper(world).day_pnl == -5, "what the master's own row was last worth"


def test_a_closed_paper_position_keeps_its_profit_without_a_price():
    world = World(venue=Venue.PAPER)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 10))
    exit_order = world.ack()
    world.fill(exit_order, price=104)
    assert rows_of(world) == {"SBIN": (0, 0)}
    assert paper(world).day_pnl == 40


def test_the_day_of_the_status_is_not_known_where_a_part_of_it_is_not():
    world = World()
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    read_positions(world, INFY=3)
    father = next(a for a in status_view(world.state, now=world.now).accounts if a.name == FATHER)
    assert father.day_pnl is None
