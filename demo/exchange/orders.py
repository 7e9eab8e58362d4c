"""An order's life, its rows in the book and in its history, and its socket frames."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from demo.exchange.instruments import Instrument
from demo.exchange.legs import IcebergLeg
from demo.exchange.matching import Execution, Side
from demo.exchange.statuses import (
    CHANGEABLE,
    IN_FLIGHT,
    NEXT,
    RESTING,
    TERMINAL,
    IllegalMoveError,
    Status,
)
from demo.exchange.wire import Clock, Row, maybe_stamp, number, stamp

# The statuses are part of an order's story, so they may be had from here.
__all__ = [
    "CHANGEABLE", "IN_FLIGHT", "NEXT", "RESTING", "TERMINAL", "IllegalMoveError", "Order",
    "OrderIds", "Status",
]  # fmt: skip


class OrderIds:
    """Nineteen-digit ids that grow with time, as today's Kite hands out."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._issued = 0

    def next(self) -> str:
        """Return an id that was never given before."""
        self._issued += 1
        milliseconds = int(self._now().timestamp() * 1000)
        return str((milliseconds << 20) + self._issued)


@dataclass(slots=True, kw_only=True)
class Order:
    """One order, mutable: this is the exchange's own record.

    Prices are rupees, quantities Kite units. `history` holds every row the order ever showed with
    the moment it began to; `visible_at` hides it from reads until then, `known_at` from those who
    would change it; `rested_as` is the status that a change on its way interrupted.
    """

    order_id: str
    user_id: str
    placed_by: str
    variety: str
    instrument: Instrument
    side: Side
    order_type: str
    product: str
    quantity: int
    price: Decimal = Decimal(0)
    trigger_price: Decimal = Decimal(0)
    validity: str = "DAY"
    validity_ttl: int | None = None
    disclosed_quantity: int = 0
    market_protection: Decimal = Decimal(0)
    tag: str | None = None
    kite_tags: tuple[str, ...] = ()
    requested_at: datetime
    exchange_at: datetime | None = None
    exchange_order_id: str | None = None
    status: Status = Status.RECEIVED
    status_message: str | None = None
    status_message_raw: str | None = None
    filled_quantity: int = 0
    filled_value: Decimal = Decimal(0)
    cancelled_quantity: int = 0
    modifications: int = 0
    modified: bool = False
    parent_order_id: str | None = None
    iceberg: IcebergLeg | None = None
    gtt_id: int | None = None
    visible_at: datetime | None = None
    known_at: datetime | None = None
    rested_as: Status = Status.OPEN
    history: list[tuple[datetime, Row]] = field(default_factory=list)

    @property
    def pending_quantity(self) -> int:
        """Units still unfilled, whatever the status."""
        return self.quantity - self.filled_quantity

    @property
    def average_price(self) -> Decimal:
        """Rupees per unit of what is filled; 0 before the first fill."""
        return self.filled_value / self.filled_quantity if self.filled_quantity else Decimal(0)

    @property
    def is_live(self) -> bool:
        """True until COMPLETE, CANCELLED or REJECTED."""
        return self.status not in TERMINAL

    @property
    def was_cancelled(self) -> bool:
        """True where it was shown as CANCELLED, whatever became of it since."""
        return any(row["status"] == Status.CANCELLED for _, row in self.history)

    def is_known_to(self, user_id: str, at: datetime) -> bool:
        """Return whether an account may change it, as far as that it exists for the account."""
        return self.user_id == user_id and (self.known_at is None or at >= self.known_at)

    def record(self, at: datetime) -> None:
        """Add the present row to the history."""
        self.history.append((at, self.row()))

    def move(self, status: Status, at: datetime) -> None:
        """Take one step and record it.

        Raises:
            IllegalMoveError: The step is not in `NEXT`; a bug here, let the test fail.
        """
        if status not in NEXT[self.status]:
            raise IllegalMoveError(f"{self.order_id}: {self.status} to {status}")
        self.status = status
        if status is Status.CANCELLED:
            self.cancelled_quantity = self.pending_quantity
        if status in RESTING | {Status.COMPLETE, Status.CANCELLED} and self.exchange_order_id:
            self.exchange_at = at
        self.record(at)

    def fill(self, execution: Execution, at: datetime) -> None:
        """Book one execution and take the step that follows from it.

        Raises:
            IllegalMoveError: More than is pending; a bug here, let the test fail.
        """
        if not 0 < execution.quantity <= self.pending_quantity:
            raise IllegalMoveError(f"{self.order_id}: fill of {execution.quantity}")
        self.filled_quantity += execution.quantity
        self.filled_value += execution.price * execution.quantity
        if not self.pending_quantity:
            self.move(Status.COMPLETE, at)
        else:
            self.move(self.status if self.status in IN_FLIGHT else Status.OPEN, at)

    def take(self, wanted: "Order") -> None:
        """Take the values that a modification asks for."""
        self.order_type, self.price = wanted.order_type, wanted.price
        self.quantity, self.trigger_price = wanted.quantity, wanted.trigger_price
        self.validity, self.disclosed_quantity = wanted.validity, wanted.disclosed_quantity
        self.kite_tags = self.kite_tags or wanted.kite_tags

    def row(self) -> Row:
        """Return the row of ``GET /orders``. Source: Kite Connect docs, orders."""
        tags = ([self.tag] if self.tag else []) + list(self.kite_tags)
        optional: Row = {"tags": tags} if tags else {}
        if self.validity_ttl is not None:
            optional["validity_ttl"] = self.validity_ttl
        if self.gtt_id is not None:
            # Not in the docs; seen in rows. Source: Kite forum comment 52371.
            optional["meta_raw"] = json.dumps({"gtt": self.gtt_id})
        return self._facts() | {"account_id": self.user_id, "modified": self.modified} | optional

    def row_as_of(self, at: datetime) -> Row | None:
        """Return the row as it stood at `at`, or None where the order was not there yet."""
        return next((row for since, row in reversed(self.history) if since <= at), None)

    def as_of(self, at: datetime) -> "Order | None":
        """Return a copy of the order as it stood at `at`, as far as its funds go, or None."""
        row = self.row_as_of(at)
        if row is None:
            return None
        return replace(
            self,
            status=Status(str(row["status"])),
            quantity=int(str(row["quantity"])),
            filled_quantity=int(str(row["filled_quantity"])),
            price=Decimal(str(row["price"])),
            history=[],
        )

    def frame(self, status: str, *, api_secret: str) -> Row:
        """Return the text frame of an order update, in the shape of a postback.

        Args:
            status: Usually the order's own; ``UPDATE`` for a partial fill or a modification.
            api_secret: Signs the payload, as on a postback.

        Source: Kite Connect docs, postbacks and WebSocket streaming.
        """
        facts = self._facts()
        signed = f"{self.order_id}{facts['order_timestamp']}{api_secret}"
        payload = facts | {
            "user_id": self.user_id,
            "app_id": 1,
            "checksum": hashlib.sha256(signed.encode()).hexdigest(),
            "unfilled_quantity": self.pending_quantity if self.is_live else 0,
            "status": status,
        }
        return {"type": "order", "id": "", "data": payload}

    def _facts(self) -> Row:
        """Return what a book row and a frame have in common."""
        return {
            "placed_by": self.placed_by,
            "order_id": self.order_id,
            "exchange_order_id": self.exchange_order_id,
            "parent_order_id": self.parent_order_id,
            "status": self.status.value,
            "status_message": self.status_message,
            "status_message_raw": self.status_message_raw,
            "order_timestamp": stamp(self.requested_at),
            "exchange_update_timestamp": maybe_stamp(self.exchange_at),
            "exchange_timestamp": maybe_stamp(self.exchange_at),
            "variety": self.variety,
            "exchange": self.instrument.exchange,
            "tradingsymbol": self.instrument.tradingsymbol,
            "instrument_token": self.instrument.token,
            "order_type": self.order_type,
            "transaction_type": self.side.value,
            "validity": self.validity,
            "product": self.product,
            "quantity": self.quantity,
            "disclosed_quantity": self.disclosed_quantity,
            "price": number(self.price),
            "trigger_price": number(self.trigger_price),
            "average_price": round(number(self.average_price), 4),
            "filled_quantity": self.filled_quantity,
            # A cancelled row keeps its unfilled quantity here. Source: Kite Connect docs, orders.
            "pending_quantity": 0 if self.status is Status.REJECTED else self.pending_quantity,
            "cancelled_quantity": self.cancelled_quantity,
            "market_protection": number(self.market_protection),
            "meta": {"iceberg": self.iceberg.row()} if self.iceberg else {},
            "tag": self.tag,
            "guid": f"{self.order_id[-9:]}X{self.user_id}",
        }
