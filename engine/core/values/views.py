"""What people look at: plain values read off the engine's state, for chat, CLI and demo."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import MASTER, AccountName, OrderId, OrderType, Product, Side, Venue
from engine.core.values.orders import Funds


@unique
class SessionState(StrEnum):
    """Whether an account can be spoken to."""

    OK = "ok"
    LOGIN = "login"


@unique
class CheckLevel(StrEnum):
    """How a preflight line ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class CheckLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a preflight; ``text`` is plain and holds the mend where it failed."""

    level: CheckLevel
    text: str

    @classmethod
    def ok(cls, text: str) -> "CheckLine":
        """Return a line about something that is well."""
        return cls(level=CheckLevel.OK, text=text)

    @classmethod
    def warn(cls, text: str) -> "CheckLine":
        """Return a line about something left out or worth knowing."""
        return cls(level=CheckLevel.WARN, text=text)

    @classmethod
    def fail(cls, text: str) -> "CheckLine":
        """Return a line about what forbids a start."""
        return cls(level=CheckLevel.FAIL, text=text)


class AccountView(Struct, frozen=True, kw_only=True, gc=False):
    """One account on the status card.

    Attributes:
        open_positions: Symbols with a net position other than zero; None while not known.
        day_pnl: Rupees; None while not known.
        lag_p95_ms: Master event received → follower's broker answered, of today, milliseconds; None without copies.
        paused: Entries stopped for this follower alone.
        paused_why: Where the broker takes no orders of it, its words for that.
        refused_exits: Exits that were refused for good and wait for a person to send them again.
        leaving: Not in the settings any more, and still here for the exits of what was copied to it.
        unresolved: Intents whose outcome is UNKNOWN or needs a person.
        unresolved_names: These orders, each in one short phrase.
        segments_lacking: Exchanges it is set to copy that its broker has not enabled.
        held_up: Exits that wait until the owner has authorised the sale of his shares.
        holds_live: Whether it holds real copies, so that it needs a session in any mode.
        stuck_exits: Exits that work at the broker and have not filled for half a minute.
    """

    name: AccountName
    user_id: str
    session: SessionState
    open_positions: int | None
    day_pnl: Decimal | None
    lag_p95_ms: int | None
    paused: bool = False
    enabled: bool = True
    unresolved: int = 0
    unresolved_names: tuple[str, ...] = ()
    segments_lacking: tuple[str, ...] = ()
    held_up: int = 0
    stuck_exits: int = 0
    holds_live: bool = False
    leaving: bool = False
    paused_why: str = ""
    refused_exits: int = 0

    def needs_login(self, venue: Venue) -> bool:
        """Return whether it has no session and needs one in this mode.

        PAPER needs the master's alone; whoever holds real copies needs his in any mode, for their exits.
        """
        if self.session is SessionState.OK:
            return False
        wanted = self.name == MASTER or (self.enabled and venue is Venue.LIVE)
        return wanted or self.holds_live


class StatusView(Struct, frozen=True, kw_only=True, gc=False):
    """The whole state on one card.

    ``frozen``: no entry leaves, because another copy of us was met; ``problems`` says what to do.
    ``clock_wrong``: no entry leaves, because this machine's clock is far off the broker's.
    ``open_offers`` counts the questions that wait for a press. ``losses``: of each limit of a daily loss, in one
    line, what is used of it and what it stops.
    """

    venue: Venue
    copying: bool
    since: datetime | None
    armed_until: datetime | None
    killed: bool
    stream_up: bool
    book_age_s: float | None
    last_copy_at: datetime | None
    resting_entries: int
    accounts: tuple[AccountView, ...]
    problems: tuple[str, ...] = ()
    totp_locked: bool = False
    frozen: bool = False
    clock_wrong: bool = False
    open_offers: int = 0
    losses: tuple[str, ...] = ()


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


class AccountFunds(Struct, frozen=True, kw_only=True, gc=False):
    """What one account may spend, read at the broker just now.

    Attributes:
        funds: Rupees per Kite segment; None where they could not be read.
        problem: Why not, in one plain line with the mend; empty where they were.
    """

    account: AccountName
    funds: Funds | None
    problem: str = ""


class LimitLine(Struct, frozen=True, kw_only=True, gc=False):
    """One limit of a follower's: its setting's short name, the limit, and what is used of it in words."""

    name: str
    limit: str
    used: str = ""


class AccountLimits(Struct, frozen=True, kw_only=True, gc=False):
    """The limits on one follower's entries; ``cuts``: what is over one is cut, not left out.

    ``chosen`` is what was set from the chat of its rules, and of what is over all followers.
    """

    account: AccountName
    lines: tuple[LimitLine, ...]
    cuts: bool = False
    chosen: tuple["SettingLine", ...] = ()


class SettingLine(Struct, frozen=True, kw_only=True, gc=False):
    """One value that may be set from the chat.

    Attributes:
        value: As it counts now.
        by_env: As the settings have it.
        chosen: Whether it was set from the chat.
    """

    key: str
    value: str
    by_env: str
    chosen: bool


@unique
class ChildState(StrEnum):
    """What a follower's part in one master order has come to, in one word for a table."""

    PLANNED = "planned"
    SENDING = "sending"
    WORKING = "open"
    PARTIAL = "part"
    FILLED = "fill"
    CANCELLED = "cancelled"
    SKIPPED = "skip"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    NEEDS_HUMAN = "needs you"


class ChildView(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's part in one master order.

    Attributes:
        quantity: Units wanted in all, >= 0.
        filled: Units filled.
        average_price: Rupees over ``filled``.
        lag_ms: Master event received → broker answered, milliseconds.
        slippage_bps: Follower's average against the master's, positive is worse.
        reason: Skip reason, or the broker's text verbatim.
        note: What was translated for the exchange, in a few words; empty where nothing was.
    """

    follower: AccountName
    state: ChildState
    side: Side
    quantity: int
    filled: int
    average_price: Decimal | None = None
    lag_ms: int | None = None
    slippage_bps: int | None = None
    reason: str = ""
    note: str = ""


class CopyView(Struct, frozen=True, kw_only=True, gc=False):
    """One master order and what every follower did with it.

    ``order_type`` is None until an order book has shown the order: the socket shows a protected
    MARKET order as a LIMIT at a price nobody set.

    Attributes:
        price: Rupees of the limit; None at the market.
        trigger_price: Rupees at which a stop becomes active; None where it is no stop.
        alone: Whether it is one follower's part that is shown, without the master's figures.
    """

    venue: Venue
    number: int
    master_order_id: OrderId
    at: datetime
    exchange: str
    symbol: str
    side: Side
    product: Product
    order_type: OrderType | None
    quantity: int
    filled: int
    price: Decimal | None
    average_price: Decimal | None
    status: str
    children: tuple[ChildView, ...]
    trigger_price: Decimal | None = None
    alone: bool = False

    @property
    def settled(self) -> bool:
        """Whether no follower's part can change by itself any more."""
        moving = {ChildState.PLANNED, ChildState.SENDING, ChildState.WORKING, ChildState.PARTIAL}
        return not any(child.state in moving for child in self.children)
