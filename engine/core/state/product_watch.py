"""What the watches remember between two reads: positions under other products, and followers out of step."""

from datetime import datetime

from msgspec import Struct, field

from engine.core.values.keys import MasterKey
from engine.core.values.market import AccountName, OrderId
from engine.core.values.orders import PositionRow


class Seen(Struct, frozen=True, kw_only=True, gc=False):
    """A follower's positions at a moment, and what was copied in each key then, signed units."""

    rows: tuple[PositionRow, ...]
    held: dict[MasterKey, int]


class ProductWatch(Struct, kw_only=True):
    """What the watch on products remembers in this run; begun anew at a start.

    Attributes:
        waiting: His orders that wait for newer positions, and since when.
        settled: His orders that do not wait any more.
        suspected: Shares whose positions differ from his ledger, and by how much, for one read.
        nets: His net per key by the newest snapshot that agreed with his ledger.
        followers: The newest snapshot of each follower that surely knew of all our fills.
        astray: By how much his positions differed from his ledger at the newest read, where they did.
    """

    waiting: dict[OrderId, datetime] = field(default_factory=dict)
    settled: set[OrderId] = field(default_factory=set)
    suspected: dict[tuple[str, str], dict[MasterKey, int]] = field(default_factory=dict)
    nets: dict[MasterKey, int] = field(default_factory=dict)
    followers: dict[AccountName, Seen] = field(default_factory=dict)
    astray: dict[MasterKey, int] = field(default_factory=dict)


class Apart(Struct, frozen=True, kw_only=True, gc=False):
    """A follower's difference in a key that nothing explains, in signed units, and when it was first read."""

    wanted: int
    copied: int
    observed: int | None
    since: datetime
