"""Everything the engine knows, as the fold of the journal.

Values inside are frozen; the containers are owned by the one writer and changed only by
``fold.apply``, so that the same records always rebuild the same state.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field

from engine.core.state.accounts import Account
from engine.core.state.product_watch import Apart, ProductWatch
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.calendar import ALWAYS_OPEN, Calendar
from engine.core.values.child import Child
from engine.core.values.clock_level import ClockLevel, level_of
from engine.core.values.control import Reply
from engine.core.values.copies import KeyBook
from engine.core.values.exact import Exact
from engine.core.values.freeze import LearnedFreeze, corrected
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument, InstrumentBook
from engine.core.values.keys import Key, MasterKey
from engine.core.values.lessons import Lesson, taught
from engine.core.values.logins import PendingLogin
from engine.core.values.loss import DayLoss, DayReference
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.merge import Sighting
from engine.core.values.offers import Offer
from engine.core.values.orders import OrderRow
from engine.core.values.panic import Panic
from engine.core.values.people import Invitation, Person
from engine.core.values.routines import Routine
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import Chosen
from engine.core.values.strangers import Fence


class MasterOrder(Struct, kw_only=True, gc=False):
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

    @property
    def is_yet_to_fill(self) -> bool:
        """Whether fills of it may still come, or were shown and are not folded yet."""
        return not self.row.status.is_terminal or self.folded < self.row.filled_quantity


class MasterPosition(Struct, kw_only=True, gc=False):
    """The master's side of a key: ``net`` signed units, and his orders in the order first seen.

    ``moved_at`` is when his newest fill happened; ``working`` are his orders that may still fill, so that a
    long day does not make a decision slower.
    """

    net: int = 0
    moved_at: datetime | None = None
    orders: dict[OrderId, MasterOrder] = field(default_factory=dict)
    working: dict[OrderId, None] = field(default_factory=dict)
    flat_at: datetime | None = None


class WaitingSettings(Struct, frozen=True, kw_only=True, gc=False):
    """All of what a file of settings says of followers, of which something waits for a person."""

    rules: tuple[FollowerRules, ...]
    total_loss_limit: Decimal | None


class State(Struct, kw_only=True):
    """The whole state.

    ``wakes``, ``prices``, ``lessons``, ``told``, ``told_before``, ``products``, ``apart``, ``stream_up``, ``stream_since``, ``clock_level``,
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
        kept: What the account of every other follower needs, sealed: a start that finds one of them missing
            from the file lets his exits follow by it.
        gone_today: Who was removed today: what he has lost counts in what all of them may lose.
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
        told_before: Those of them that were there as this day opened and are forgotten as the next one does.
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
    kept: dict[AccountName, str] = field(default_factory=dict)
    gone_today: set[AccountName] = field(default_factory=set)
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
    lent: dict[MasterKey, dict[MasterKey, Exact]] = field(default_factory=dict)
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
    told_before: set[str] = field(default_factory=set)
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
