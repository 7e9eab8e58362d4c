"""What is said to a broker, and how its answer is read: commands and outcomes.

A command names one write. An outcome is one of four things only; everything
unforeseen is :class:`Unknown` and is never answered by sending again.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import (
    AccountName,
    OrderId,
    OrderType,
    Product,
    Side,
    Tag,
    Validity,
    Variety,
    Venue,
)


@unique
class Priority(StrEnum):
    """The order in which a lane sends across keys: exits, cancels, modifications, entries."""

    EXIT = "exit"
    CANCEL = "cancel"
    MODIFY = "modify"
    ENTRY = "entry"


class Place(Struct, frozen=True, kw_only=True, gc=False):
    """Place one order.

    Attributes:
        intent_id: Our id of the decision; equals the tag for a placement.
        mode_epoch: The epoch in which an entry was decided; a lane sends it in no other.
        deadline: After this instant an entry must not leave; None for exits, which always may.
        quantity: Units (lots on MCX), > 0.
        price: Rupees, for LIMIT and SL.
        market_protection: Per cent, -1 or > 0; required by Kite for MARKET and SL-M since
            2026-04-01 (Kite forum comment 52991).
        last_price: Rupees the decision saw, for the paper venue and for value limits; may be None.
    """

    intent_id: str
    venue: Venue
    follower: AccountName
    priority: Priority
    mode_epoch: int
    deadline: datetime | None
    tag: Tag
    exchange: str
    symbol: str
    side: Side
    product: Product
    order_type: OrderType
    quantity: int
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    market_protection: Decimal | None = None
    validity: Validity = Validity.DAY
    variety: Variety = Variety.REGULAR
    last_price: Decimal | None = None


class Modify(Struct, frozen=True, kw_only=True, gc=False):
    """Change a working order of ours; only the given fields are sent.

    Attributes:
        enters: Whether it is an entry itself, by more units or another price: what keeps entries back at the
            last gate keeps it back too.
        quantity: The total, units.
    """

    intent_id: str
    venue: Venue
    follower: AccountName
    priority: Priority
    mode_epoch: int
    order_id: OrderId
    enters: bool = False
    variety: Variety = Variety.REGULAR
    order_type: OrderType | None = None
    quantity: int | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    market_protection: Decimal | None = None
    validity: Validity | None = None


class Cancel(Struct, frozen=True, kw_only=True, gc=False):
    """Cancel a working order of ours."""

    intent_id: str
    venue: Venue
    follower: AccountName
    mode_epoch: int
    order_id: OrderId
    variety: Variety = Variety.REGULAR

    @property
    def priority(self) -> Priority:
        """Cancels share one rank."""
        return Priority.CANCEL


Command = Place | Modify | Cancel


@unique
class RefusalKind(StrEnum):
    """Why a write definitely did not happen; says what to do about it."""

    RATE = "rate"  #: HTTP 429: exits go again in the next second, entries do not.
    SESSION = "session"  #: The access token is dead: the account needs a login.
    PERMISSION = (
        "permission"  #: Source IP, plan or segment not allowed: the account's owner must act.
    )
    MARGIN = "margin"  #: Not enough funds.
    HOLDINGS = "holdings"  #: Shares missing, or not authorised at the depository (HTTP 428).
    INPUT = "input"  #: The order itself is not acceptable (tick, lot, tag, protection…).
    FREEZE = "freeze"  #: More than the exchange takes in one order, which is named: slice anew.
    NO_MARKET = "no market"  #: The contract takes no MARKET order: a limit at the band does.
    PRICE = "price"  #: Beyond the prices that are taken now, which are named: nearer.
    TRIGGER = "trigger"  #: The market is past a stop's trigger already.
    BUSY = "busy"  #: "…as it is being processed": read the order again before anything else.
    NOT_SENT = "not sent"  #: No connection was ever made; no byte left.


class Acked(Struct, frozen=True, kw_only=True, gc=False):
    """The broker returned an order id; says nothing about the exchange."""

    order_id: OrderId


class Refused(Struct, frozen=True, kw_only=True, gc=False):
    """The broker definitely did not do it.

    Attributes:
        message: The broker's text, verbatim.
        freeze_quantity: Most units it says the exchange takes in one order; with ``FREEZE`` only.
        lowest, highest: Prices in rupees that it says are taken now; with ``PRICE`` only.
    """

    kind: RefusalKind
    message: str
    http_status: int | None = None
    freeze_quantity: int | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None


class Unknown(Struct, frozen=True, kw_only=True, gc=False):
    """It may or may not have happened. Never send again; resolve from the order book."""

    detail: str
    http_status: int | None = None


@unique
class WithheldReason(StrEnum):
    """Why a lane attests that no byte of a command left."""

    KILLED = "kill switch, stop or mode change before it left"
    PAUSED = "the follower was paused before it left"
    EXPIRED = "too old when its turn came"
    NO_PERMIT = "writes to the broker are not permitted in this mode"


class Withheld(Struct, frozen=True, kw_only=True, gc=False):
    """The lane did not send it; no byte left."""

    reason: WithheldReason


Outcome = Acked | Refused | Unknown | Withheld
