"""Autoslice: one request beyond the freeze quantity becomes several orders.

The parent id is no order; each child answers for itself, so some may be placed and some refused.

Source: Kite Connect docs, orders (autoslice); Kite forum comments 51301 and 53057.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from demo.exchange.faults import WriteFault
from demo.exchange.tickets import Ticket
from demo.exchange.wire import KiteError, Row, bad_input


def slices(ticket: Ticket, parent_id: str) -> Iterator[Ticket]:
    """Yield the children of a ticket, each as large as the freeze quantity lets it be.

    Raises:
        KiteError: 400: the quantity needs no slicing.
    """
    row = ticket.instrument
    freeze = row.freeze_quantity
    if freeze is None or ticket.quantity <= freeze:
        least = (freeze or ticket.quantity) + row.lot_size
        raise bad_input(f"Quantity should be greater than or equal to {least} for order slicing.")
    largest = freeze // row.lot_size * row.lot_size
    left = ticket.quantity
    while left:
        quantity = min(left, largest)
        left -= quantity
        yield replace(ticket, quantity=quantity, slice_of=parent_id)


def place_slices(
    ticket: Ticket,
    parent_id: str,
    *,
    place: Callable[[Ticket], str],
    fault: WriteFault | None = None,
) -> list[Row]:
    """Place the children and return what each came to, in Kite's words.

    Args:
        ticket: The whole.
        parent_id: The id that is answered; it is no order.
        place: Places one child and returns its id, or raises `KiteError`.
        fault: Refuses the children in its `failing_slices`.

    Raises:
        KiteError: 400: the quantity needs no slicing.
    """
    children: list[Row] = []
    for number, child in enumerate(slices(ticket, parent_id), start=1):
        if fault and number in fault.failing_slices:
            children.append({"error": _error_row(KiteError(*fault.error))})
            continue
        try:
            children.append({"order_id": place(child)})
        except KiteError as error:
            children.append({"error": _error_row(error)})
    return children


def _error_row(error: KiteError) -> Row:
    return {
        "code": error.status,
        "error_type": error.error_type,
        "message": error.message,
        "data": None,
    }
