"""What people see of one master order and of what every follower did with it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import AccountName, OrderId, OrderType, Product, Side, Venue


@unique
class ChildState(StrEnum):
    """What a follower's part in one master order has come to, in one word for a table."""

    PLANNED = "planned"
    SENDING = "sending"
    WORKING = "open"
    PARTIAL = "part"
    FILLED = "fill"
    CANCELLED = "cancelled"
    SKIPPED = "skip"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    NEEDS_HUMAN = "needs you"


class ChildView(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's part in one master order.

    Attributes:
        quantity: Units wanted in all, >= 0.
        filled: Units filled.
        average_price: Rupees over ``filled``.
        lag_ms: Master event received → broker answered, milliseconds.
        slippage_bps: Follower's average against the master's, positive is worse.
        reason: Skip reason, or the broker's text verbatim.
        note: What was translated for the exchange, in a few words; empty where nothing was.
    """

    follower: AccountName
    state: ChildState
    side: Side
    quantity: int
    filled: int
    average_price: Decimal | None = None
    lag_ms: int | None = None
    slippage_bps: int | None = None
    reason: str = ""
    note: str = ""


class CopyView(Struct, frozen=True, kw_only=True, gc=False):
    """One master order and what every follower did with it.

    ``order_type`` is None until an order book has shown the order: the socket shows a protected
    MARKET order as a LIMIT at a price nobody set.

    Attributes:
        price: Rupees of the limit; None at the market.
        trigger_price: Rupees at which a stop becomes active; None where it is no stop.
        alone: Whether it is one follower's part that is shown, without the master's figures.
    """

    venue: Venue
    number: int
    master_order_id: OrderId
    at: datetime
    exchange: str
    symbol: str
    side: Side
    product: Product
    order_type: OrderType | None
    quantity: int
    filled: int
    price: Decimal | None
    average_price: Decimal | None
    status: str
    children: tuple[ChildView, ...]
    trigger_price: Decimal | None = None
    alone: bool = False

    @property
    def settled(self) -> bool:
        """Whether no follower's part can change by itself any more."""
        moving = {ChildState.PLANNED, ChildState.SENDING, ChildState.WORKING, ChildState.PARTIAL}
        return not any(child.state in moving for child in self.children)
