"""Everything a decision about one follower's part in one master order looks at."""

from msgspec import Struct

from engine.core.state.ledger import entry_quantity, working_split
from engine.core.state.state import MasterOrder, MasterPosition
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key
from engine.core.values.market import OrderId
from engine.core.values.rules import FollowerRules


class OrderView(Struct, frozen=True, kw_only=True, gc=False):
    """What of a master order is the same for every follower while a key is planned.

    Attributes:
        order: None for what was carried over from an earlier day.
        instrument: What a child of it is of.
        working: How its unfilled remainder is classed now: (exit units, entry units), both >= 0.
        entry_quantity: Its cumulative entry part, units: filled, and still working.
    """

    order_id: OrderId
    position: MasterPosition
    order: MasterOrder | None
    instrument: Instrument
    working: tuple[int, int]
    entry_quantity: int


def order_view(order_id: OrderId, *, position: MasterPosition, instrument: Instrument) -> OrderView:
    """Return what every follower's part in a master order looks at."""
    order = position.orders.get(order_id)
    return OrderView(
        order_id=order_id,
        position=position,
        order=order,
        instrument=instrument,
        working=(0, 0) if order is None else working_split(position, order),
        entry_quantity=0 if order is None else entry_quantity(position, order),
    )


class PartContext(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's part in one master order, with its surroundings; for one turn.

    Made by :func:`part_context`. What is found in the book and of the order is kept here, since a decision
    asks for it some thirty times; ``fold`` changes a part in place and never puts another there within a
    turn, and nothing that is planned changes an order of the master's.

    Attributes:
        key: The follower's key.
        part: The follower's part.
        order, working, entry_quantity: As in :class:`OrderView`.
    """

    book: KeyBook
    order_id: OrderId
    position: MasterPosition
    instrument: Instrument
    rules: FollowerRules
    key: Key
    part: CopyPart
    order: MasterOrder | None
    working: tuple[int, int]
    entry_quantity: int


def part_context(book: KeyBook, view: OrderView, *, rules: FollowerRules) -> PartContext:
    """Return the context of a follower's part in a master order.

    Raises:
        KeyError: The ledger has no part in that order: a fault of the caller.
    """
    return PartContext(
        book=book,
        order_id=view.order_id,
        position=view.position,
        instrument=view.instrument,
        rules=rules,
        key=book.key,
        part=book.parts[view.order_id],
        order=view.order,
        working=view.working,
        entry_quantity=view.entry_quantity,
    )
