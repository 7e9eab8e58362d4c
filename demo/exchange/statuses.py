"""The statuses of an order, and every legal step between them.

Whatever moves an order obeys `NEXT`; anything else is a fault of this exchange, not of its client.
"""

from collections.abc import Mapping
from enum import StrEnum, unique


@unique
class Status(StrEnum):
    """Statuses of a regular order, as Kite writes them. Source: Kite Connect docs, orders."""

    RECEIVED = "PUT ORDER REQ RECEIVED"
    AMO_RECEIVED = "AMO REQ RECEIVED"
    VALIDATION_PENDING = "VALIDATION PENDING"
    OPEN_PENDING = "OPEN PENDING"
    TRIGGER_PENDING = "TRIGGER PENDING"
    OPEN = "OPEN"
    MODIFY_VALIDATION_PENDING = "MODIFY VALIDATION PENDING"
    MODIFY_PENDING = "MODIFY PENDING"
    MODIFIED = "MODIFIED"
    CANCEL_PENDING = "CANCEL PENDING"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


#: Nothing follows these, but for the fill that a broken link to the exchange has kept back.
TERMINAL = frozenset({Status.COMPLETE, Status.CANCELLED, Status.REJECTED})
#: In these an order is at the exchange and takes a modification or a cancellation.
RESTING = frozenset({Status.OPEN, Status.TRIGGER_PENDING})

#: In these Kite takes one.
CHANGEABLE = RESTING | {Status.AMO_RECEIVED}
#: A modification or a cancellation is on its way to the exchange, which still has the order.
IN_FLIGHT = frozenset({Status.MODIFY_PENDING, Status.CANCEL_PENDING})

#: Every legal step; anything else is a fault of this exchange, not of its client.
NEXT: Mapping[Status, frozenset[Status]] = {
    # An after-market order waits for the open; a modification leaves it where it is.
    Status.AMO_RECEIVED: frozenset(
        {Status.AMO_RECEIVED, Status.RECEIVED, Status.CANCELLED, Status.REJECTED}
    ),
    Status.RECEIVED: frozenset({Status.VALIDATION_PENDING, Status.REJECTED}),
    Status.VALIDATION_PENDING: frozenset({Status.OPEN_PENDING, Status.REJECTED}),
    Status.OPEN_PENDING: frozenset(
        {Status.OPEN, Status.TRIGGER_PENDING, Status.REJECTED, Status.CANCELLED}
    ),
    # OPEN to OPEN is a partial fill; a stop leaves TRIGGER PENDING by way of OPEN PENDING.
    Status.OPEN: frozenset(
        {
            Status.OPEN,
            Status.COMPLETE,
            Status.CANCELLED,
            Status.CANCEL_PENDING,
            Status.MODIFY_VALIDATION_PENDING,
        }
    ),
    Status.TRIGGER_PENDING: frozenset(
        {
            Status.OPEN_PENDING,
            Status.CANCELLED,
            Status.CANCEL_PENDING,
            Status.MODIFY_VALIDATION_PENDING,
        }
    ),
    Status.MODIFY_VALIDATION_PENDING: frozenset({Status.MODIFY_PENDING}),
    # The order itself goes on resting: it may fill meanwhile, or the exchange may refuse.
    Status.MODIFY_PENDING: frozenset(
        {
            Status.MODIFY_PENDING,
            Status.MODIFIED,
            Status.OPEN,
            Status.TRIGGER_PENDING,
            Status.COMPLETE,
            Status.CANCELLED,
        }
    ),
    Status.MODIFIED: frozenset({Status.OPEN, Status.TRIGGER_PENDING, Status.COMPLETE}),
    # COMPLETE: the fill was faster than the cancellation.
    Status.CANCEL_PENDING: frozenset(
        {
            Status.CANCEL_PENDING,
            Status.CANCELLED,
            Status.COMPLETE,
            Status.OPEN,
            Status.TRIGGER_PENDING,
        }
    ),
    Status.COMPLETE: frozenset(),
    # It was cancelled for Kite alone: the exchange had it still, and it traded.
    Status.CANCELLED: frozenset({Status.COMPLETE}),
    Status.REJECTED: frozenset(),
}


class IllegalMoveError(Exception):
    """This exchange tried an impossible step; nothing was changed."""
