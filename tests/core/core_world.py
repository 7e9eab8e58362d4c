"""A world for `decide`: time that stands still, a master, followers' brokers, and a journal.

Everything goes through :meth:`World.offer`, which keeps the records as the journal does: encoded.
:meth:`World.check_journal` folds them anew and compares every field of the state.
"""

import dataclasses
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.core.decide import decide, trading_day_of
from engine.core.state.fold import apply
from engine.core.state.state import Account, State
from engine.core.state.turn import Decision, child_tag
from engine.core.values import control as c
from engine.core.values.calendar import ALWAYS_OPEN
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Outcome,
    Place,
    RefusalKind,
    Refused,
    Unknown,
)
from engine.core.values.copies import Child, CopyPart, KeyBook
from engine.core.values.events import (
    Allowance,
    Answered,
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
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.keys import Key, Leg
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import (
    IST,
    MASTER,
    AccountName,
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
    Venue,
)
from engine.core.values.notices import Notice, NoticeKind, SkipReason
from engine.core.values.orders import Fill, Funds, HoldingRow, OrderRow, PositionRow
from engine.core.values.rules import FollowerRules, Orphan
from storage.codec import decode_event, decode_record, encode_event, encode_record

#: A Wednesday on which every exchange trades.
MORNING = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
OWNER = c.Requester(user_id=1, name="owner")
FATHER = AccountName("father")
MOTHER = AccountName("mother")

LISTED = (
    Instrument(exchange="NSE", symbol="SBIN", token=1, kind=InstrumentKind.EQUITY),
    Instrument(exchange="NSE", symbol="INFY", token=2, kind=InstrumentKind.EQUITY),
    Instrument(
        exchange="NFO",
        symbol="NIFTY26DECFUT",
        token=3,
        kind=InstrumentKind.FUTURE,
        name="NIFTY",
        lot_size=75,
        freeze_quantity=1800,
    ),
    Instrument(exchange="NFO", symbol="NIFTY26DEC26000CE", token=4, kind=InstrumentKind.CALL,
               lot_size=75, freeze_quantity=1800),
    Instrument(exchange="BSE", symbol="SBIN", token=5, kind=InstrumentKind.EQUITY),
)  # fmt: skip
#: One contract of every other kind that the six segments know.
KINDS = (
    Instrument(exchange="NSE", symbol="M&M", token=12, kind=InstrumentKind.EQUITY),
    Instrument(exchange="NFO", symbol="NIFTY26DEC26100PE", token=13, kind=InstrumentKind.PUT,
               name="NIFTY", lot_size=65, freeze_quantity=1800),
    Instrument(exchange="NFO", symbol="RELIANCE26DEC1540CE", token=14, kind=InstrumentKind.CALL,
               name="RELIANCE", lot_size=500),
    Instrument(exchange="NFO", symbol="RELIANCE26DECFUT", token=15, kind=InstrumentKind.FUTURE,
               name="RELIANCE", lot_size=500, tick_size=Decimal("0.10")),
    Instrument(exchange="BFO", symbol="SENSEX26DEC85000CE", token=16, kind=InstrumentKind.CALL,
               name="SENSEX", lot_size=20, freeze_quantity=1000),
    Instrument(exchange="BFO", symbol="SENSEX26DECFUT", token=17, kind=InstrumentKind.FUTURE,
               name="SENSEX", lot_size=20, freeze_quantity=1000),
    Instrument(exchange="MCX", symbol="CRUDEOIL26DECFUT", token=18, kind=InstrumentKind.FUTURE,
               name="CRUDEOIL", tick_size=Decimal(1)),
    Instrument(exchange="MCX", symbol="CRUDEOIL26DEC5500CE", token=19, kind=InstrumentKind.CALL,
               name="CRUDEOIL", tick_size=Decimal("0.10")),
    Instrument(exchange="CDS", symbol="USDINR26DECFUT", token=20, kind=InstrumentKind.FUTURE,
               name="USDINR", tick_size=Decimal("0.0025")),
    Instrument(exchange="CDS", symbol="USDINR26DEC86CE", token=21, kind=InstrumentKind.CALL,
               name="USDINR", tick_size=Decimal("0.0025")),
)  # fmt: skip
INSTRUMENTS = InstrumentBook({each.key: each for each in (*LISTED, *KINDS)}, content_hash="test")
FUTURE = "NIFTY26DECFUT"
PLENTY = Allowance(entries=1000, total=1000)


def a_follower(name: str = "father", **changed: Any) -> FollowerRules:
    """Return a follower's rules; multiplier 1 and everything else as the settings default it."""
    if "multiplier" in changed:
        changed["multiplier"] = Decimal(str(changed["multiplier"]))
    if "orphan" in changed:
        changed["orphan"] = Orphan(changed["orphan"])
    return FollowerRules(name=AccountName(name), user_id=f"U{name.upper()}", **changed)


def an_order(
    order_id: str = "M1", side: str = "BUY", quantity: int = 10, **changed: Any
) -> OrderRow:
    """Return a row of the master: BUY 10 SBIN MIS at MARKET, OPEN and unfilled, unless told."""
    for name in ("price", "average_price"):
        if changed.get(name) is not None:
            changed[name] = Decimal(str(changed[name]))
    if "order_type" not in changed:
        changed["order_type"] = OrderType.LIMIT if "price" in changed else OrderType.MARKET
    status = OrderStatus(changed.pop("status", "OPEN"))
    if changed.get("filled_quantity"):
        changed.setdefault("average_price", changed.get("price") or Decimal(100))
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": Product.MIS}
    return OrderRow(
        order_id=OrderId(order_id),
        side=Side(side),
        quantity=quantity,
        status=status,
        status_text=status.value,
        **(plain | changed),
    )


def done(order_id: str = "M1", side: str = "BUY", quantity: int = 10, **changed: Any) -> OrderRow:
    """Return an order of the master that has filled whole."""
    return an_order(
        order_id, side, quantity, status="COMPLETE", filled_quantity=quantity, **changed
    )


class World:
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

    # -- the followers' brokers ---------------------------------------------------------------

    def take(self) -> Command:
        """Return the oldest write that left and was not taken yet."""
        return self.pending.popleft()

    def place(self) -> Place:
        command = self.take()
        assert isinstance(command, Place), command
        return command

    def cancel(self) -> Cancel:
        command = self.take()
        assert isinstance(command, Cancel), command
        return command

    def modify(self) -> Modify:
        command = self.take()
        assert isinstance(command, Modify), command
        return command

    def modified(self, command: Modify | None = None) -> Modify:
        """Accept a modification and carry it out."""
        command = command or self.modify()
        self.answer(command, Acked(order_id=command.order_id))
        placed = self.state.children[child_tag(command.intent_id)].command
        self.change(
            placed, order_type=command.order_type, quantity=command.quantity,
            price=command.price, trigger_price=command.trigger_price,
        )  # fmt: skip
        return command

    def answer(self, command: Command, outcome: Outcome) -> None:
        self.offer(
            Answered(
                tag=child_tag(command.intent_id), intent_id=command.intent_id,
                cancel=isinstance(command, Cancel), modify=isinstance(command, Modify),
                outcome=outcome, at=self.now,
            )
        )  # fmt: skip

    def book_row(self, command: Place) -> OrderRow:
        """Put a placement into its follower's book, OPEN or waiting for its trigger; nobody is told."""
        self._orders += 1
        waits = command.trigger_price is not None
        status = OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN
        row = OrderRow(
            order_id=OrderId(f"B{self._orders}"), status=status, status_text=status.value,
            exchange=command.exchange, symbol=command.symbol, side=command.side,
            order_type=command.order_type, product=command.product, quantity=command.quantity,
            price=command.price, trigger_price=command.trigger_price, tag=command.tag,
            placed_at=self.now, updated_at=self.now,
        )  # fmt: skip
        self.rows[command.follower][row.order_id] = row
        self.order_ids[command.tag] = row.order_id
        return row

    def ack(self, command: Place | None = None) -> Place:
        """Take a placement: in the book as OPEN, and answered."""
        command = command or self.place()
        self.answer(command, Acked(order_id=self.book_row(command).order_id))
        return command

    def fill(self, command: Place, units: int | None = None, price: object = 100) -> None:
        """Fill more units of a taken order and tell so."""
        row = self.row(command)
        filled = row.quantity if units is None else row.filled_quantity + units
        status = OrderStatus.COMPLETE if filled == row.quantity else OrderStatus.OPEN
        self.change(
            command, status=status, filled_quantity=filled, average_price=Decimal(str(price))
        )

    def ack_and_fill(self, command: Place | None = None) -> Place:
        command = self.ack(command)
        self.fill(command)
        return command

    def change(self, command: Place, *, told: bool = True, **changed: Any) -> OrderRow:
        """Change a follower's row, and by default tell it as his socket would."""
        if "status" in changed:
            changed["status"] = OrderStatus(changed["status"])
        row = dataclasses.replace(self.row(command), updated_at=self.now, **changed)
        row = dataclasses.replace(row, status_text=row.status.value)
        self.rows[command.follower][row.order_id] = row
        if told:
            self.offer(
                RowHinted(
                    venue=command.venue, account=command.follower, row=row, at=self.now,
                    trusted=True,
                )
            )  # fmt: skip
        return row

    def row(self, command: Place) -> OrderRow:
        return self.rows[command.follower][self.order_ids[command.tag]]

    def cancelled(self, command: Cancel | None = None) -> Place:
        """Accept a cancel and carry it out; return the placement it was of."""
        command = command or self.cancel()
        self.answer(command, Acked(order_id=command.order_id))
        child = self.state.children[child_tag(command.intent_id)]
        self.change(child.command, status=OrderStatus.CANCELLED)
        return child.command

    def lose(self, command: Command, detail: str = "no answer in time") -> None:
        self.answer(command, Unknown(detail=detail))

    def refuse(
        self,
        command: Command,
        kind: RefusalKind | str = RefusalKind.MARGIN,
        message: str = "no funds",
        *,
        http_status: int | None = 400,
    ) -> None:
        kind = RefusalKind(kind)
        self.answer(command, Refused(kind=kind, message=message, http_status=http_status))

    def read(self, name: AccountName = FATHER, *, rows: Iterable[OrderRow] | None = None) -> None:
        """Read a follower's book whole; `rows` stands in for what it truly holds."""
        on_paper = {c.tag for c in self.commands if isinstance(c, Place) and c.venue is Venue.PAPER}
        held = (row for row in self.rows[name].values() if row.tag not in on_paper)
        shown = tuple(held) if rows is None else tuple(rows)
        self.offer(
            BookRead(
                venue=Venue.LIVE, account=name, rows=shown, total=len(shown),
                asked_at=self.now, at=self.now,
            )
        )  # fmt: skip

    def positions(
        self, *rows: PositionRow, name: AccountName = FATHER,
        holdings: tuple[HoldingRow, ...] | None = None,
    ) -> None:  # fmt: skip
        """Read a follower's positions; and his holdings, where they are given."""
        self.offer(
            PositionsRead(
                venue=Venue.LIVE, account=name, rows=rows, holdings=holdings,
                asked_at=self.now, at=self.now,
            )
        )  # fmt: skip

    def _oblige(self) -> None:
        """Take every write at once: MARKET fills, LIMIT rests, cancels are carried out."""
        while self.pending:
            command = self.pending.popleft()
            if isinstance(command, Place):
                self.ack(command)
                if command.order_type is OrderType.MARKET:
                    self.fill(command)
            elif isinstance(command, Modify):
                self.modified(command)
            elif isinstance(command, Cancel):
                placed = self.state.children[child_tag(command.intent_id)].command
                if self.row(placed).status.is_terminal:
                    self.refuse(command, RefusalKind.BUSY, "being processed")
                else:
                    self.cancelled(command)

    # -- what came of it ----------------------------------------------------------------------

    def key(self, symbol: str = "SBIN", name: AccountName = FATHER, **changed: Any) -> Key:
        plain: dict[str, Any] = {
            "venue": self.state.venue,
            "exchange": "NFO" if symbol.startswith("NIFTY") else "NSE",
            "product": Product.MIS,
        }
        return Key(follower=name, symbol=symbol, **(plain | changed))

    def ledger(self, symbol: str = "SBIN", name: AccountName = FATHER, **changed: Any) -> KeyBook:
        book = self.state.book(self.key(symbol, name, **changed))
        assert book is not None
        return book

    def held(self, symbol: str = "SBIN", name: AccountName = FATHER) -> int:
        return self.ledger(symbol, name).held

    def part(
        self, order_id: str = "M1", symbol: str = "SBIN", name: AccountName = FATHER
    ) -> CopyPart:
        return self.ledger(symbol, name).parts[OrderId(order_id)]

    def children(self, order_id: str, leg: Leg, name: AccountName = FATHER) -> list[Child]:
        return [
            child
            for child in self.state.children.values()
            if (child.master_order_id, child.leg, child.key.follower) == (order_id, leg, name)
        ]

    def skip_of(
        self, order_id: str = "M1", leg: Leg = Leg.ENTRY, symbol: str = "SBIN",
        name: AccountName = FATHER,
    ) -> SkipReason | None:  # fmt: skip
        found = self.part(order_id, symbol, name).skips.get(leg)
        return found.reason if found else None

    def alerts(self, containing: str = "") -> list[Notice]:
        return [
            notice
            for notice in self.notices
            if notice.kind is NoticeKind.ALERT and containing in notice.text
        ]

    def places(self) -> list[Place]:
        return [command for command in self.commands if isinstance(command, Place)]

    def check_journal(self) -> None:
        """The records alone give the state that stands in memory."""
        assert comparable(self._folded()) == comparable(self.state)

    def _folded(self) -> State:
        state = State()
        for kind, body in self.journal:
            apply(state, decode_record(kind, body))
        return state

    def _configure(self, state: State) -> None:
        state.rules = dict(self.rules)
        state.instruments = INSTRUMENTS
        state.calendar = self.calendar

    def _stamped(self, row: OrderRow) -> OrderRow:
        if row.updated_at is not None:
            return row
        known = self.master_rows.get(row.order_id)
        placed = known.placed_at if known else self.now
        return dataclasses.replace(row, placed_at=row.placed_at or placed, updated_at=self.now)


#: What is of this run of the process only, by the state's own words.
_OF_THE_RUN = {
    "wakes", "prices", "lessons", "told", "products", "stream_up", "apart", "rules", "instruments",
    "calendar", "unseen_since", "loss_looked_at", "loss_looks", "total_loss_limit",
    "started_at", "heard_at", "stream_since", "clock_level", "clock_ahead", "clock_hint",
}  # fmt: skip
_OF_THE_READS = {
    "book_version", "book_at", "book_asked_at", "book_total", "doubt_until", "reconciled", "untagged_since",
    "reconcile_from", "back_at", "hand_at", "book_newest", "untagged", "most_rows", "ahead", "stale_since",
    "bare", "bare_frames", "tagged", "socket_shows_tags",
}  # fmt: skip


def comparable(state: State) -> dict[str, Any]:
    """Return every journalled field of a state, deep, without what is of one run only."""
    found = {
        each.name: getattr(state, each.name)
        for each in dataclasses.fields(State)
        if each.name not in _OF_THE_RUN
    }
    # Which parts the planner still looks at is worked out anew, never journalled.
    found["books"] = {
        key: {who: dataclasses.replace(book, active={}) for who, book in books.items()}
        for key, books in state.books.items()
    }
    accounts: dict[AccountName, Account] = found.pop("accounts")
    fields = [f.name for f in dataclasses.fields(Account) if f.name not in _OF_THE_READS]
    blank = Account(name=AccountName(""))
    found["accounts"] = {
        name: shown
        for name, account in accounts.items()
        if (shown := {f: getattr(account, f) for f in fields if f != "name"})
        != {f: getattr(blank, f) for f in fields if f != "name"}
    }
    return found
