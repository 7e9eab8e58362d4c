"""Promises about single steps: what is concluded from a read, and which entries may leave at all.

Each is judged by the exchange's own truth where there is one, never by the rule under test.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange
from demo.exchange.faults import ReadFault, View
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import Place, Priority, RefusalKind
from engine.core.values.events import BookRead, Event
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderStatus, Product, Tag, Venue
from engine.core.values.merge import Sighting
from tests.sim.sim_owed import Owed
from tests.sim.sim_sizing import SizeJudge
from tests.sim.virtual_loop import VirtualClock

#: An order has appeared 90 s after its request (Kite forum comment 41029): nothing is absent sooner.
APPEARS_S = 120.0
#: What is journalled as SENDING leaves in the same breath: virtual time does not pass in between.
SAME_BREATH_S = 0.05
#: Positions are read every 30 s; a foreign trade older than this is known.
KNOWN_AFTER = timedelta(seconds=40)
#: Kite stamps whole seconds.
STAMP_S = 1.0
#: Refusals after which another form of the same order is sent.
_OTHER_FORM = (RefusalKind.NO_MARKET, RefusalKind.TRIGGER)


class PromiseJudge:
    """Looks at each decision, and at each placement as it leaves."""

    def __init__(
        self,
        exchange: Exchange,
        clock: VirtualClock,
        user_ids: Mapping[AccountName, str],
        broken: Callable[[str], None],
        owed: Owed,
        sizes: SizeJudge,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._user_ids = user_ids
        self._broken = broken
        self._life: State | None = None
        self._seen: dict[str, Sighting] = {}
        self._decided_at: dict[str, float] = {}
        self._gone: list[tuple[datetime, r.HoldingGone]] = []
        self._owed = owed
        self._sizes = sizes

    # -- when something is decided ------------------------------------------------------------

    def look_at(self, state: State, event: Event, decision: Decision) -> None:
        """Look at what was concluded, and at the entries that are to leave."""
        if state is not self._life:
            # What the life before decided last may not have reached the disk.
            self._life, self._seen = state, {}
            self._gone = _in_the_store(self._gone, state)
        for record in decision.records:
            match record:
                case r.IntentMoved(state=IntentState.ABSENT) if isinstance(event, BookRead):
                    self._look_at_absent(state.children[record.tag], event)
                case r.ChildSeen():
                    self._look_at_merge(record.tag, record.sighting)
                case r.MasterSeen():
                    self._look_at_merge(record.sighting.row.order_id, record.sighting)
                case r.HoldingGone():
                    self._look_at_gone(state, record)
                    self._gone.append((self._exchange.now(), record))
                case _:
                    pass
        for command in decision.sends:
            if isinstance(command, Place):
                self._decided_at[command.tag] = self._clock.monotonic()
            if isinstance(command, Place) and command.priority is Priority.ENTRY:
                self._look_at_entry(state, state.children[command.tag])

    def _look_at_absent(self, child: Child, event: Event) -> None:
        """Absence needs two minutes, and a book that shows something newer than the send."""
        sent_at = child.sent_at or event.at
        waited = (event.at - sent_at).total_seconds()
        if waited < APPEARS_S:
            self._broken(f"{child.tag} is judged absent after {waited:.0f} s")
        user_id = self._user_ids[child.key.follower]
        orders = [o for o in self._exchange.desk.orders.values() if o.user_id == user_id]
        if not any(order.history and order.history[-1][0] > sent_at for order in orders):
            self._broken(f"{child.tag} is judged absent by a book that shows nothing newer")

    def _look_at_merge(self, name: str, now: Sighting) -> None:
        before = self._seen.get(name)
        self._seen[name] = now
        if before is None:
            return
        if before.row.status.is_terminal and not now.row.status.is_terminal:
            self._broken(f"{name} was {before.row.status} and is {now.row.status} again")
        if now.row.filled_quantity < before.row.filled_quantity:
            self._broken(
                f"the fills of {name} fell from {before.row.filled_quantity} to "
                f"{now.row.filled_quantity}"
            )

    def _look_at_gone(self, state: State, record: r.HoldingGone) -> None:
        """What is written off is gone, but where the broker's positions were made stale."""
        key = record.key
        if key.product in (Product.CNC, Product.MTF) or key.venue is not Venue.LIVE:
            return
        user_id = self._user_ids[key.follower]
        stale = any(
            isinstance(fault, ReadFault) and fault.view is View.STALE
            for _, fault in self._exchange.faults.struck
        )
        book = state.book(key)
        # What stood before our first fill is the owner's, and is taken out first.
        own = (book.own or 0) if book else 0
        held = (book.held if book else 0) + record.units
        least = min(
            (net - own for net in self._nets_since_ours(state, user_id, key)),
            key=lambda net: held * net,
        )
        if not stale and held * least > 0 and abs(least) >= abs(held):
            self._broken(f"{key.follower}: {record.units} {key.symbol} written off, it has {least}")

    def _nets_since_ours(self, state: State, user_id: str, key: Key) -> list[int]:
        """Return the account's net after our last fill in a key and after each trade of others since.

        What its owner has closed is gone, though he may have opened the same for himself since. So may a copy
        have that nobody has heard of yet: what it filled is none of what was held, and is left out.
        """
        at = (key.exchange, key.symbol, key.product.value)
        nets = [
            sum(
                units
                for where, units in self._exchange.net_positions(user_id).items()
                if tuple(where) == at
            )
        ]
        unheard = dict[str, int]()
        for trade in reversed(self._exchange.desk.portfolios[user_id].trades):
            order = trade.order
            if (order.instrument.exchange, order.instrument.tradingsymbol, order.product) != at:
                continue
            units = trade.quantity if order.side == "BUY" else -trade.quantity
            tag = order.tag or ""
            if not tag.startswith("KC"):
                nets.append(nets[-1] - units)
                continue
            child = state.children.get(Tag(tag))
            left = unheard.get(tag, order.filled_quantity - (child.filled if child else 0))
            if left < trade.quantity:
                break
            unheard[tag] = left - trade.quantity
            nets = [net - units for net in nets]
        return nets

    def _look_at_entry(self, state: State, child: Child) -> None:
        book = state.book(child.key)
        assert book is not None
        part = book.parts[child.master_order_id]
        for other in part.of(Leg.ENTRY):
            if other.generation < child.generation and _was_final(other):
                self._broken(f"entry {child.tag} is placed again after {other.tag} was refused")
        for each in book.parts.values():
            for other in each.of(Leg.ENTRY):
                if other.state is IntentState.UNKNOWN:
                    self._broken(f"entry {child.tag} leaves while {other.tag} is UNKNOWN")
        self._look_at_size(state, child)

    def _look_at_size(self, state: State, child: Child) -> None:
        """The first entry of a day is his size, less than a lot that was owed, and what others had too much.

        A copy that filled more of an order than he did before he ended it is made up for by the next one.
        """
        position = state.master[child.key.master]
        instrument = state.instruments.find(child.key.exchange, child.key.symbol)
        assert instrument is not None
        if child.generation or child.leg is not Leg.ENTRY or len(position.orders) > 1:
            return
        his = max(order.row.quantity for order in position.orders.values())
        rules = state.rules[child.key.follower]
        most = self._sizes.measure(rules, child.key, child.master_order_id).of(his)
        most += self._owed.units(child.key, child.side, lot_size=instrument.lot_size)
        if child.command.quantity >= most + self._owed.coarsest_lot(child.key, instrument.lot_size):
            self._broken(f"entry {child.tag}: {child.command.quantity} for {his} of the master's")

    def written_off(self, key: Key) -> int:
        """Return the signed units of a ledger that were written off, since others had closed them.

        Of what is squared off each day only what was written off today.
        """
        today = self._exchange.now().date()
        return sum(
            record.units
            for at, record in self._gone
            if record.key == key and (key.product is not Product.MIS or at.date() == today)
        )

    # -- when a placement leaves --------------------------------------------------------------

    def placed(self, state: State, child: Child, side: str) -> None:
        """Look at a placement as its first byte leaves; `side` is what the wire says."""
        now = self._exchange.now()  # the true time: the process may go by a wrong clock
        at = self._clock.monotonic()
        late = at - self._decided_at.get(child.tag, at)
        if late > SAME_BREATH_S:
            self._broken(f"{child.tag} leaves {late:.1f} s after it was journalled as SENDING")
        if child.leg is Leg.ENTRY:
            self._entry_placed(state, child, now)
            his = self._exchange.desk.orders.get(child.master_order_id)
            if his is not None and his.side != side:
                self._broken(f"entry {child.tag} is a {side} for a {his.side} of the master's")
        elif child.leg is Leg.EXIT:
            self._exit_placed(child, now)

    def _entry_placed(self, state: State, child: Child, now: datetime) -> None:
        stops = {
            "copying is stopped": not state.copying,
            "the kill switch is set": state.killed,
            f"{child.key.follower} is paused": state.account(child.key.follower).paused,
        }
        for why, is_so in stops.items():
            if is_so:
                self._broken(f"entry {child.tag} leaves while {why}")
        rules = state.rules[child.key.follower]
        order = state.master_order(child.master_order_id)
        trades = [
            trade.at
            for trade in self._exchange.desk.portfolios[MASTER_ID].trades
            if trade.order.order_id == child.master_order_id
        ]
        if child.generation or order is None or order.was_exit or not trades:
            return
        # What a person has approved is as old as his word.
        book = state.book(child.key)
        asked_at = book.parts[child.master_order_id].asked_at if book else None
        age = (now - max(min(trades), asked_at or min(trades))).total_seconds()
        if age > rules.max_entry_age.total_seconds() + STAMP_S:
            self._broken(f"entry {child.tag} leaves {age:.0f} s after the master's fill")

    def _exit_placed(self, child: Child, now: datetime) -> None:
        """What others have closed for long is not sold once more."""
        key = child.key
        ours = theirs = net = 0
        newest, his_own = None, list[tuple[datetime, int]]()
        stood = 0
        for at, units, tag, asked_at in self._moves(key, now):
            net += units if tag is not None else 0
            if tag is None:
                # Written off, and told: so much of his own trades has closed copies, and what he did beyond
                # it is his own. Whether it was right is judged where it is decided.
                ours, theirs = ours - units, theirs + units
                his_own = _without(his_own, units)
            elif tag.startswith("KC"):
                if not ours:
                    known_by = asked_at - KNOWN_AFTER
                    stood = sum(owned for at, owned in his_own if at < known_by)
                ours += units
            else:
                if ours:
                    theirs, newest = theirs + units, at
                his_own.append((at, units))
            if not ours:
                # What the owner did while nothing copied was held closes no copies: it is his own
                # position, and is still there when the next copies are exited.
                theirs, newest = 0, None
        # What he did shortly before our first order no positions could show as his own. There he may as
        # well have closed that: what the account shows beyond what was known for his is still ours.
        left = max(0, -child.side.sign * (ours + theirs), -child.side.sign * (net - stood))
        known = newest is not None and newest < now - KNOWN_AFTER
        if ours * theirs < 0 and known and child.command.quantity > left:
            self._broken(f"exit {child.tag}: {child.command.quantity}, the account has {left}")

    def _moves(self, key: Key, now: datetime) -> list["_Move"]:
        """Return today's trades of an account in a key and what was written off there, oldest first."""
        found = [
            _Move(
                trade.at,
                trade.quantity if trade.order.side == "BUY" else -trade.quantity,
                trade.order.tag or "",
                trade.order.history[0][0],
            )
            for trade in self._exchange.desk.portfolios[self._user_ids[key.follower]].trades
            if (
                trade.order.instrument.exchange,
                trade.order.instrument.tradingsymbol,
                trade.order.product,
            )
            == (key.exchange, key.symbol, key.product.value)
        ]
        found += [
            _Move(at, record.units, None, at)
            for at, record in self._gone
            if record.key == key and at.date() == now.date()
        ]
        return sorted(found, key=lambda move: move.at)


class _Move(NamedTuple):
    """Signed units that an account's trade moved, or (without a tag) that were held and written off."""

    at: datetime
    units: int
    tag: str | None
    asked_at: datetime


def _in_the_store(
    gone: Sequence[tuple[datetime, r.HoldingGone]], state: State
) -> list[tuple[datetime, r.HoldingGone]]:
    """Return the write-offs that a life finds in the store: the newest of the one before may have been lost."""
    kept = list[tuple[datetime, r.HoldingGone]]()
    for at, record in gone:
        book = state.book(record.key)
        part = book.parts.get(record.order_id) if book else None
        same = (
            each for _, each in kept if (each.key, each.order_id) == (record.key, record.order_id)
        )
        noted = sum(abs(each.units) for each in same)
        if part is not None and noted + abs(record.units) <= part.gone:
            kept.append((at, record))
    return kept


def _without(his_own: Sequence[tuple[datetime, int]], closed: int) -> list[tuple[datetime, int]]:
    """Return an owner's trades without what of them has closed so many signed units of ours: the newest."""
    left = []
    for at, units in reversed(his_own):
        met = 0
        if units * closed < 0:
            met = -closed if abs(closed) < abs(units) else units
        closed += met
        left.append((at, units - met))
    return left[::-1]


def _was_final(child: Child) -> bool:
    if child.state is IntentState.REFUSED:
        return child.refusal not in _OTHER_FORM
    if child.state in (IntentState.ABSENT, IntentState.EXPIRED):
        return True
    row = child.sighting.row if child.sighting else None
    return row is not None and row.status is OrderStatus.REJECTED
