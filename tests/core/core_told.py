"""Records about the father's copy of M1, and the sentence that a story tells of each."""

from typing import Any

from engine.core.chat.sentences import Narrator
from engine.core.values import records as r
from engine.core.values.commands import Place, Priority
from engine.core.values.events import BookRead, Event, RowHinted, Started, Ticked
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.market import (
    OrderId,
    OrderType,
    Product,
    Side,
    Tag,
    Venue,
)
from tests.core.core_world import FATHER, MORNING, an_order

KEY = Key(
    venue=Venue.LIVE, follower=FATHER, exchange="NSE", symbol="SBIN", product=Product.MIS
)  # fmt: skip
CARRIED = MasterKey(exchange="NSE", symbol="SBIN", product=Product.CNC)
M1, TAG = OrderId("M1"), Tag("KCK7AAAAAAAAAAAAAAAA")
TICK = Ticked(at=MORNING, trading_day=MORNING.date())
BOOK = BookRead(
    venue=Venue.LIVE, account=FATHER, rows=(), total=0, asked_at=MORNING, at=MORNING
)  # fmt: skip
HINT = RowHinted(
    venue=Venue.LIVE, account=FATHER, row=an_order(), at=MORNING, trusted=True
)  # fmt: skip
START = Started(at=MORNING, trading_day=MORNING.date(), install_id="K7")


def of(record: type[Any], **fields: Any) -> Any:
    """Return a record about the father's copy of M1, as far as its fields ask for it."""
    plain = {"key": KEY, "order_id": M1, "tag": TAG, "at": MORNING, "account": FATHER}
    known = {name: value for name, value in plain.items() if name in record.__struct_fields__}
    return record(**(known | fields))


def told(record: r.Record, event: Event = TICK, narrator: Narrator | None = None) -> str | None:
    sentence = (narrator or Narrator()).tell(event, record)
    return f"{sentence.who}: {sentence.text}" if sentence else None


def a_place(**changed: Any) -> Place:
    plain = {
        "intent_id": TAG, "venue": Venue.LIVE, "follower": FATHER, "priority": Priority.EXIT,
        "mode_epoch": 1, "deadline": None, "tag": TAG, "exchange": "NSE", "symbol": "SBIN",
        "side": Side.SELL, "product": Product.MIS, "order_type": OrderType.MARKET, "quantity": 10,
    }  # fmt: skip
    return Place(**(plain | changed))


def planned(leg: Leg = Leg.EXIT, generation: int = 0, note: str = "", **changed: Any) -> Any:
    return of(
        r.ChildPlanned, command=a_place(**changed), leg=leg, generation=generation, attempt=0,
        step=0, detected_at=MORNING, note=note,
    )  # fmt: skip


def knows_child() -> Narrator:
    """Return a narrator that was told of the father's SELL 10 SBIN."""
    narrator = Narrator()
    told(planned(), narrator=narrator)
    return narrator
