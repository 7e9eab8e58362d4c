"""What became of the order? Sightings of one order, merged.

The merge is commutative, associative and idempotent, so lost, doubled, late and
reordered updates all end in the same place. Terminal never reopens; filled never falls.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from engine.core.values.market import IST, OrderStatus
from engine.core.values.orders import OrderRow

#: Version of a socket row that reports a change without being proof of the new wish
#: (Kite sends ``UPDATE`` for a partial fill as well as for a modification).
UNPROVEN = -1

_BEGINNING = datetime(1970, 1, 1, tzinfo=IST)

#: Stage 0: not yet at the exchange. Stage 1: at the exchange. Stage 2: ended.
_EARLY = {
    OrderStatus.UNRECOGNISED: 0,
    OrderStatus.REQUEST_RECEIVED: 1,
    OrderStatus.AMO_RECEIVED: 2,
    OrderStatus.VALIDATION_PENDING: 3,
    OrderStatus.OPEN_PENDING: 4,
}
#: COMPLETE after CANCELLED happens: a cancel was accepted and the exchange filled all the same
#: (Kite forum comment 52371, 2026-04).
_ENDED = {OrderStatus.REJECTED: 0, OrderStatus.CANCELLED: 1, OrderStatus.COMPLETE: 2}


class Sighting(Struct, frozen=True, kw_only=True, gc=False):
    """One observation of an order, or the merge of several.

    Attributes:
        row: What was seen; after a merge each group of fields from the sighting that knows it best.
        wish_version: Number of the book read that showed quantity, price and type; a socket row
            carries the number of the last finished read, or ``UNPROVEN``.
        wish_at: The row's own update time that goes with it.
        status_version: As ``wish_version``, for the status.
        status_at: As ``wish_at``, for the status.
    """

    row: OrderRow
    wish_version: int
    wish_at: datetime
    status_version: int
    status_at: datetime


def sight(row: OrderRow, version: int) -> Sighting:
    """Return one observation as a sighting.

    Args:
        row: The row as read.
        version: Rises with every book read of the account; ``UNPROVEN`` for a socket row that
            reports a change.
    """
    at = row.updated_at or row.exchange_at or row.placed_at or _BEGINNING
    return Sighting(row=row, wish_version=version, wish_at=at, status_version=version, status_at=at)


def merge(one: Sighting, other: Sighting) -> Sighting:
    """Return what both sightings of one order say together.

    Raises:
        ValueError: They are of different orders; a bug of the caller.
    """
    if one.row.order_id != other.row.order_id:
        raise ValueError("only sightings of one order can be merged")
    if one == other:
        return one
    wish = max(one, other, key=_wish_rank)
    status = max(one, other, key=_status_rank)
    most = max(one, other, key=_fill_rank)
    row = replace(
        wish.row,
        user_id=max(one.row.user_id, other.row.user_id),
        exchange_order_id=_known(one.row.exchange_order_id, other.row.exchange_order_id),
        status=status.row.status,
        status_text=status.row.status_text,
        status_message=status.row.status_message,
        filled_quantity=most.row.filled_quantity,
        average_price=most.row.average_price,
        tag=_known(one.row.tag, other.row.tag),
        tags=tuple(sorted({*one.row.tags, *other.row.tags})),
        placed_by=max(one.row.placed_by, other.row.placed_by),
        placed_at=_earliest(one.row.placed_at, other.row.placed_at),
        exchange_at=_latest(one.row.exchange_at, other.row.exchange_at),
        updated_at=_latest(one.row.updated_at, other.row.updated_at),
    )
    return Sighting(
        row=row,
        wish_version=wish.wish_version,
        wish_at=wish.wish_at,
        status_version=status.status_version,
        status_at=status.status_at,
    )


def _wish_rank(sighting: Sighting) -> tuple[int, datetime, str]:
    """Order sightings by how well they know the wish; the text only makes the order total."""
    row = sighting.row
    text = (
        f"{row.quantity:012d}|{row.price}|{row.trigger_price}|{row.order_type}|{row.validity}|"
        f"{row.disclosed_quantity}|{row.market_protection}|{row.variety}|{row.exchange}|"
        f"{row.symbol}|{row.side}|{row.product}|{row.instrument_token}|{row.parent_order_id}"
    )
    return sighting.wish_version, sighting.wish_at, text


def _status_rank(sighting: Sighting) -> tuple[int, int, int, datetime, str]:
    row = sighting.row
    status = row.status
    text = f"{status.value}|{row.status_text}|{row.status_message or ''}"
    if status in _ENDED:
        stage, rank = 2, _ENDED[status]
    elif status in _EARLY:
        stage, rank = 0, _EARLY[status]
    else:
        stage, rank = 1, 0
    return stage, rank, sighting.status_version, sighting.status_at, text


def _fill_rank(sighting: Sighting) -> tuple[int, str]:
    row = sighting.row
    return row.filled_quantity, str(row.average_price or "")


def _known(one: str | None, other: str | None) -> str | None:
    return max(filter(None, (one, other)), default=None)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
