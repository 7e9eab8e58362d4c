"""Realised and unrealised profit of the day, per follower and venue, rupees before charges.

From our own fills and the newest prices. What was carried overnight is measured from the previous close,
as the broker's day figure is (``m2m``; Kite Connect docs, portfolio), else from the first price of the
day. Brokerage, taxes and fees are not in it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from engine.core.state.last_price import last_price
from engine.core.state.state import State
from engine.core.values.copies import KeyBook
from engine.core.values.day_money import day_profit
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import AccountName, Exchange, Venue
from engine.core.values.orders import HoldingRow, PositionRow

#: Where one of quantity is one unit in money. On MCX and CDS a contract is of many units, and only the
#: positions tell of how many (``multiplier``; Kite Connect docs, portfolio).
_ONE_UNIT = frozenset({Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO})


class Profit(Struct, frozen=True, kw_only=True, gc=False):
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
        if book is not None and _is_of_today(book):
            yield book


def profit_of_day(state: State, venue: Venue, follower: AccountName) -> Profit:
    """Return what a follower's copies have earned today at one venue."""
    return profits_of_day(state, venue, (follower,))[follower]


def profits_of_day(
    state: State, venue: Venue, followers: Iterable[AccountName]
) -> dict[AccountName, Profit]:
    """Return the same of many followers; what is of a symbol is looked up once for all of them."""
    total = dict.fromkeys(followers, Decimal(0))
    unknown: dict[AccountName, list[str]] = {name: [] for name in total}
    unseen: dict[AccountName, list[str]] = {name: [] for name in total}
    for key, books in state.books.items():
        of_today = [
            (name, book)
            for (at, name), book in books.items()
            if at is venue and name in total and _is_of_today(book)
        ]
        if not of_today:
            # Ledgers of days before are many.
            continue
        # A price of 0 is none: nothing that is held costs nothing.
        price = last_price(state, key) or None
        multiplier = multiplier_of(state, key.exchange, key.symbol)
        reference = reference_of(state, key)
        for name, book in of_today:
            if multiplier is None or book.money.unpriced:
                unknown[name].append(key.symbol)
                continue
            profit = day_profit(book.money, price=price, reference=reference)
            if profit is None:
                unseen[name].append(key.symbol)
            else:
                total[name] += profit * multiplier
    return {
        name: Profit(rupees=rupees, unknown=tuple(unknown[name]), unseen=tuple(unseen[name]))
        for name, rupees in total.items()
    }


def _is_of_today(book: KeyBook) -> bool:
    return bool(book.held or book.money.net or book.money.cash)


def reference_of(state: State, key: MasterKey | Key) -> Decimal | None:
    """Return what units carried into the day are measured from, rupees; None while not known."""
    known = state.references.get((key.exchange, key.symbol))
    return known.price if known else None


def key_profit(state: State, book: KeyBook, *, price: Decimal | None) -> Decimal | None:
    """Return a ledger's profit of the day at a price, before the multiplier; None where not known."""
    return day_profit(book.money, price=price, reference=reference_of(state, book.key))


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
