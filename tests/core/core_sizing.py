"""Builders for tests of sizing: orders of a future in lots, bursts, and what a skip says."""

from engine.core.values.keys import Leg
from engine.core.values.market import Product
from tests.core.core_world import FUTURE, World, done

LOT = 75


def future(order_id: str = "M1", side: str = "BUY", lots: int = 1, **changed):
    return done(
        order_id, side, lots * LOT, exchange="NFO", symbol=FUTURE, product=Product.MIS, **changed
    )


def pass_by(world: World, seconds: float) -> None:
    """Let a long time pass: the machine slept for most of it, and has looked at everything since."""
    if seconds > 30:
        world.sleep(seconds - 20)
        world.wait(0.5)
        world.master()
        world.read()
        seconds = 19.5
    world.wait(seconds)


def mirrored(world: World) -> int:
    """Let every order that is to leave fill; return what the father then holds of the future."""
    while world.pending:
        world.ack_and_fill()
    books = [book for books in world.state.books.values() for book in books.values()]
    return sum(book.held for book in books if book.key.symbol == FUTURE)


def skip_text(world: World, order_id: str = "M1", symbol: str = FUTURE) -> str:
    skip = world.part(order_id, symbol).skips[Leg.ENTRY]
    return f"{skip.reason.value}: {skip.detail}"
