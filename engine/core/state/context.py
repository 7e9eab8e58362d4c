"""Everything a decision about one follower's part in one master order looks at."""

from msgspec import Struct

from engine.core.state.state import MasterOrder, MasterPosition
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key
from engine.core.values.market import OrderId
from engine.core.values.rules import FollowerRules


class PartContext(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's part in one master order, with its surroundings.

    Made by :func:`part_context`. What is found in the book is kept here, since a decision asks for it
    some thirty times; ``fold`` changes a part in place and never puts another there within a turn.

    Attributes:
        key: The follower's key.
        part: The follower's part.
        order: The master's order; None for what was carried over from an earlier day.
    """

    book: KeyBook
    order_id: OrderId
    position: MasterPosition
    instrument: Instrument
    rules: FollowerRules
    key: Key
    part: CopyPart
    order: MasterOrder | None


def part_context(
    book: KeyBook,
    order_id: OrderId,
    *,
    position: MasterPosition,
    instrument: Instrument,
    rules: FollowerRules,
) -> PartContext:
    """Return the context of a follower's part in a master order.

    Raises:
        KeyError: The ledger has no part in that order: a fault of the caller.
    """
    return PartContext(
        book=book,
        order_id=order_id,
        position=position,
        instrument=instrument,
        rules=rules,
        key=book.key,
        part=book.parts[order_id],
        order=position.orders.get(order_id),
    )
