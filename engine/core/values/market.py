"""The words of the market: exchanges, sides, products, order types, statuses.

Values are ours; the Kite codec owns the translation from the wire. Whatever the
wire says that we do not know maps to ``UNRECOGNISED`` and ends in a notice.
"""

from enum import StrEnum, unique
from typing import NewType
from zoneinfo import ZoneInfo

#: Every instant in the program is an aware datetime in this zone.
IST = ZoneInfo("Asia/Kolkata")

#: A Kite order id: an opaque string of up to 19 digits, never a number.
OrderId = NewType("OrderId", str)
#: The name of an account as the user knows it: ``master`` or a follower's lower-cased name.
AccountName = NewType("AccountName", str)
#: At most 20 alphanumeric characters, unique for ever, put on every follower order.
Tag = NewType("Tag", str)

#: The account that is watched; followers may not use the name.
MASTER = AccountName("master")


@unique
class Exchange(StrEnum):
    """The segments we copy. Rows may carry any other string; those end in a recorded skip."""

    NSE = "NSE"
    BSE = "BSE"
    NFO = "NFO"
    BFO = "BFO"
    MCX = "MCX"
    CDS = "CDS"


@unique
class Side(StrEnum):
    """Kite's ``transaction_type``.

    Attributes:
        sign: Plus one for BUY, minus one for SELL. Kept, as it is asked for five times a copy.
    """

    sign: int

    BUY = "BUY"
    SELL = "SELL"

    def __init__(self, value: str) -> None:
        self.sign = 1 if value == "BUY" else -1

    @property
    def opposite(self) -> "Side":
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


@unique
class Product(StrEnum):
    """Kite's products; ``CO`` is kept apart because cover orders are not copied."""

    CNC = "CNC"
    MIS = "MIS"
    NRML = "NRML"
    MTF = "MTF"
    CO = "CO"
    UNRECOGNISED = "UNRECOGNISED"


@unique
class OrderType(StrEnum):
    """How the price is set."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"
    SL_M = "SL-M"
    UNRECOGNISED = "UNRECOGNISED"


@unique
class Validity(StrEnum):
    """How long an order rests."""

    DAY = "DAY"
    IOC = "IOC"
    TTL = "TTL"
    UNRECOGNISED = "UNRECOGNISED"


@unique
class Variety(StrEnum):
    """Kite's order varieties."""

    REGULAR = "regular"
    AMO = "amo"
    CO = "co"
    ICEBERG = "iceberg"
    AUCTION = "auction"
    UNRECOGNISED = "UNRECOGNISED"


@unique
class OrderStatus(StrEnum):
    """What became of an order, in Kite's words where Kite has one.

    Only ``COMPLETE``, ``CANCELLED`` and ``REJECTED`` are terminal. ``UPDATE`` is
    seen on the socket only. An unknown word is ``UNRECOGNISED``: live, plus a notice.
    """

    REQUEST_RECEIVED = "PUT ORDER REQ RECEIVED"
    VALIDATION_PENDING = "VALIDATION PENDING"
    OPEN_PENDING = "OPEN PENDING"
    AMO_RECEIVED = "AMO REQ RECEIVED"
    TRIGGER_PENDING = "TRIGGER PENDING"
    OPEN = "OPEN"
    MODIFY_VALIDATION_PENDING = "MODIFY VALIDATION PENDING"
    MODIFY_PENDING = "MODIFY PENDING"
    MODIFIED = "MODIFIED"
    CANCEL_PENDING = "CANCEL PENDING"
    UPDATE = "UPDATE"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def is_terminal(self) -> bool:
        """Whether no later status can follow (only quantities may still be learned)."""
        return self in _TERMINAL

    @property
    def is_working(self) -> bool:
        """Whether the exchange holds the order, so that it counts as a wish of the master."""
        return self in _WORKING


_TERMINAL = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELLED, OrderStatus.REJECTED})
_WORKING = frozenset(
    {
        OrderStatus.OPEN,
        OrderStatus.TRIGGER_PENDING,
        OrderStatus.MODIFY_VALIDATION_PENDING,
        OrderStatus.MODIFY_PENDING,
        OrderStatus.MODIFIED,
        OrderStatus.CANCEL_PENDING,
        OrderStatus.UPDATE,
    }
)


@unique
class Venue(StrEnum):
    """Where a follower's order goes. Ledgers are kept per venue."""

    PAPER = "paper"
    LIVE = "live"

    @property
    def label(self) -> str:
        """The first word of every reply and alert: ``PAPER`` or ``LIVE``."""
        return self.value.upper()
