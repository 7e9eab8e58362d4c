"""The day's profit of everybody by one and the same sum: the master's from his fills, a follower's from ours.

Before charges. What was carried into the day is measured from the close of the day before, as in
``engine/core/state/profit.py``. The broker's own day figure is not used: it holds a follower's own trades.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine.core.state.last_price import last_price
from engine.core.state.profit import multiplier_of, previous_close, reference_of
from engine.core.state.state import MasterPosition, State
from engine.core.values.copies import KeyBook
from engine.core.values.day_money import DayMoney, average_cost, day_profit
from engine.core.values.day_report import DayProfit
from engine.core.values.keys import MasterKey
from engine.core.values.market import MASTER, AccountName, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fills:
    """The day of one key: its money, and its fills in their order for what was realised."""

    symbol: str
    money: DayMoney
    fills: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What a key's units are measured by: rupees now and at the close before, units in money of one."""

    price: Decimal | None
    reference: Decimal | None
    multiplier: Decimal | None


class Profits:
    """Profits of one state; what is of a symbol is looked up once for everybody."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._marks: dict[MasterKey, _Marks] = {}
        self._of_master: dict[MasterKey, DayProfit] = {}

    def of_master(self) -> DayProfit:
        """Return what the master has earned today with all that he traded or carried."""
        return _summed(self.of_key(key) for key in self._state.master)

    def of_key(self, key: MasterKey) -> DayProfit:
        """Return what the master has earned today in one key."""
        known = self._of_master.get(key)
        if known is None:
            position = self._state.master.get(key)
            known = self._of_master[key] = (
                self._profit(key, _of_position(self._state, key, position))
                if position is not None
                else DayProfit(rupees=Decimal(0))
            )
        return known

    def of_account(self, venue: Venue, name: AccountName) -> DayProfit:
        """Return what an account has earned today at a venue: the master in all, a follower with his copies."""
        if name == MASTER:
            return self.of_master()
        found = [
            self._profit(key, _of_book(book))
            for key, books in self._state.books.items()
            if (book := books.get((venue, name))) is not None and is_of_today(book)
        ]
        return _summed(found)

    def multiplier(self, key: MasterKey) -> Decimal | None:
        """Return the units in money behind one of quantity; None where nobody tells."""
        return self._marks_of(key).multiplier

    def _profit(self, key: MasterKey, day: "_Fills | None") -> DayProfit:
        marks = self._marks_of(key)
        unknown = DayProfit(rupees=None, without=(key.symbol,))
        if day is None or marks.multiplier is None:
            return unknown
        profit = day_profit(day.money, price=marks.price, reference=marks.reference)
        if profit is None:
            return unknown
        carried = day.money.carried
        cost = average_cost(day.fills, carried=carried, reference=marks.reference or Decimal(0))
        # Closed whole there is nothing unrealised, whatever the order of the fills.
        realised = cost.realised if day.money.net else profit
        return DayProfit(rupees=profit * marks.multiplier, realised=realised * marks.multiplier)

    def _marks_of(self, key: MasterKey) -> _Marks:
        known = self._marks.get(key)
        if known is None:
            state = self._state
            reference = reference_of(state, key)
            if reference is None:
                reference = previous_close(state, key.exchange, key.symbol)
            known = self._marks[key] = _Marks(
                price=last_price(state, key) or None,
                reference=reference,
                multiplier=multiplier_of(state, key.exchange, key.symbol),
            )
        return known


def is_of_today(book: KeyBook) -> bool:
    """Return whether a ledger holds something, or did today."""
    return bool(book.held or book.money.net or book.money.cash or book.money.unpriced)


def _of_book(book: KeyBook) -> _Fills | None:
    """Return a ledger's day; None where units left it at a price nobody has told."""
    if book.money.net != book.held:
        return None
    fills = sorted(
        (at, child.side.sign * units, child.average_price or Decimal(0))
        for part in book.parts.values()
        for child in part.children
        for at, units in child.fills
    )
    return _Fills(
        symbol=book.key.symbol,
        money=book.money,
        fills=tuple((units, price) for _, units, price in fills),
    )


def _of_position(state: State, key: MasterKey, position: MasterPosition) -> _Fills | None:
    """Return the master's day in a key; None where a fill of his has no price."""
    carried = state.openings.get(key, 0)
    orders = [order for order in position.orders.values() if order.folded]
    if any(order.row.average_price is None for order in orders):
        return None
    orders.sort(key=lambda order: (order.fill_at is None, order.fill_at, order.number))
    fills = tuple(
        (order.row.side.sign * order.folded, order.row.average_price or Decimal(0))
        for order in orders
    )
    net = carried + sum(units for units, _ in fills)
    if net != position.net:
        # Units that came or went by a conversion have no price here.
        return None
    cash = -sum((units * price for units, price in fills), Decimal(0))
    return _Fills(
        symbol=key.symbol, money=DayMoney(net=net, cash=cash, carried=carried), fills=fills
    )


def _summed(profits: Iterable[DayProfit]) -> DayProfit:
    found = list(profits)
    known = [each for each in found if each.rupees is not None]
    without = sorted({symbol for each in found for symbol in each.without})
    if found and not known:
        return DayProfit(rupees=None, without=tuple(without))
    realised = [each.realised for each in known if each.realised is not None]
    return DayProfit(
        rupees=sum((each.rupees or Decimal(0) for each in known), Decimal(0)),
        realised=sum(realised, Decimal(0)) if len(realised) == len(known) else None,
        without=tuple(without),
    )
