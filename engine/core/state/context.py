"""Everything a decision about one follower's part in one master order looks at."""

from msgspec import Struct

from engine.core.state.state import MasterOrder, MasterPosition
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key
from engine.core.values.market import OrderId
from engine.core.values.rules import FollowerRules


class PartContext(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's part in one master order, with its surroundings."""

    book: KeyBook
    order_id: OrderId
    position: MasterPosition
    instrument: Instrument
    rules: FollowerRules

    @property
    def key(self) -> Key:
        """The follower's key."""
        return self.book.key

    @property
    def part(self) -> CopyPart:
        """The follower's part."""
        return self.book.parts[self.order_id]

    @property
    def order(self) -> MasterOrder | None:
        """The master's order; None for what was carried over from an earlier day."""
        return self.position.orders.get(self.order_id)
