"""Apply the records of the day's money: what fills cost, what was lost, which step is latched."""

from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.day_money import DayMoney
from engine.core.values.loss import DayLoss, DayReference
from engine.core.values.orders import HoldingRow, PositionRow

_Row = TypeVar("_Row", PositionRow, HoldingRow)


def count_fill(book: KeyBook, child: Child, more: int) -> None:
    """Count what a child has filled, ``more`` units of it new, at the average the broker tells.

    Where a row has no average yet the child's own limit stands in for it, else what its decision saw.
    """
    money, sign = book.money, child.side.sign
    price = child.average_price or child.terms.price or child.command.last_price
    was_unpriced = child.value is None and child.filled > more
    if child.filled and price is not None:
        value = child.filled * price
        money.cash -= sign * (value - (child.value or 0))
        child.value = value
        money.unpriced -= was_unpriced
    elif more and not was_unpriced:
        money.unpriced += 1
    money.net += sign * more


def day_opened(state: State) -> None:
    """Begin the day's money: what is held is carried, and nothing is lost yet."""
    for by_follower in state.books.values():
        for book in by_follower.values():
            book.money = DayMoney(net=book.held, carried=book.held)
    for account in state.accounts.values():
        # What they call the day before is another day now.
        account.positions = _without_close(account.positions)
        account.holdings = _without_close(account.holdings)
    state.references.clear()
    state.losses.clear()
    state.unseen_since.clear()


def _without_close(rows: tuple[_Row, ...] | None) -> tuple[_Row, ...] | None:
    if not rows or not any(row.close_price for row in rows):
        return rows
    return tuple(replace(row, close_price=Decimal(0)) for row in rows)


def reference_known(state: State, record: r.ReferenceKnown) -> None:
    """Apply a ``ReferenceKnown``."""
    known = DayReference(price=record.price, is_close=record.close)
    state.references[record.exchange, record.symbol] = known


def units_left(state: State, record: r.UnitsLeft) -> None:
    """Apply a ``UnitsLeft``."""
    book = state.books[record.key.master][record.key.venue, record.key.follower]
    leave_by_others(book, record.units, record.price)


def leave_by_others(book: KeyBook, units: int, price: Decimal) -> None:
    """Count signed units that left otherwise than by a fill of ours, at a price in rupees."""
    book.money.net -= units
    book.money.cash += units * price


def profit_high(state: State, record: r.ProfitHigh) -> None:
    """Apply a ``ProfitHigh``."""
    at = (record.venue, record.follower)
    state.losses[at] = replace(state.losses.get(at, DayLoss()), high=record.high)


def loss_step_taken(state: State, record: r.LossStepTaken) -> None:
    """Apply a ``LossStepTaken``."""
    at = (record.venue, record.follower)
    state.losses[at] = replace(
        state.losses.get(at, DayLoss()), step=record.step, loss=record.loss, limit=record.limit
    )
