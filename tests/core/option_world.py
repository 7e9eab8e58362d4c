"""A world of option legs: a bought and a sold one, and the window in which one waits for the other."""

from datetime import date, timedelta

from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Side
from engine.core.values.notices import SkipReason
from tests.core.core_world import World, a_follower, done

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
