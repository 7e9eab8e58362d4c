"""Everything the engine knows, as the fold of the journal.

Values inside are frozen; the containers are owned by the one writer and changed only by
``fold.apply``, so that the same records always rebuild the same state.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.calendar import ALWAYS_OPEN, Calendar
from engine.core.values.clock_level import ClockLevel, level_of
from engine.core.values.control import Reply
from engine.core.values.copies import Child, KeyBook
from engine.core.values.freeze import LearnedFreeze, corrected
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument, InstrumentBook
from engine.core.values.keys import Key, MasterKey
from engine.core.values.lessons import Lesson, taught
from engine.core.values.logins import PendingLogin
from engine.core.values.loss import DayLoss, DayReference
from engine.core.values.market import AccountName, Exchange, OrderId, Tag, Venue
from engine.core.values.merge import Sighting
from engine.core.values.offers import Offer
from engine.core.values.orders import Funds, HoldingRow, OrderRow, PositionRow
from engine.core.values.panic import Panic
from engine.core.values.people import Invitation, Person
from engine.core.values.routines import Routine
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import Chosen
from engine.core.values.strangers import Fence


@dataclass(slots=True, kw_only=True)
class MasterOrder:
    """One order of the master.

    Attributes:
        number: Counts master orders for people (``#214``).
        seen_at: When any source first showed it.
        fill_at: When its first fill happened; None before.
        filled_at: When its newest fill happened; None before the first.
        ended_at: When it was first seen terminal.
        folded: Units of its fills already folded into the ledger.
        entry_filled: Units of ``folded`` that opened or added.
        exit_filled: Units of ``folded`` that reduced.
        proven: Whether an order book has shown it; the socket leaves out that a LIMIT is a
            protected MARKET order.
        was_exit: Whether its unfilled remainder was ever an exit; its entries are then copied
            only as they fill.
    """

    sighting: Sighting
    number: int
    seen_at: datetime
    fill_at: datetime | None = None
    filled_at: datetime | None = None
    ended_at: datetime | None = None
    folded: int = 0
    entry_filled: int = 0
    exit_filled: int = 0
    was_exit: bool = False
    proven: bool = False

    @property
    def row(self) -> OrderRow:
        """The merged row."""
        return self.sighting.row


@dataclass(slots=True, kw_only=True)
class MasterPosition:
    """The master's side of a key: ``net`` signed units, and his orders in the order first seen.

    ``moved_at`` is when his newest fill happened.
    """

    net: int = 0
    moved_at: datetime | None = None
    orders: dict[OrderId, MasterOrder] = field(default_factory=dict)
    flat_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What a socket said of an order before the book did. ``at`` is when; ``stamp`` the row's own."""

    at: datetime
    stamp: datetime | None
    filled: int
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An account's positions: its net rows, when they were asked for, and when the answer was there."""

    rows: tuple[PositionRow, ...]
    asked_at: datetime
    at: datetime


@dataclass(slots=True, kw_only=True)
class Account:
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
        return exchange not in self.exchanges and not self.exchanges.isdisjoint(Exchange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A follower's positions at a moment, and what was copied in each key then, signed units."""

    rows: tuple[PositionRow, ...]
    held: dict[MasterKey, int]


@dataclass(slots=True, kw_only=True)
class ProductWatch:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A follower's difference in a key that nothing explains, in signed units, and when it was first read."""

    wanted: int
    copied: int
    observed: int | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSettings:
    """All of what a file of settings says of followers, of which something waits for a person."""

    rules: tuple[FollowerRules, ...]
    total_loss_limit: Decimal | None


@dataclass(slots=True, kw_only=True)
class State:
    """The whole state.

    ``wakes``, ``prices``, ``lessons``, ``told``, ``products``, ``apart``, ``stream_up``, ``stream_since``, ``clock_level``,
    ``clock_ahead``, ``clock_hint``, ``unseen_since``, ``loss_looked_at``, ``loss_looks``, ``panic_looked_at``, ``routines_looked_at``, ``started_at`` and ``heard_at`` are of this run of the process: they are not journalled and begin
    anew at a start.

    Attributes:
        mode_epoch: Rises whenever entries may be stopped; an entry leaves only in its own epoch.
        killed: The kill switch.
        fence: Whether another copy of us was met, and which orders tell of it.
        started_at: When this run began; None before.
        heard_at: When the newest event came; None before the first.
        stream_since: When the master's socket last came up or went down in this run; None before.
        clock_level: How bad this machine's clock is, as two answers of the broker in a row agree.
        clock_ahead: By how much it is ahead of the broker's then; negative: behind; zero while it is well.
        clock_hint: By how much the newest answer alone said so.
        calendar: When the exchanges trade; put in at each start, like the rules and the instruments.
        openings: The master's net carried into today, per key.
        openings_known: Whether they were read today; before, no fill can be classed.
        freezes: Freeze quantities the broker has named, by their scope.
        listings: What the list of its day said of each instrument that was entered, by exchange and
            symbol, as long as copies of it are held.
        lent: For a key that gained by conversions of the master: how much of his net there is copied
            under which key it came from, signed units.
        offers: Questions put to people, by the id of their notice, oldest first; ``open_offers`` are
            those that are not settled.
        offer_tokens: Which offer the data of a button belongs to, by its digest.
        channels: When each channel besides the chat was first configured.
        unacknowledged: Critical alerts that wait for a person, and when each was first delivered; None:
            not yet.
        replies: Answers given to chat updates, by update id, oldest first.
        cards: Chat message that shows a topic, by (topic, chat id).
        wakes: When a wish will change without an event: one follower's in a key, or all of theirs.
        entries_of_day: How many entry orders were decided today, by venue and follower.
        planned: Open children that were decided and have not left.
        apart: Differences that were seen in the newest read of a follower's positions, by key.
        references: What units carried overnight are measured from, by exchange and symbol; of today.
        losses: How far down the loss ladder today, by venue and follower; ``EVERYONE`` is all together.
        total_loss_limit: Rupees of ``RISK__MAX_DAILY_LOSS``; put in at each start, like the rules.
        unseen_since: Since when the loss of a follower cannot be seen, for want of a price.
        loss_looked_at: When losses were last looked at.
        loss_looks: The profit that the look before showed, by whose limit.
        rules: Of each follower: the settings', with what was set from the chat over them.
        env_rules: As in the settings; put in at each start, with ``env_total_loss_limit``, and by every
            reading of them in between.
        chosen: What was set from the chat, by follower (empty: all) and key.
        settings_at: When settings that were read again while the program ran last counted; None: never.
        waiting_settings: Those of which something waits for a person; None: nothing does.
        leaving: Who is in no file any more and goes once nothing copied is left, with what his account
            needs until then, sealed.
        joined: When a follower was added while the program ran; nobody else is in it.
        alerts: How loud messages are, by chat; a chat that chose nothing is not in it.
        panic: The newest /panic of the day; None: there was none.
        panic_looked_at: When it was last looked how far it is.
        installed_at: When the program first ran on this store; None before.
        logins: Of each account the login button that may still be used, or has just ended.
        routines: Of each routine of the daily rhythm the moment up to which all is told.
        evening_of: The day before, where the master had orders in a segment that trades into the evening.
        routines_looked_at: When it was last looked whether one is due.
        told: One-off notices that were already raised in this run.
        owners: Ids that the settings name as owners; put in at each start, like the rules.
        people: Everybody who was paired by a code, by Telegram id.
        invitations: Pairing codes that were not used, by digest; expired ones are left out at the next.
        codes_accepted: When a code of the second factor was last taken from whom.
        pairing_misses: When who sent pairing codes that do not work; of the last hour.
        strangers_named: When owners were last told of whom who is unknown; of the last hour.
    """

    install_id: str = "00"
    trading_day: date | None = None
    venue: Venue = Venue.PAPER
    mode_epoch: int = 0
    copying: bool = False
    copying_since: datetime | None = None
    armed_until: datetime | None = None
    killed: bool = False
    fence: Fence = field(default_factory=Fence)
    started_at: datetime | None = None
    heard_at: datetime | None = None
    stream_up: bool = False
    stream_since: datetime | None = None
    clock_level: ClockLevel = ClockLevel.WELL
    clock_ahead: timedelta = timedelta()
    clock_hint: timedelta = timedelta()
    totp_last_step: int | None = None
    totp_failures: int = 0
    totp_locked: bool = False
    next_notice: int = 1
    next_number: int = 1
    last_copy_at: datetime | None = None
    rules: dict[AccountName, FollowerRules] = field(default_factory=dict)
    env_rules: dict[AccountName, FollowerRules] = field(default_factory=dict)
    env_total_loss_limit: Decimal | None = None
    chosen: dict[tuple[AccountName, str], Chosen] = field(default_factory=dict)
    settings_at: datetime | None = None
    waiting_settings: WaitingSettings | None = None
    leaving: dict[AccountName, str] = field(default_factory=dict)
    joined: dict[AccountName, datetime] = field(default_factory=dict)
    calendar: Calendar = ALWAYS_OPEN
    instruments: InstrumentBook = NO_INSTRUMENTS
    accounts: dict[AccountName, Account] = field(default_factory=dict)
    master: dict[MasterKey, MasterPosition] = field(default_factory=dict)
    master_key_of: dict[OrderId, MasterKey] = field(default_factory=dict)
    openings: dict[MasterKey, int] = field(default_factory=dict)
    openings_known: bool = False
    freezes: dict[tuple[str, str], LearnedFreeze] = field(default_factory=dict)
    listings: dict[tuple[str, str], Instrument] = field(default_factory=dict)
    lent: dict[MasterKey, dict[MasterKey, Fraction]] = field(default_factory=dict)
    books: dict[MasterKey, dict[tuple[Venue, AccountName], KeyBook]] = field(default_factory=dict)
    children: dict[Tag, Child] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)
    open_offers: dict[int, Offer] = field(default_factory=dict)
    offer_tokens: dict[str, int] = field(default_factory=dict)
    unacknowledged: dict[int, datetime | None] = field(default_factory=dict)
    channels: dict[str, datetime] = field(default_factory=dict)
    replies: dict[int, Reply] = field(default_factory=dict)
    cards: dict[tuple[str, int], int] = field(default_factory=dict)
    wakes: dict[MasterKey | Key, datetime] = field(default_factory=dict)
    open_children: dict[Tag, Child] = field(default_factory=dict)
    planned: dict[Tag, Child] = field(default_factory=dict)
    entries_of_day: dict[tuple[Venue, AccountName], int] = field(default_factory=dict)
    child_orders: dict[tuple[Venue, AccountName, OrderId], Tag] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    references: dict[tuple[str, str], DayReference] = field(default_factory=dict)
    losses: dict[tuple[Venue, AccountName], DayLoss] = field(default_factory=dict)
    total_loss_limit: Decimal | None = None
    unseen_since: dict[AccountName, datetime] = field(default_factory=dict)
    loss_looked_at: datetime | None = None
    loss_looks: dict[tuple[Venue, AccountName], Decimal] = field(default_factory=dict)
    alerts: dict[int, AlertPreferences] = field(default_factory=dict)
    panic: Panic | None = None
    panic_looked_at: datetime | None = None
    installed_at: datetime | None = None
    logins: dict[AccountName, PendingLogin] = field(default_factory=dict)
    routines: dict[Routine, datetime] = field(default_factory=dict)
    evening_of: date | None = None
    routines_looked_at: datetime | None = None
    owners: frozenset[int] = frozenset()
    people: dict[int, Person] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    codes_accepted: dict[int, datetime] = field(default_factory=dict)
    pairing_misses: dict[int, tuple[datetime, ...]] = field(default_factory=dict)
    strangers_named: dict[int, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    apart: dict[Key, Apart] = field(default_factory=dict)
    products: ProductWatch = field(default_factory=ProductWatch)

    @property
    def doubts_clock(self) -> bool:
        """Whether this machine's clock was off by an answer of the broker, and is not agreed to be well."""
        return max(self.clock_level, level_of(self.clock_hint)) is not ClockLevel.WELL

    @property
    def awaits_clock(self) -> bool:
        """Whether the newest answer said that the clock is worse than is agreed: the next one tells."""
        return level_of(self.clock_hint) > self.clock_level

    def brokers_time(self, at: datetime) -> datetime:
        """Return a moment of our clock as the broker's clock shows it, by which fills are stamped."""
        return at - self.clock_ahead

    def our_time(self, at: datetime) -> datetime:
        """Return a moment that the broker has stamped as our clock shows it."""
        return at + self.clock_ahead

    def account(self, name: AccountName) -> Account:
        """Return what is known about an account, beginning with nothing."""
        found = self.accounts.get(name)
        if found is None:
            found = self.accounts[name] = Account(name=name)
        return found

    def instrument(self, exchange: str, symbol: str) -> Instrument | None:
        """Return the instrument as today's list has it, else as it was when it was entered.

        None where neither knows it, and for a contract whose last day is over.
        """
        found = self.instruments.find(exchange, symbol)
        if found is not None:
            return found
        kept = self.listings.get((exchange, symbol))
        if kept is None or (kept.expiry and self.trading_day and kept.expiry < self.trading_day):
            return None
        return kept

    def listed(self, exchange: str, symbol: str) -> Instrument | None:
        """Return the instrument with what refusals have taught of it today; or None."""
        found = self.instrument(exchange, symbol)
        if found is None:
            return None
        if self.freezes:
            found = corrected(found, self.freezes, table_date=self.instruments.freeze_date)
        return taught(found, self.lessons) if self.lessons else found

    def book(self, key: Key) -> KeyBook | None:
        """Return the ledger of a key, or None where nothing was ever copied in it."""
        return self.books.get(key.master, {}).get((key.venue, key.follower))

    def master_order(self, order_id: OrderId) -> MasterOrder | None:
        """Return a master order of today, or None."""
        key = self.master_key_of.get(order_id)
        return self.master[key].orders.get(order_id) if key is not None else None
