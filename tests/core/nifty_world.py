"""A world of one underlying: NIFTY in lots of 65, with a freeze table that may be wrong."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from engine.core.state.state import State
from engine.core.values.commands import Command, Place, RefusalKind, Refused
from engine.core.values.events import RowHinted
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.keys import Key
from engine.core.values.market import MASTER, AccountName, OrderType, Product, Side, Venue
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules
from tests.core.core_world import FATHER, World, a_follower, an_order

LOT = 65
FUTURE = "NIFTY26DECFUT"
CALL = "NIFTY26DEC26000CE"
TABLE = date(2026, 11, 1)


class NiftyWorld(World):
    """A world whose exchange has a freeze quantity of its own, whatever the table says.

    Attributes:
        table: Units the table gives; None where it gives none.
        table_date: Of the table.
        truth: Units the exchange takes in one order; None where it takes any.
    """

    def __init__(
        self,
        *followers: FollowerRules,
        table: int | None = 1800,
        table_date: date | None = TABLE,
        truth: int | None = None,
        **changed: Any,
    ) -> None:
        self.table, self.table_date, self.truth = table, table_date, truth
        super().__init__(*(followers or (a_follower(),)), **changed)

    def _configure(self, state: State) -> None:
        super()._configure(state)
        listed = [
            Instrument(
                exchange="NFO", symbol=symbol, token=token, kind=kind, name="NIFTY",
                lot_size=LOT, freeze_quantity=self.table,
            )
            for token, symbol, kind in (
                (1, FUTURE, InstrumentKind.FUTURE),
                (2, CALL, InstrumentKind.CALL),
            )
        ]  # fmt: skip
        state.instruments = InstrumentBook(
            {each.key: each for each in listed},
            content_hash=f"{self.table}/{self.table_date}",
            freeze_date=self.table_date,
        )

    def key(self, symbol: str = FUTURE, name: AccountName = FATHER, **changed: Any) -> Key:
        return super().key(symbol, name, **({"product": Product.NRML} | changed))

    def held(self, symbol: str = FUTURE, name: AccountName = FATHER) -> int:
        book = self.state.book(self.key(symbol, name))
        return book.held if book else 0

    def say(self, command: Command, freeze: int | None) -> None:
        """Refuse a write for its size, naming a figure (or none)."""
        text = f"higher than the maximum quantity of {freeze}"
        refused = Refused(
            kind=RefusalKind.FREEZE, message=text, http_status=400, freeze_quantity=freeze
        )
        self.answer(command, refused)

    def settle(self, *, most: int = 500) -> list[Place]:
        """Let the exchange take what is small enough and fill MARKET; return what it took."""
        taken = []
        for _ in range(most):
            if not self.pending:
                return taken
            command = self.take()
            if not isinstance(command, Place):
                continue  # a cancel that comes too late
            if self.truth is not None and command.quantity > self.truth:
                self.say(command, self.truth)
                continue
            self.ack(command)
            taken.append(command)
            if command.order_type is OrderType.MARKET:
                self.fill(command)
        raise AssertionError(f"no end after {most} orders")

    def hold(self, lots: int, *, order_id: str = "M0") -> None:
        """Have the master and the followers buy many lots whatever the exchange takes today."""
        truth, self.truth = self.truth, None
        self.master(nifty_done(order_id, "BUY", lots))
        self.settle()
        self.truth = truth

    def their_socket(self, row: OrderRow) -> None:
        """Show a row of the master on his socket."""
        stamped = replace(row, updated_at=self.now, placed_at=self.now)
        self.offer(
            RowHinted(venue=Venue.LIVE, account=MASTER, row=stamped, at=self.now, trusted=True)
        )


def holding(lots: int = 27, *followers: FollowerRules, **changed: Any) -> NiftyWorld:
    """Return a world in which the master and the followers hold so many lots."""
    world = NiftyWorld(*followers, **changed)
    world.hold(lots)
    world.check_journal()
    return world


def nifty(order_id: str, side: str, lots: int, *, symbol: str = FUTURE, **changed: Any) -> OrderRow:
    """Return a working order of the master, MARKET unless it has a price."""
    plain = {"exchange": "NFO", "symbol": symbol, "product": Product.NRML}
    return an_order(order_id, side, lots * LOT, **(plain | changed))


def nifty_done(order_id: str, side: str, lots: int, **changed: Any) -> OrderRow:
    """Return an order of the master that has filled whole."""
    units = lots * LOT
    return nifty(order_id, side, lots, status="COMPLETE", filled_quantity=units, **changed)


def sold(places: list[Place]) -> list[int]:
    """Return the units of every SELL, in order."""
    return [each.quantity for each in places if each.side is Side.SELL]
