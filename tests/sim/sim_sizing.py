"""By what each follower's entries are to be sized, reckoned apart from the program, and what is judged by it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from demo.exchange.exchange import Exchange
from demo.exchange.orders import Order
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import Place, Priority
from engine.core.values.events import Event, FundsRead
from engine.core.values.keys import Key, Leg
from engine.core.values.market import MASTER, AccountName, OrderId
from engine.core.values.orders import Funds
from engine.core.values.rules import FollowerRules, Sizing

#: What the documentation promises: no older reading is used, and one burst is copied once.
READING_COUNTS = timedelta(minutes=15)
BURST = timedelta(seconds=2)


class Measure(NamedTuple):
    """What an order of the master is worth: a ratio of his units, or so many units however large it is."""

    ratio: Fraction
    fixed: bool = False

    def of(self, units: int) -> Fraction:
        """Return what so many of his units are worth, >= 0."""
        if self.fixed:
            return self.ratio if units else Fraction(0)
        return self.ratio * units


class SizeJudge:
    """Reckons by the readings that the program was given, and by the orders at the exchange."""

    def __init__(self, exchange: Exchange, broken: Callable[[str], None]) -> None:
        self._exchange = exchange
        self._broken = broken
        self._life: State | None = None
        self._readings: dict[AccountName, tuple[datetime, Funds]] = {}
        self._opened: dict[tuple[Key, OrderId], Measure] = {}
        self._pinned: dict[tuple[Key, OrderId], Measure] = {}

    def measure(self, rules: FollowerRules, key: Key, order_id: OrderId) -> Measure:
        """Return what an order is worth to a follower, by the owner's rule and what was known at first."""
        if rules.sizing is Sizing.MULTIPLIER:
            return Measure(Fraction(rules.ratio(key.exchange)))
        return self._opened.get((key, order_id), Measure(Fraction(0)))

    def look_at(self, state: State, event: Event, decision: Decision) -> None:
        """Take in what was read, and look at what was sized by it and at entries of fixed lots."""
        if state is not self._life:
            # What the life before read last may not have reached the disk.
            self._life = state
            self._readings = {
                name: (account.funds_at, account.funds)
                for name, account in state.accounts.items()
                if account.funds is not None and account.funds_at is not None
            }
        if isinstance(event, FundsRead):
            self._readings[event.account] = (event.asked_at, event.funds)
        for record in r.each_of(decision.records):
            if isinstance(record, r.PartOpened) and Fraction(record.ratio):
                self._look_at_part(state, record, event.at)
            if isinstance(record, r.PartOpened | r.PartScaled):
                at = record.key, record.order_id
                self._pinned[at] = Measure(Fraction(record.ratio), record.fixed)
        if isinstance(event, FundsRead):
            self._look_at_pins(state, event.account)
        for command in decision.sends:
            if isinstance(command, Place) and command.priority is Priority.ENTRY:
                self._look_at_burst(state, state.children[command.tag])

    def _look_at_part(self, state: State, record: r.PartOpened, at: datetime) -> None:
        rules, key = state.rules[record.key.follower], record.key
        instrument = state.instruments.find(key.exchange, key.symbol)
        lot = instrument.lot_size if instrument else 1
        if rules.sizing is Sizing.MULTIPLIER:
            wanted = Measure(Fraction(rules.ratio(key.exchange)))
        elif rules.sizing is Sizing.FIXED_LOTS:
            wanted = Measure(Fraction(rules.fixed_lots * lot), fixed=True)
        else:
            wanted = Measure(self._of_funds(rules, key, at))
        self._opened[key, record.order_id] = wanted
        if (Fraction(record.ratio), record.fixed) != wanted:
            self._broken(
                f"{key.follower}: {record.order_id} is sized at {record.ratio} ({rules.sizing}), the rule "
                f"gives {float(wanted.ratio):g}"
            )

    def _look_at_pins(self, state: State, account: AccountName) -> None:
        """What an order was sized by at first stays, whatever the accounts have later."""
        for books in state.books.values():
            for book in books.values():
                for order_id, part in book.parts.items():
                    pinned = self._pinned.get((book.key, order_id))
                    if pinned is not None and (part.ratio, part.fixed) != pinned:
                        self._broken(
                            f"{book.key.follower}: {order_id} was pinned at {pinned.ratio} and is sized at "
                            f"{part.ratio} since a reading of {account}"
                        )

    def _of_funds(self, rules: FollowerRules, key: Key, at: datetime) -> Fraction:
        amounts = []
        for name in (rules.name, MASTER):
            asked_at, funds = self._readings.get(name, (None, None))
            if funds is None or asked_at is None or at - asked_at > READING_COUNTS:
                self._broken(f"{key.follower}: sized by a reading of {name} of {asked_at}")
                return Fraction(0)
            commodity = key.exchange == "MCX"
            free = funds.commodity if commodity else funds.equity
            used = funds.commodity_used if commodity else funds.equity_used
            amounts.append(free if rules.sizing is Sizing.FREE_MARGIN else free + (used or 0))
        mine, his = amounts
        exact = Fraction(mine) / Fraction(his) * Fraction(rules.ratio(key.exchange))
        return Fraction(int(exact * 1_000_000), 1_000_000)

    def _look_at_burst(self, state: State, child: Child) -> None:
        """Of orders of his that follow one another within two seconds only one is copied with fixed lots."""
        rules = state.rules[child.key.follower]
        if rules.sizing is not Sizing.FIXED_LOTS or child.leg is not Leg.ENTRY:
            return
        book = state.book(child.key)
        his = self._exchange.desk.orders.get(child.master_order_id)
        if book is None or his is None or book.parts[child.master_order_id].asked_at is not None:
            return
        for order_id, part in book.parts.items():
            other = self._exchange.desk.orders.get(order_id)
            entries = part.of(Leg.ENTRY)
            if other is None or other is his or other.side is not his.side:
                continue
            works = any(each.filled or not each.has_ended for each in entries)
            if works and abs(_stamp(other) - _stamp(his)) <= BURST:
                self._broken(
                    f"entry {child.tag}: fixed lots once more for {his.order_id}, {other.order_id} was just copied"
                )


def _stamp(order: Order) -> datetime:
    return order.history[0][0].replace(microsecond=0)


def sized(name: str) -> Mapping[str, object]:
    """Return what a plan's word for a sizing sets in a follower's rules; an empty word the default."""
    return {"sizing": Sizing(name), "fixed_lots": 2} if name else {}
