"""What a follower is owed and holds: the rows a ledger is folded from."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.keys import Key, Leg
from engine.core.values.margins import MarginLeg
from engine.core.values.market import OrderId, Product
from engine.core.values.notices import SkipReason


class SkipLifted(Struct, frozen=True, kw_only=True, gc=False):
    """A person chose to copy an order that was skipped."""

    key: Key
    order_id: OrderId
    leg: Leg


class PartOpened(Struct, frozen=True, kw_only=True, gc=False):
    """A follower's part in a master order began; ratio and carry are pinned from here.

    ``fixed``: the ratio is units for the order as a whole. ``basis``: what it was measured by, for people.
    """

    key: Key
    order_id: OrderId
    ratio: str
    carry: str
    own: int | None
    fixed: bool = False
    basis: str = ""


class PartScaled(Struct, frozen=True, kw_only=True, gc=False):
    """An entry that had to wait is sized by what the master has kept of it since.

    Attributes:
        out: His units of it that count for nothing, where more of it is to come; empty: as before.
    """

    key: Key
    order_id: OrderId
    ratio: str
    carry: str
    fixed: bool = False
    out: str = ""


class MarginAsked(Struct, frozen=True, kw_only=True, gc=False):
    """The margin of a hedge pair is asked for, and its legs wait a moment for the answer."""

    key: Key
    order_id: OrderId
    legs: tuple[MarginLeg, ...]
    at: datetime


class MarginKnown(Struct, frozen=True, kw_only=True, gc=False):
    """What the legs of a pair need together, and what is free, rupees; None: nobody has said."""

    key: Key
    order_id: OrderId
    needed: Decimal | None
    free: Decimal | None
    at: datetime


class PartLimited(Struct, frozen=True, kw_only=True, gc=False):
    """A limit of the follower's was met: the entries of a part come to ``most`` units in all, no more.

    ``detail`` says which, and ``amount`` what the order adds to the exact wanted holding by it.
    """

    key: Key
    order_id: OrderId
    most: int
    amount: str
    detail: str
    at: datetime


class Contributed(Struct, frozen=True, kw_only=True, gc=False):
    """What an order now adds to the exact wanted holding.

    ``entered`` is the master's entry fill it comes from, units; 0 where it comes from none.
    """

    key: Key
    order_id: OrderId
    amount: str
    entered: int = 0


class ExitFolded(Struct, frozen=True, kw_only=True, gc=False):
    """A master exit: contributions shrink by ``keep``, and ``claim`` signed units are to be exited.

    ``keep`` is 1 - q/P; 0 means he is flat and a new round trip begins. ``rest`` is the part of a
    lot that stays owed.
    """

    key: Key
    order_id: OrderId
    keep: str
    claim: int
    rest: str = "0"


class Claimed(Struct, frozen=True, kw_only=True, gc=False):
    """Signed units claimed besides a master fill: a late fill of ours, or an orphan.

    ``met``: taken back, since an entry on the claim's own side has filled as much too many. ``rest``: the
    units that exits should have claimed by now but for whole lots; empty where that has not changed.
    """

    key: Key
    order_id: OrderId
    claim: int
    met: bool = False
    rest: str = ""


class EntryMet(Struct, frozen=True, kw_only=True, gc=False):
    """Units of an order's entry that met an exit of the master, > 0: for what he has filled of it they lack again."""

    key: Key
    order_id: OrderId
    units: int


class HoldingGone(Struct, frozen=True, kw_only=True, gc=False):
    """The broker's net proves that copied units left by other hands; ``units`` is signed as held.

    Claims of the order are met by that much; the rest of the holding stays.
    """

    key: Key
    order_id: OrderId
    units: int


class HeldConverted(Struct, frozen=True, kw_only=True, gc=False):
    """A follower's owner converted his copies; ``own`` is what he has of that product besides."""

    key: Key
    product: Product
    own: int
    at: datetime


class HeldProved(Struct, frozen=True, kw_only=True, gc=False):
    """The account was compared with what was held overnight; ``own`` is what it has besides."""

    key: Key
    own: int
    at: datetime


class HeldEnded(Struct, frozen=True, kw_only=True, gc=False):
    """A contract expired: its copied ``units``, signed, are held no more."""

    key: Key
    units: int
    at: datetime


class HoldingClosed(Struct, frozen=True, kw_only=True, gc=False):
    """An order of the broker's or the exchange's own closed signed copied ``units`` on paper.

    ``order_id`` is that order, ``filled`` all that it has closed by now, and ``price`` what these units
    brought, rupees.
    """

    key: Key
    order_id: OrderId
    units: int
    filled: int
    price: Decimal
    at: datetime


class SyncEntered(Struct, frozen=True, kw_only=True, gc=False):
    """A person had ``units``, signed, entered to bring a ledger in step; ``order_id`` is of our making.

    ``of`` is the master's net that they stand for, units; ``limit`` the worst price, rupees, where one is set.
    """

    key: Key
    order_id: OrderId
    units: int
    of: int
    at: datetime
    limit: Decimal | None = None


class HoldingDetached(Struct, frozen=True, kw_only=True, gc=False):
    """A person handed the copies of a key back: they are the owner's own, and all children with them."""

    key: Key
    at: datetime


class ClaimSettled(Struct, frozen=True, kw_only=True, gc=False):
    """Claimed units that were met otherwise: by other exits, or by a claim of the other side that came to nothing.

    ``by`` is the order whose exit filled them ahead of its own claim; None where none is known to have.
    """

    key: Key
    order_id: OrderId
    units: int
    by: OrderId | None = None


class Skipped(Struct, frozen=True, kw_only=True, gc=False):
    """A leg of a follower's part gets no (further) order, for a reason."""

    key: Key
    order_id: OrderId
    leg: Leg
    reason: SkipReason
    detail: str
    at: datetime
