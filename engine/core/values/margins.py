"""The margin of a hedge pair: what is asked of the broker, and what came of it."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.keys import Key
from engine.core.values.market import OrderId, OrderType, Product, Side


class MarginLeg(Struct, frozen=True, kw_only=True, gc=False):
    """One leg as it would be sent: units, and rupees where it has a limit or a trigger."""

    exchange: str
    symbol: str
    side: Side
    product: Product
    order_type: OrderType
    quantity: int
    price: Decimal | None = None
    trigger_price: Decimal | None = None

    @property
    def size(self) -> tuple[str, Side, int]:
        """What makes it another leg: a price that has moved does not."""
        return self.symbol, self.side, self.quantity


class MarginQuestion(Struct, frozen=True, kw_only=True, gc=False):
    """What one follower's legs need together, the bought one first.

    Attributes:
        key: The ledger of the bought leg.
        order_id: The master's order that bought it.
    """

    key: Key
    order_id: OrderId
    legs: tuple[MarginLeg, ...]


class MarginCheck(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a question about margin.

    Attributes:
        needed: Rupees the legs need together; None where nobody has said.
        free: Rupees that are free; None where nobody has said.
        answered: Whether the answer is there, be it a failure.
    """

    asked_at: datetime
    legs: tuple[MarginLeg, ...]
    needed: Decimal | None = None
    free: Decimal | None = None
    answered: bool = False
