"""What people see of positions: held, out of step, and what would bring them in step or hand them back."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.market import AccountName, Product, Side, Venue
from engine.core.values.views import SessionState


class PositionView(Struct, frozen=True, kw_only=True, gc=False):
    """One line of ``/positions``.

    Attributes:
        net: Signed units at the broker (or paper venue); None while not known.
        copied: Signed units that came from copying.
        last_price: Rupees; None while not known.
    """

    exchange: str
    symbol: str
    product: Product
    net: int | None
    copied: int
    average_price: Decimal | None
    last_price: Decimal | None
    pnl: Decimal | None


class AccountPositions(Struct, frozen=True, kw_only=True, gc=False):
    """Positions of one account.

    Attributes:
        read_at: When they were read, in PAPER the newest prices; None: never.
    """

    account: AccountName
    venue: Venue
    read_at: datetime | None
    rows: tuple[PositionView, ...]

    @property
    def day_pnl(self) -> Decimal | None:
        """Rupees over all rows; None unless that of every row is known."""
        known = [row.pnl for row in self.rows if row.pnl is not None]
        whole = self.read_at is not None and len(known) == len(self.rows)
        return sum(known, Decimal(0)) if whole else None


class DriftRow(Struct, frozen=True, kw_only=True, gc=False):
    """One symbol in which a follower is not in step; all numbers are signed units.

    Attributes:
        wanted: The master's net at the follower's multiplier, toward zero to whole lots.
        copied: What our ledger says was copied and is still held.
        observed: The copied holding as the broker shows it, without what the owner holds himself;
            None in PAPER and while not known.
        note: Why it may differ, in a few words; empty where the ledger does not know.
    """

    exchange: str
    symbol: str
    product: Product
    wanted: int
    copied: int
    observed: int | None
    note: str = ""


class AccountDrift(Struct, frozen=True, kw_only=True, gc=False):
    """Everything in which one follower is not in step; no rows means all is.

    Attributes:
        read_at: When its positions were last read at the broker; None in PAPER, or never.
    """

    account: AccountName
    venue: Venue
    session: SessionState
    read_at: datetime | None
    rows: tuple[DriftRow, ...]


class SyncOrder(Struct, frozen=True, kw_only=True, gc=False):
    """One order that would bring a follower nearer to the master; ``entry`` False reduces.

    ``limit`` is the worst price as of now, rupees; None: at the market.
    """

    follower: AccountName
    exchange: str
    symbol: str
    product: Product
    side: Side
    quantity: int
    entry: bool
    why: str
    limit: Decimal | None = None


class SyncLeft(Struct, frozen=True, kw_only=True, gc=False):
    """A difference for which no order is proposed (or no entry), and why."""

    follower: AccountName
    symbol: str
    why: str


class LegsMargin(Struct, frozen=True, kw_only=True, gc=False):
    """What so many orders of one follower need together, and what is free for them.

    Rupees; None where the broker did not tell.
    """

    follower: AccountName
    legs: int
    needed: Decimal | None
    free: Decimal | None

    @property
    def is_short(self) -> bool:
        """Whether more is needed than is free."""
        return self.needed is not None and self.free is not None and self.needed > self.free


class SyncProposal(Struct, frozen=True, kw_only=True, gc=False):
    """What would bring followers in step.

    Attributes:
        orders: Reductions first.
        mark: Tells this list of orders from another.
        without: Followers who are left out as a whole, since their margin is short.
        margins: What the orders need, where that was asked.
    """

    orders: tuple[SyncOrder, ...]
    left: tuple[SyncLeft, ...]
    mark: str
    without: tuple[AccountName, ...] = ()
    margins: tuple[LegsMargin, ...] = ()


class DetachRow(Struct, frozen=True, kw_only=True, gc=False):
    """Copies that would be handed back: signed ``units`` held, and ``working`` orders of ours."""

    exchange: str
    symbol: str
    product: Product
    units: int
    working: int


class DetachProposal(Struct, frozen=True, kw_only=True, gc=False):
    """What /detach would hand back; ``mark`` tells this list from another."""

    rows: tuple[DetachRow, ...]
    mark: str
