"""What a follower's limits are judged by: what he has copied, and what an entry would add to it."""

from decimal import Decimal

from engine.core.risk.limits import Entry, OverLimit, Used, tightest
from engine.core.state.last_price import last_price
from engine.core.state.state import State
from engine.core.values.copies import KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, Exchange, Side, Venue
from engine.core.values.rules import FollowerRules
from engine.core.values.sizing import band_price

#: Where a unit of quantity is a unit of what is traded. On MCX and CDS a quantity counts contracts, and the
#: list of instruments does not tell of how many units (Kite forum, discussion 5094).
_COUNTED_IN_UNITS = frozenset({Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO})


def over_limits(  # noqa: PLR0913 - what an entry is, each named
    state: State,
    rules: FollowerRules,
    key: Key,
    instrument: Instrument,
    *,
    side: Side,
    price: Decimal | None,
    units: int,
    now: int,
    of_order: int = 0,
    per_order: int | None = None,
    reference: Decimal | None = None,
) -> OverLimit | None:
    """Return which limit of a follower's an entry is over by the most, or None.

    Args:
        state: What is held and works; other entries that work count like holdings.
        rules: The follower's.
        key: Where it is entered.
        instrument: What is entered.
        side: BUY or SELL.
        price: Rupees of its limit, or None: at the market, which counts as the last price and a band.
        units: Further units, > 0.
        now: How many of them would leave now in orders of their own; 0 for a modification.
        of_order: Units that the same order of the master has entered here.
        per_order: Most units one order may carry; None where no freeze quantity is known.
        reference: What the market's price counts as while there is no tick: what the master paid.
    """
    if not rules.limits_entries:
        return None
    book = state.book(key)
    entry = Entry(
        units=units,
        now=now,
        of_order=of_order,
        in_position=_units_on_side(book, side) if book is not None else 0,
        opens=book is None or not _is_open(book),
        lot_size=instrument.lot_size,
        per_order=per_order,
        price=price or _price_at_most(state, key, instrument, rules, reference),
        multiplier=Decimal(1) if instrument.exchange in _COUNTED_IN_UNITS else None,
    )
    return tightest(rules, entry, used_by(state, key.venue, key.follower))


def used_by(state: State, venue: Venue, follower: AccountName) -> Used:
    """Return what a follower has used of his limits at a venue."""
    books = (by_follower.get((venue, follower)) for by_follower in state.books.values())
    return Used(
        positions=sum(book is not None and _is_open(book) for book in books),
        orders=state.entries_of_day.get((venue, follower), 0),
    )


def largest_value(state: State, venue: Venue, follower: AccountName) -> Decimal:
    """Return rupees of the largest position, what is on its way in counted; unknown ones are left out."""
    books = (by_follower.get((venue, follower)) for by_follower in state.books.values())
    found = Decimal(0)
    for book in books:
        price = last_price(state, book.key) if book is not None else None
        if book is None or price is None or book.key.exchange not in _COUNTED_IN_UNITS:
            continue
        units = max(_units_on_side(book, side) for side in Side)
        found = max(found, price * units)
    return found


def _is_open(book: KeyBook) -> bool:
    """Whether something copied is held, or an entry may still fill."""
    return bool(book.held) or any(part.outstanding(Leg.ENTRY) for _, part in book.active_parts())


def _units_on_side(book: KeyBook, side: Side) -> int:
    """Return units held and on their way in on one side, >= 0."""
    working = sum(
        child.outstanding
        for _, part in book.active_parts()
        for child in part.of(Leg.ENTRY)
        if child.side is side
    )
    return max(0, side.sign * book.held) + working


def _price_at_most(
    state: State,
    key: Key,
    instrument: Instrument,
    rules: FollowerRules,
    reference: Decimal | None,
) -> Decimal | None:
    """Return what a unit may cost at the market; for a sale too, so that a limit is never too wide."""
    last = last_price(state, key) or reference
    if last is None:
        return None
    return band_price(last, side=Side.BUY, instrument=instrument, rules=rules)
