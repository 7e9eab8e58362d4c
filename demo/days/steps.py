"""The steps a day is made of, as values; who acts them decides whether time is real or virtual."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from demo.exchange.faults import Fault
from demo.exchange.happenings import Happening
from demo.exchange.instruments import Key
from demo.exchange.matching import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The master places an order in the Kite app.

    The kind follows from the prices: none is MARKET, a price LIMIT, a trigger SL-M, both SL.

    Attributes:
        label: Unique in the day; later steps name the order by it.
        side: BUY or SELL.
        instrument: Exchange and symbol.
        quantity: Kite units: shares, units of a derivative, lots on MCX and CDS.
        product: CNC, MIS or NRML.
        price: Limit, rupees.
        trigger: Trigger price, rupees; of a cover order that of its second leg.
        variety: Kite's; an after-market order (``amo``) waits for `MarketOpens`.
        left_out: Followers who must not get the entry; exits they follow all the same.
    """

    label: str
    side: Side
    instrument: Key
    quantity: int
    product: str = "MIS"
    price: Decimal | None = None
    trigger: Decimal | None = None
    variety: str = "regular"
    left_out: tuple[str, ...] = ()

    @property
    def order_type(self) -> str:
        """Kite's ``order_type``."""
        if self.trigger is None or self.variety == "co":
            return "MARKET" if self.price is None else "LIMIT"
        return "SL-M" if self.price is None else "SL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modify:
    """The master changes a resting order; None leaves a value as it is."""

    label: str
    quantity: int | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """The master cancels what is unfilled of an order."""

    label: str


@dataclass(frozen=True, slots=True)
class CloseAll:
    """The master exits all open positions of these products at market, as the app's button does."""

    products: tuple[str, ...] = ("MIS", "NRML")


@dataclass(frozen=True, slots=True)
class Pin:
    """The market goes to a price, rupees, and stays there until `LetGo`."""

    instrument: Key
    price: Decimal


@dataclass(frozen=True, slots=True)
class LetGo:
    """The price walks again."""

    instrument: Key


@dataclass(frozen=True, slots=True)
class Offer:
    """The market has so many units on each side and not one more; None lifts the limit."""

    instrument: Key
    units: int | None


@dataclass(frozen=True, slots=True)
class Strike:
    """Something goes wrong at the broker from now on; `note` says what, if the audience is told."""

    fault: Fault
    note: str = ""


@dataclass(frozen=True, slots=True)
class Happen:
    """Something happens at the exchange or the broker that no order asked for; `note` says what.

    The same values make tests and simulations: `demo.exchange.happenings`.
    """

    what: Happening
    note: str


@dataclass(frozen=True, slots=True)
class Say:
    """The trader sends a command in the chat and reads an answer that holds these words."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """The trader logs an account in again, by way of the chat."""

    account: str


@dataclass(frozen=True, slots=True)
class UntilTold:
    """Wait until the trader was told something with all these words since the scene began."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UntilCopied:
    """Wait until every follower who should works on a copy of a resting order, as it is now."""

    label: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Let this many beats pass, then wait until every book is right."""

    beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Beat:
    """Let the audience look, seconds at the normal pace."""

    beats: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait this many true seconds, however fast the show is."""

    seconds: float


#: What the exchange's core can act by itself.
MarketStep: TypeAlias = Order | Modify | Cancel | CloseAll | Pin | LetGo | Offer | Strike | Happen
#: What needs time, a chat or somebody who looks.
HouseStep: TypeAlias = Say | LogIn | UntilTold | UntilCopied | Settle | Beat | Pause
Step: TypeAlias = MarketStep | HouseStep
