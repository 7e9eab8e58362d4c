"""Realised and unrealised profit of the day, per follower and venue, rupees before charges.

From our own fills and the newest prices. What was carried overnight is measured from the previous close,
as the broker's day figure is (``m2m``; Kite Connect docs, portfolio), else from the first price of the
day. Brokerage, taxes and fees are not in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.core.state.last_price import last_price
from engine.core.state.state import State
from engine.core.values.copies import KeyBook
from engine.core.values.day_money import day_profit
from engine.core.values.market import AccountName, Exchange, Venue
from engine.core.values.orders import HoldingRow, PositionRow

#: Where one of quantity is one unit in money. On MCX and CDS a contract is of many units, and only the
#: positions tell of how many (``multiplier``; Kite Connect docs, portfolio).
_ONE_UNIT = frozenset({Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profit:
    """A follower's profit of the day at one venue.

    Attributes:
        rupees: Of what is known; a loss is negative.
        unknown: Symbols whose contract multiplier or fill price nobody tells: they are not in it.
        unseen: Symbols that are held and have no price: their loss is not in it either.
    """

    rupees: Decimal
    unknown: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def traded_today(state: State, venue: Venue, follower: AccountName) -> Iterator[KeyBook]:
    """Yield the ledgers of a follower that hold something, or did today."""
    for books in state.books.values():
        book = books.get((venue, follower))
        if book is not None and (book.held or book.money.net or book.money.cash):
            yield book


def profit_of_day(state: State, venue: Venue, follower: AccountName) -> Profit:
    """Return what a follower's copies have earned today at one venue."""
    total, unknown, unseen = Decimal(0), [], []
    for book in traded_today(state, venue, follower):
        multiplier = multiplier_of(state, book.key.exchange, book.key.symbol)
        if multiplier is None or book.money.unpriced:
            unknown.append(book.key.symbol)
            continue
        # A price of 0 is none: nothing that is held costs nothing.
        profit = key_profit(state, book, price=last_price(state, book.key) or None)
        if profit is None:
            unseen.append(book.key.symbol)
        else:
            total += profit * multiplier
    return Profit(rupees=total, unknown=tuple(unknown), unseen=tuple(unseen))


def key_profit(state: State, book: KeyBook, *, price: Decimal | None) -> Decimal | None:
    """Return a ledger's profit of the day at a price, before the multiplier; None where not known."""
    reference = state.references.get((book.key.exchange, book.key.symbol))
    return day_profit(book.money, price=price, reference=reference.price if reference else None)


def multiplier_of(state: State, exchange: str, symbol: str) -> Decimal | None:
    """Return the units in money behind one of quantity; None where nobody has told: it is never guessed."""
    if exchange in _ONE_UNIT:
        return Decimal(1)
    rows = (row for account in state.accounts.values() for row in account.positions or ())
    told = (r.multiplier for r in rows if (r.exchange, r.symbol) == (exchange, symbol))
    return next((each for each in told if each), None)


def previous_close(state: State, exchange: str, symbol: str) -> Decimal | None:
    """Return yesterday's close of a symbol as any account's rows tell it, rupees; or None."""
    for account in state.accounts.values():
        rows: list[PositionRow | HoldingRow] = [
            *(account.positions or ()),
            *(account.holdings or ()),
        ]
        for row in rows:
            if (row.exchange, row.symbol) == (exchange, symbol) and row.close_price > 0:
                return row.close_price
    return None
