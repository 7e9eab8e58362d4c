"""What is known of an account: its session, its book and positions, and what its socket told."""

from datetime import datetime

from msgspec import Struct, field

from engine.core.values.keys import Key
from engine.core.values.market import AccountName, Exchange, OrderId
from engine.core.values.orders import Funds, HoldingRow, OrderRow, PositionRow


class Ahead(Struct, frozen=True, kw_only=True, gc=False):
    """What a socket said of an order before the book did. ``at`` is when; ``stamp`` the row's own."""

    at: datetime
    stamp: datetime | None
    filled: int
    ended: bool


class Snapshot(Struct, frozen=True, kw_only=True, gc=False):
    """An account's positions: its net rows, when they were asked for, and when the answer was there."""

    rows: tuple[PositionRow, ...]
    asked_at: datetime
    at: datetime


class Account(Struct, kw_only=True):
    """What is known about one account.

    ``book_at``, ``book_asked_at``, ``book_total``, ``most_rows``, ``ahead``, ``stale_since``, ``book_newest``,
    ``untagged``, ``untagged_since``, ``bare``, ``bare_frames``, ``tagged``, ``socket_shows_tags``, ``doubt_until``,
    ``reconciled``, ``reconcile_from``, ``back_at`` and ``hand_at`` are of this run: not journalled and begin anew at a start.

    Attributes:
        resumed_at: When a person last asked to /resume it; None before.
        book_version: Number of the last finished book read.
        book_at: When that read was answered.
        book_total: How many rows it had.
        most_rows: The most that a read of today had; a book of a day only grows.
        ahead: What the socket said of orders that no book has shown yet.
        stale_since: What the book should show and does not happened then; None: it keeps up.
        shrunk: (rows, reads in a row) of books that had fewer rows than before.
        reconciled: Whether a book was read since the process or the session began; before, nothing new
            is sent for it.
        reconcile_from: Only a book asked for at this time or later reconciles; an older one was on its
            way when a login or a /resume came. None: any does.
        hand_at: When the socket last told of other hands that closed what is copied, by key.
        back_at: When a start, a login or the machine's waking up last ended a time in which nobody looked.
        book_asked_at: When that read was asked for.
        book_newest: The latest stamp that a believed read of its book has shown in this run.
        untagged: Rows without a tag that reads of its book have shown in this run, as last seen.
        untagged_since: When an order without a tag was first heard of in this run, by a read or the socket.
        bare: Orders that a read of its book showed without a tag beside others that had one.
        bare_frames: Orders of which the socket told without a tag.
        tagged: Orders that were seen with a tag, whosever.
        twins: Orders of today like one of ours without an answer, seen without a tag where others had theirs.
        socket_shows_tags: Whether its socket has told of an order with a tag.
        filled_at: When a fill of a copy there was last learned.
        doubt_until: Its positions are to be read at once until then; None where nothing waits.
        exchanges: Segments the broker has enabled, as the newest login told; empty: not known.
        demat_consent: Kite's word for the consent to debit shares; None: not known.
        positions: Net rows of the newest snapshot; None where never read.
        snapshot_before: The one before it; None where there was none today.
        holdings: Delivery shares as last read; None where never read.
        funds: What it has, as last read, where somebody is sized by it; None where never read.
        funds_at: When that was asked for.
    """

    name: AccountName
    user_id: str = ""
    session_ok: bool = False
    login_at: datetime | None = None
    sealed_token: str = ""
    user_name: str = ""
    exchanges: frozenset[str] = frozenset()
    demat_consent: str | None = None
    paused: bool = False
    resumed_at: datetime | None = None
    book_version: int = 0
    book_at: datetime | None = None
    book_total: int = 0
    most_rows: int = 0
    ahead: dict[OrderId, Ahead] = field(default_factory=dict)
    stale_since: datetime | None = None
    shrunk: tuple[int, int] = (0, 0)
    reconciled: bool = False
    reconcile_from: datetime | None = None
    back_at: datetime | None = None
    hand_at: dict[Key, datetime] = field(default_factory=dict)
    book_asked_at: datetime | None = None
    book_newest: datetime | None = None
    untagged: dict[OrderId, OrderRow] = field(default_factory=dict)
    untagged_since: dict[OrderId, datetime] = field(default_factory=dict)
    bare: set[OrderId] = field(default_factory=set)
    bare_frames: set[OrderId] = field(default_factory=set)
    tagged: set[OrderId] = field(default_factory=set)
    twins: set[OrderId] = field(default_factory=set)
    socket_shows_tags: bool = False
    filled_at: datetime | None = None
    doubt_until: datetime | None = None
    positions: tuple[PositionRow, ...] | None = None
    holdings: tuple[HoldingRow, ...] | None = None
    positions_asked_at: datetime | None = None
    positions_at: datetime | None = None
    snapshot_before: Snapshot | None = None
    funds: Funds | None = None
    funds_at: datetime | None = None

    def is_login(self, sealed_token: str, login_at: datetime | None) -> bool:
        """Return whether this is the login that the account uses already."""
        return self.session_ok and (sealed_token, login_at) == (self.sealed_token, self.login_at)

    def unread(self, at: datetime) -> None:
        """Have nothing new sent until a book is read that is asked for from now on."""
        self.reconciled, self.reconcile_from = False, at

    def look_again(self, at: datetime) -> None:
        """Have nothing new sent until it is read: nobody has looked at it until now."""
        self.unread(at)
        self.back_at = at

    def is_reconciled_by(self, asked_at: datetime) -> bool:
        """Return whether a book asked for then is of this run and session."""
        return self.reconcile_from is None or asked_at >= self.reconcile_from

    def lacks(self, exchange: str) -> bool:
        """Return whether the broker has not enabled an exchange; False while that is not known.

        A list that names none of the exchanges we know is not understood, and gates nothing.
        """
        if not self.exchanges or exchange in self.exchanges:
            return False
        return not self.exchanges.isdisjoint(Exchange)
