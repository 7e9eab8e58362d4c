"""A future that is carried over the night, and the next day's logins, positions and list."""

from datetime import date

from msgspec.structs import replace

from engine.core.values.instruments import Instrument, InstrumentBook
from engine.core.values.market import MASTER, Product, Venue
from engine.core.values.orders import PositionRow
from tests.core.core_world import FUTURE, INSTRUMENTS, KINDS, LISTED, World, done

NRML = Product.NRML
CARRIED = {"symbol": FUTURE, "exchange": "NFO", "product": NRML}
EXPIRY = date(2026, 12, 31)


def listing(*, without: str = "", more: tuple[Instrument, ...] = (), **future) -> InstrumentBook:
    """Return a list of instruments in which the future is another one than in the world's."""
    found = {each.key: each for each in (*LISTED, *KINDS, *more) if each.symbol != without}
    if future:
        old = INSTRUMENTS.find("NFO", FUTURE)
        found[old.key] = replace(old, **future)
    return InstrumentBook(found, content_hash="another")


def carried(units: int, symbol: str = FUTURE) -> PositionRow:
    return PositionRow(
        exchange="NFO", symbol=symbol, product=NRML, quantity=units, overnight_quantity=units
    )


def held_overnight(units: int = 150, *followers, venue: Venue = Venue.LIVE, book=None) -> World:
    """The future is held by all and it is the next day; nobody has logged in yet."""
    world = World(*followers, venue=venue)
    world.state.instruments = book or listing(expiry=EXPIRY)
    world.obliging = True
    world.master(done("M1", quantity=units, **CARRIED))
    world.obliging = False
    world.wait(5)
    world.positions(carried(units))
    next_day(world)
    return world


def next_day(world: World) -> None:
    world.master_rows.clear()
    for rows in world.rows.values():
        rows.clear()
    world.sleep(24 * 3600)
    world.wait(1)


def log_in_all(world: World, *master_rows: PositionRow, theirs: int | None = None) -> None:
    """Log everybody in; the master shows these rows, and the father so many units."""
    for each in (MASTER, *world.rules):
        world.log_in(each)
    world.master()
    world.master_positions(*master_rows)
    for each in world.rules:
        world.read(each)
    world.positions(*([carried(theirs)] if theirs else []))
    if world.state.venue is Venue.LIVE:
        world.go_live()
