"""A world for `decide`: time that stands still, a master, followers' brokers, and a journal.

Everything goes through :meth:`World.offer`, which keeps the records as the journal does: encoded.
:meth:`World.check_journal` folds them anew and compares every field of the state.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.decide import decide, trading_day_of
from engine.core.state.chosen import configure
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values import control as c
from engine.core.values.calendar import ALWAYS_OPEN
from engine.core.values.commands import Command
from engine.core.values.events import (
    Allowance,
    Asked,
    BookRead,
    Event,
    FundsRead,
    MarginAnswered,
    PositionsRead,
    RowHinted,
    SessionLost,
    Started,
    Ticked,
)
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import MASTER, AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.orders import Fill, Funds, HoldingRow, OrderRow, PositionRow
from engine.core.values.rules import FollowerRules
from storage.codec import decode_event, decode_record, encode_event, encode_record
from tests.core.core_brokers import FollowersBrokers
from tests.core.core_journal import comparable
from tests.core.core_orders import (
    FATHER,
    FUTURE,
    INSTRUMENTS,
    KINDS,
    LISTED,
    MORNING,
    MOTHER,
    OWNER,
    PLENTY,
    a_follower,
    an_order,
    done,
)
from tests.core.core_readers import Readings

__all__ = [
    "FATHER",
    "FUTURE",
    "INSTRUMENTS",
    "KINDS",
    "LISTED",
    "MORNING",
    "MOTHER",
    "OWNER",
    "PLENTY",
    "World",
    "a_follower",
    "an_order",
    "comparable",
    "done",
]


class World(FollowersBrokers, Readings):
    """State, clock, accounts; LIVE, armed, copying and read, unless told otherwise."""

    def __init__(
        self, *followers: FollowerRules, venue: Venue = Venue.LIVE, copying: bool = True,
        at: datetime = MORNING,
    ):  # fmt: skip
        self.now = at
        self.calendar = ALWAYS_OPEN
        self.state = State()
        self.rules = {each.name: each for each in followers or (a_follower(),)}
        self.journal: list[tuple[str, bytes]] = []
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.commands: list[Command] = []
        self.pending: deque[Command] = deque()
        self.reads: list[AccountName] = []
        self.allowances: dict[AccountName, Allowance] = {}
        self.obliging = False
        self.questions: list[MarginQuestion] = []
        self.margins_answer = False
        self.master_rows: dict[OrderId, OrderRow] = {}
        self.rows: dict[AccountName, dict[OrderId, OrderRow]] = {n: {} for n in self.rules}
        self.order_ids: dict[str, OrderId] = {}
        self.last: Decision | None = None
        self._updates = 100
        self._orders = 0
        self._configure(self.state)
        self.offer(Started(at=self.now, trading_day=trading_day_of(self.now), install_id="K7"))
        for name in (MASTER, *self.rules):
            self.log_in(name)
        self.master()
        self.master_positions()
        for name in self.rules:
            self.read(name)
        if venue is Venue.LIVE:
            self.go_live()
        if copying:
            assert self.ask(c.StartCopy()).accepted

    # -- what happens -------------------------------------------------------------------------

    def offer(self, event: Event) -> Decision:
        """Decide an event, keep its records encoded, and let an obliging broker do its part."""
        kind, body = encode_event(event)
        assert decode_event(kind, body) == event
        self.events.append(event)
        decision = decide(self.state, event, self.allowances)
        self.journal += [encode_record(record) for record in decision.records]
        self.notices += decision.notices
        self.commands += decision.sends
        self.pending += decision.sends
        self.reads += decision.reads
        self.last = decision
        for question in decision.questions:
            self.questions.append(question)
            if not self.margins_answer:
                self.margin()
        if self.obliging:
            self._oblige()
        return decision

    def ask(self, request: c.Request, *, update_id: int | None = None) -> c.Reply:
        self._updates += 1
        number = self._updates if update_id is None else update_id
        event = Asked(request=request, by=OWNER, update_id=number, sent_at=None, at=self.now)
        reply = self.offer(event).reply
        assert reply is not None
        return reply

    def log_in(self, name: AccountName, *exchanges: str, consent: str | None = None) -> None:
        """Log an account in; the exchanges are what its broker tells to be enabled."""
        request = c.SessionStored(
            account=name, user_id=f"U{name.upper()}", user_name=name, sealed_token="x",
            login_at=self.now, exchanges=frozenset(exchanges), demat_consent=consent,
        )  # fmt: skip
        assert self.ask(request).accepted

    def lose_session(self, name: AccountName = FATHER) -> None:
        self.offer(SessionLost(account=name, at=self.now))

    def go_live(self, hours: float = 20) -> None:
        until = self.now + timedelta(hours=hours)
        assert self.ask(c.GoLive(armed_until=until, totp_step=None)).accepted

    def wait(self, seconds: float, *, step: float = 0.5, **prices: object) -> None:
        """Let time pass; `prices` are NSE symbols and rupees."""
        end = self.now + timedelta(seconds=seconds)
        told = tuple((f"NSE:{symbol}", Decimal(str(price))) for symbol, price in prices.items())
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=step))
            self.offer(Ticked(at=self.now, trading_day=trading_day_of(self.now), prices=told))

    def sleep(self, seconds: float) -> None:
        """Let time pass without a tick, as while the process is down."""
        self.now += timedelta(seconds=seconds)

    def restart(self, *, rules: Iterable[FollowerRules] | None = None) -> None:
        """End the process and begin again from the journal alone."""
        self.check_journal()
        if rules is not None:
            self.rules = {each.name: each for each in rules}
        self.state = self._folded()
        self._configure(self.state)
        self.pending.clear()
        self.offer(Started(at=self.now, trading_day=trading_day_of(self.now), install_id="K7"))

    def funds(
        self, name: AccountName, equity: object, commodity: object = 0, *, used: object = 0
    ) -> None:
        """Read an account's funds: rupees that are free in each segment, and used in both."""
        told = None if used is None else Decimal(str(used))
        self.offer(
            FundsRead(
                account=name,
                funds=Funds(
                    equity=Decimal(str(equity)), commodity=Decimal(str(commodity)),
                    equity_used=told, commodity_used=told,
                ),
                asked_at=self.now,
                at=self.now,
            )
        )  # fmt: skip

    def margin(
        self, needed: object = None, free: object = None, question: MarginQuestion | None = None
    ) -> None:
        """Answer a question about margin, the newest unless told; without figures: it failed."""
        asked = question or self.questions[-1]
        funds = None if free is None else Funds(equity=Decimal(str(free)), commodity=Decimal(0))
        self.offer(
            MarginAnswered(
                key=asked.key, order_id=asked.order_id,
                needed=None if needed is None else Decimal(str(needed)), funds=funds, at=self.now,
            )
        )  # fmt: skip

    # -- the master ---------------------------------------------------------------------------

    def master(
        self, *rows: OrderRow, fills: tuple[Fill, ...] | None = None, age_unknown: bool = False
    ) -> Decision:
        """Read the master's book: these rows are new or changed."""
        stamped = [self._stamped(row) for row in rows]
        self.master_rows.update((row.order_id, row) for row in stamped)
        return self.offer(
            BookRead(
                venue=Venue.LIVE, account=MASTER, rows=tuple(stamped),
                total=len(self.master_rows), asked_at=self.now, at=self.now, fills=fills,
                age_unknown=age_unknown,
            )
        )  # fmt: skip

    def hint(self, row: OrderRow, *, trusted: bool = True) -> Decision:
        row = self._stamped(row)
        return self.offer(
            RowHinted(venue=Venue.LIVE, account=MASTER, row=row, at=self.now, trusted=trusted)
        )

    def master_positions(self, *rows: PositionRow, holdings: tuple[HoldingRow, ...] = ()) -> None:
        self.offer(
            PositionsRead(
                venue=Venue.LIVE, account=MASTER, rows=rows, holdings=holdings,
                asked_at=self.now, at=self.now,
            )
        )  # fmt: skip

    # -- the journal --------------------------------------------------------------------------

    def check_journal(self) -> None:
        """The records alone give the state that stands in memory."""
        assert comparable(self._folded()) == comparable(self.state)

    def _folded(self) -> State:
        state = State()
        for kind, body in self.journal:
            apply(state, decode_record(kind, body))
        return state

    def _configure(self, state: State) -> None:
        configure(state, self.rules.values(), total_loss_limit=None)
        state.instruments = INSTRUMENTS
        state.calendar = self.calendar

    def _stamped(self, row: OrderRow) -> OrderRow:
        if row.updated_at is not None:
            return row
        known = self.master_rows.get(row.order_id)
        placed = known.placed_at if known else self.now
        return replace(row, placed_at=row.placed_at or placed, updated_at=self.now)
