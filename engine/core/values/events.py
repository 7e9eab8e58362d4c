"""Everything that can happen to the engine; the one queue carries nothing else."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from engine.core.values.commands import Outcome
from engine.core.values.control import Request, Requester
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import Fill, Funds, HoldingRow, OrderRow, PositionRow


class Started(Struct, frozen=True, kw_only=True, gc=False):
    """The process began: what was SENDING is UNKNOWN, and every account is to be read."""

    at: datetime
    trading_day: date
    install_id: str


class Ticked(Struct, frozen=True, kw_only=True, gc=False):
    """Time passed. ``prices`` holds ``EXCHANGE:SYMBOL`` and rupees for symbols with open children."""

    at: datetime
    trading_day: date
    prices: tuple[tuple[str, Decimal], ...] = ()


class BookRead(Struct, frozen=True, kw_only=True, gc=False):
    """An order book was read whole.

    Attributes:
        venue: LIVE, or PAPER for the paper venue's own book.
        rows: Only the rows that differ from the last read, to keep the journal small.
        again: The others, told again while something of the account is unresolved. They are no news, so the journal
            leaves them out: with them it would grow with the square of a day's orders.
        total: How many rows the book had; fewer than before means it is not to be believed.
        fills: Today's fills where the rows alone leave something open (engine.core.state.fill_order), else None.
        age_unknown: Whether they were wanted for the age of an entry alone, and could not be read.
    """

    venue: Venue
    account: AccountName
    rows: tuple[OrderRow, ...]
    total: int
    asked_at: datetime
    at: datetime
    fills: tuple[Fill, ...] | None = None
    age_unknown: bool = False
    again: tuple[OrderRow, ...] = ()

    @property
    def shown(self) -> tuple[OrderRow, ...]:
        """Every row that it tells of."""
        return self.rows + self.again


class RowHinted(Struct, frozen=True, kw_only=True, gc=False):
    """The socket (or the paper venue) showed one order.

    ``trusted``: the socket had no gap and the last book read is at most 1.5 s old.
    """

    venue: Venue
    account: AccountName
    row: OrderRow
    at: datetime
    trusted: bool


class PositionsRead(Struct, frozen=True, kw_only=True, gc=False):
    """Positions of an account were read, and its holdings where they were asked for too.

    ``holdings`` is None where they were not read with it: what was known of them stays.
    """

    venue: Venue
    account: AccountName
    rows: tuple[PositionRow, ...]
    holdings: tuple[HoldingRow, ...] | None
    asked_at: datetime
    at: datetime


class FundsRead(Struct, frozen=True, kw_only=True, gc=False):
    """What an account has was read, for followers who are sized by it."""

    account: AccountName
    funds: Funds
    asked_at: datetime
    at: datetime


class MarginAnswered(Struct, frozen=True, kw_only=True, gc=False):
    """The margin of a hedge pair was answered: rupees its legs need together, and what the account has.

    None of what could not be had. ``key`` and ``order_id`` are those of the question: of the bought leg.
    """

    key: Key
    order_id: OrderId
    needed: Decimal | None
    funds: Funds | None
    at: datetime


class SessionLost(Struct, frozen=True, kw_only=True, gc=False):
    """The broker said that an account's access token is dead."""

    account: AccountName
    at: datetime


class StreamChanged(Struct, frozen=True, kw_only=True, gc=False):
    """The master's socket came up or went down."""

    up: bool
    reason: str
    at: datetime


class ClockCompared(Struct, frozen=True, kw_only=True, gc=False):
    """An answer of the broker was dated: our clock is ``ahead`` of its at least; negative: behind."""

    ahead: timedelta
    at: datetime


class Answered(Struct, frozen=True, kw_only=True, gc=False):
    """The wire or the lane answered a write: a placement, or else a ``cancel`` or ``modify``."""

    tag: Tag
    intent_id: str
    cancel: bool
    modify: bool = False
    outcome: Outcome
    at: datetime


class Asked(Struct, frozen=True, kw_only=True, gc=False):
    """A person asked for something."""

    request: Request
    by: Requester
    update_id: int | None
    sent_at: datetime | None
    at: datetime


class Faulted(Struct, frozen=True, kw_only=True, gc=False):
    """Something went wrong that people should hear of once a day: ``text`` is one plain line."""

    topic: str
    text: str
    at: datetime
    severity: Severity = Severity.ERROR


class DiskFilled(Struct, frozen=True, kw_only=True, gc=False):
    """The store's disk is full and the journal goes on in the room that was kept for exits."""

    at: datetime


Event = (
    Started
    | Ticked
    | BookRead
    | RowHinted
    | PositionsRead
    | FundsRead
    | MarginAnswered
    | SessionLost
    | StreamChanged
    | ClockCompared
    | Answered
    | Asked
    | Faulted
    | DiskFilled
)


class Allowance(Struct, frozen=True, kw_only=True, gc=False):
    """How many writes an account may still send now, by the rate budget."""

    entries: int
    total: int
