"""Promises that are looked at whenever something is decided or leaves."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange
from demo.exchange.instruments import Instrument
from demo.exchange.wire import Row
from engine.brokers.kite.replies import Request
from engine.core.decide import decide
from engine.core.state.latches import is_latched
from engine.core.state.ledger import carry_of
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Decision, child_tag
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import Cancel, Place, Priority
from engine.core.values.events import Allowance, Event
from engine.core.values.instruments import Instrument as ListedInstrument
from engine.core.values.keys import Key, Leg
from engine.core.values.market import MASTER, AccountName, OrderStatus, Tag, Venue
from storage.journal import STORE_NAME
from tests.sim.sim_choices import look_at_choice, look_at_hedges
from tests.sim.sim_exits import ExitJudge
from tests.sim.sim_hours import HoursJudge
from tests.sim.sim_limits import LimitJudge
from tests.sim.sim_loss import LossJudge
from tests.sim.sim_owed import Owed
from tests.sim.sim_plan import Hours
from tests.sim.sim_promises import PromiseJudge
from tests.sim.sim_sizing import SizeJudge
from tests.sim.sim_steps import StepJudge
from tests.sim.virtual_loop import VirtualClock

#: Our own limits per account and second, in all and for entries.
MOST, MOST_ENTRIES = 8, 6
STOPS = ("SL", "SL-M")
#: Kite's own limit per account (Kite forum, discussion 16217).
MOST_IN_A_MINUTE = 400
_SIGN = {"BUY": 1, "SELL": -1}


class Judge:
    """Looks on; what is broken goes to `violations`.

    Attributes:
        past: Order rows of days that are over, by user id.
        former_lots: Units per lot that were listed on an earlier day, where today's are fewer.
        state: Returns the state of the life that is lived now.
        is_down: Returns whether no program has run for long enough to have done anything.
    """

    def __init__(
        self,
        exchange: Exchange,
        clock: VirtualClock,
        user_ids: Mapping[AccountName, str],
        data_dir: Path,
        *,
        paper: bool,
        hours: Hours | None = None,
    ) -> None:
        self.exchange = exchange
        self.clock = clock
        self.user_ids = user_ids
        self.data_dir = data_dir
        self.paper = paper
        self.owed = Owed(exchange, user_ids)
        self.sizes = SizeJudge(exchange, self.broken)
        self._promises = PromiseJudge(exchange, clock, user_ids, self.broken, self.owed, self.sizes)
        self._limits = LimitJudge(
            exchange, user_ids, self.broken, self._promises.written_off, self.true_net
        )
        self.hours = HoursJudge(exchange, hours, self.broken)
        self.violations: list[str] = []
        self.writes = 0
        self.former_lots: dict[tuple[str, str], int] = {}
        self.past: dict[str, list[Row]] = {}
        self.state: Callable[[], State] = State
        self.is_down: Callable[[], bool] = lambda: False
        self._sent: dict[str, list[tuple[float, bool]]] = {}
        self._changes: dict[str, int] = {}
        self._decided: dict[Tag, int] = {}
        self._filled_when_planned: dict[Tag, dict[Tag, int]] = {}
        self.trace = hashlib.sha256()
        self._posted: set[str] = set()
        self._losses = LossJudge(exchange, user_ids, data_dir, self.broken)
        self.steps = StepJudge(exchange, self.broken)
        self._exits = ExitJudge(lambda: None if self.is_down() else self.state(), self.broken)

    def broken(self, what: str) -> None:
        """Note a broken promise."""
        self.violations.append(f"{self.clock.monotonic():8.3f} {what}")

    def coarsest_lot(self, instrument: ListedInstrument | None) -> int:
        """Return the most units per lot by which something that is held may have been rounded."""
        if instrument is None:
            return 1
        at = instrument.exchange, instrument.symbol
        return max(instrument.lot_size, self.former_lots.get(at, 1))

    def rows_of(self, user_id: str) -> list[Row]:
        """Return all order rows of an account, those of earlier days first."""
        return [*self.past.get(user_id, ()), *self.exchange.orders_of(user_id)]

    def true_net(self, name: AccountName) -> dict[tuple[str, str, str], int]:
        """Return what our tagged orders filled, signed units by exchange, symbol and product."""
        found: dict[tuple[str, str, str], int] = {}
        for row in self.rows_of(self.user_ids[name]):
            if str(row["tag"] or "").startswith("KC"):
                at = (str(row["exchange"]), str(row["tradingsymbol"]), str(row["product"]))
                units = _SIGN[str(row["transaction_type"])] * int(str(row["filled_quantity"]))
                found[at] = found.get(at, 0) + units
        return found

    # -- when a write leaves ------------------------------------------------------------------

    def spy(self, account: str, request: Request) -> None:
        """Look at a write as its first byte leaves."""
        self.writes += 1
        self._trace(account, request)
        fields = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        entry = False
        if self.paper:
            self.broken(f"PAPER wrote {request.method} {request.target}")
        if account == MASTER:
            self.broken("the master's account was written to")
        if request.method == "POST":
            entry = self._check_place(AccountName(account), fields)
        else:
            self._check_target(account, request, fields)
        self._check_rate(account, entry=entry)

    def _trace(self, account: str, request: Request) -> None:
        """Make the write part of the day's fingerprint."""
        body = request.body.decode()
        line = f"{self.clock.monotonic():.6f} {account} {request.method} {request.target} {body}\n"
        self.trace.update(line.encode())

    def _check_place(self, account: AccountName, fields: dict[str, str]) -> bool:
        tag = fields.get("tag", "")
        state, leg = self._stored(tag)
        if tag in self._posted:
            self.broken(f"{tag} leaves a second time")
        self._posted.add(tag)
        if state != "SENDING":
            self.broken(f"{tag} left while the store says {state}")
        if leg == Leg.EXIT:
            self._check_exit(tag, fields)
        if Tag(tag) in self.state().children:
            child = self.state().children[Tag(tag)]
            self._promises.placed(self.state(), child, fields["transaction_type"])
            if leg == Leg.ENTRY:
                look_at_choice(self.state(), child, self.broken)
                self._limits.placed(self.state(), child, fields)
        row = self.exchange.instruments[fields["exchange"], fields["tradingsymbol"]]
        self._check_form(tag, row, fields)
        traded = {
            (each["exchange"], each["tradingsymbol"], each["product"])
            for each in self.rows_of(MASTER_ID)
        }
        if (fields["exchange"], fields["tradingsymbol"], fields["product"]) not in traded:
            self.broken(f"{tag}: {account} trades what the master does not")
        return leg == Leg.ENTRY

    def _check_target(self, account: str, request: Request, fields: dict[str, str]) -> None:
        """A change or a cancel may only mean an order of ours, and change it 25 times at most."""
        order_id = request.target.split("?")[0].rsplit("/", 1)[-1]
        order = self.exchange.desk.orders.get(order_id)
        ours = order is not None and (order.tag or "").startswith("KC")
        if order is None or not ours or order.user_id != self.user_ids[AccountName(account)]:
            self.broken(f"{request.method} {request.target} means no order of ours")
        elif request.method == "PUT":
            self._check_form(order.tag or "", order.instrument, fields)
            child = self.state().children.get(Tag(order.tag or ""))
            if child is not None and child.leg is Leg.ENTRY:
                self._limits.changed(self.state(), child, fields)
            self._changes[order_id] = self._changes.get(order_id, 0) + 1
            if self._changes[order_id] > self.exchange.rules.limits.modifications_per_order:
                self.broken(f"{order.tag} is changed for the {self._changes[order_id]}th time")

    def _check_form(self, tag: str, row: Instrument, fields: dict[str, str]) -> None:
        """No order may leave that the exchange is known to refuse for its form."""
        kind, quantity = fields["order_type"], int(fields["quantity"])
        faults = []
        if quantity <= 0 or quantity % row.lot_size:
            faults.append(f"quantity {quantity} of lots of {row.lot_size}")
        if row.freeze_quantity is not None and quantity > row.freeze_quantity:
            faults.append(f"quantity {quantity} above freeze {row.freeze_quantity}")
        for name, needed in (("price", ("LIMIT", "SL")), ("trigger_price", STOPS)):
            value = Decimal(fields.get(name) or 0)
            if (kind in needed) != (value > 0):
                faults.append(f"{kind} with {name} {value}")
            if value % row.tick_size:
                faults.append(f"{name} {value} off the tick")
        if kind in ("MARKET", "SL-M") and not Decimal(fields.get("market_protection") or 0):
            faults.append("no protection")
        if kind == "SL-M" and (row.exchange in ("BSE", "BFO") or row.is_option):
            faults.append("SL-M is not taken here")
        for fault in faults:
            self.broken(f"{tag} {row.tradingsymbol}: {fault}")

    def _stored(self, tag: str) -> tuple[str | None, str | None]:
        with contextlib.closing(sqlite3.connect(self.data_dir / STORE_NAME)) as db:
            row = db.execute(
                "SELECT state, leg FROM intents WHERE under_way IN (0, 1) AND tag = ?", (tag,)
            ).fetchone()
        return (row[0], row[1]) if row else (None, None)

    def _check_exit(self, tag: str, fields: dict[str, str]) -> None:
        """No exit that leaves may add to what is held, by the store and by the exchange."""
        state = self.state()
        key = state.children[Tag(tag)].key
        book = state.book(key)
        at = (key.exchange, key.symbol, key.product.value)
        # A fill that was heard of after the decision, in the same breath, is as if it came later.
        nets = (
            book.held if book else 0,
            self.true_net(key.follower).get(at, 0),
            self._decided.get(Tag(tag), 0),
        )
        sign = _SIGN[fields["transaction_type"]]
        if not any(net * sign < 0 and int(fields["quantity"]) <= abs(net) for net in nets):
            what = f"{fields['transaction_type']} {fields['quantity']}"
            self.broken(f"exit {tag}: {what}, held {nets[0]}, at the exchange {nets[1]}")

    def _check_rate(self, account: str, *, entry: bool) -> None:
        now = self.clock.monotonic()
        sent = self._sent.setdefault(account, [])
        sent.append((now, entry))
        minute = sum(at > now - 60 for at, _ in sent)
        if minute > MOST_IN_A_MINUTE:
            self.broken(f"{account}: {minute} writes in a minute")
        sliding = [each for each in sent if each[0] > now - 1]
        calendar = [each for each in sent if int(each[0]) == int(now)]
        for window in (sliding, calendar):
            entries = sum(was_entry for _, was_entry in window)
            if len(window) > MOST or entries > MOST_ENTRIES:
                self.broken(
                    f"{account}: {len(window)} writes in a second, {entries} of them entries"
                )

    # -- when something is decided ------------------------------------------------------------

    def decide(
        self, state: State, event: Event, allowances: Mapping[AccountName, Allowance]
    ) -> Decision:
        """Decide as the engine does, and look at what was decided."""
        decision = decide(state, event, allowances)
        self.sizes.look_at(state, event, decision)
        self._promises.look_at(state, event, decision)
        self._limits.look_at(state, decision)
        self.hours.look_at(state, event, decision)
        self._losses.look_at(state, event, decision)
        for each in decision.records:
            if isinstance(each, r.ChildPlanned):
                self._filled_when_planned[each.command.tag] = _filled_entries(state, each.key)
        for command in decision.sends:
            if isinstance(command, Cancel):
                continue
            child = state.children[child_tag(command.intent_id)]
            book = state.book(child.key)
            self._decided[child.tag] = book.held if book else 0
            if isinstance(command, Place) and command.priority is Priority.ENTRY:
                self._check_may_enter(state, child)
                self._check_entry(state, child)
                look_at_hedges(state, child, self.broken)
            elif child.leg is Leg.EXIT:
                self._exits.look_at(state, child, command, decision.sends)
        for key in {
            state.children[each.tag].key
            for each in decision.records
            if isinstance(each, r.ChildSeen)
        }:
            self._exits.look_for_overshoot(state, key, decision)
        return decision

    def _check_may_enter(self, state: State, child: Child) -> None:
        """No entry before its account's book is known, or while nothing is to be copied.

        An exit waits for neither: nothing blocks it.
        """
        account = state.account(child.key.follower)
        if child.key.venue is Venue.LIVE and not account.reconciled:
            self.broken(f"{child.tag} is placed before the book of {child.key.follower} was read")
        if account.paused or not state.copying:
            self.broken(f"entry {child.tag} is placed while copying is stopped or paused")

    def _check_entry(self, state: State, child: Child) -> None:
        """No entry may plan more than what the master's orders make, but for rounding."""
        book = state.book(child.key)
        position = state.master[child.key.master]
        instrument = state.instruments.find(child.key.exchange, child.key.symbol)
        assert instrument is not None
        assert book is not None
        lot = instrument.lot_size
        left = child.side.sign * carry_of(book, position, lot_size=lot)
        # A carry is pinned when its order is first seen: two orders may each round by one lot.
        slices = book.parts[child.master_order_id].of(Leg.ENTRY)
        if any(is_latched(each) for each in slices if each.generation == child.generation):
            # A slice that came to nothing takes nothing from those decided with it.
            left += child.outstanding
        # What an order that was being cancelled has filled since changes no size that was decided; nor does
        # one that he has cancelled, and ours waits for the answer to a change before it. What had filled is
        # what the decision knew, not what is stamped earlier: a fill may be told in the same instant after it.
        known = self._filled_when_planned.get(child.tag, {})
        left += sum(
            other.filled - known.get(other.tag, 0)
            for order_id, part in book.parts.items()
            for other in part.of(Leg.ENTRY)
            if other.side is child.side
            and (other.cancel is not None or _is_cancelled(position.orders.get(order_id)))
        )
        part = book.parts[child.master_order_id]
        if part.most is not None:
            # A limit cuts what is owed with the order: what was held too many before is not taken off once more.
            left += max(0, -child.side.sign * part.carry)
        if left <= -2 * lot:
            self.broken(f"entry {child.tag}: {child.command.quantity}, of which {-left} too many")
        for other in book.parts[child.master_order_id].of(Leg.ENTRY):
            if other.generation < child.generation and other.cancel and not other.has_ended:
                self.broken(f"entry {child.tag} leaves while {other.tag} is being cancelled")


def _filled_entries(state: State, key: Key) -> dict[Tag, int]:
    """Return what each entry of a ledger has filled by now, units by tag."""
    book = state.book(key)
    parts = book.parts.values() if book else ()
    return {child.tag: child.filled for part in parts for child in part.of(Leg.ENTRY)}


def _is_cancelled(order: MasterOrder | None) -> bool:
    return order is not None and order.row.status is OrderStatus.CANCELLED
