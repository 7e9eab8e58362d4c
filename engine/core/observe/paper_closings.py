"""Orders on a paper account that are not ours: RMS squares off, the exchange settles what has expired.

Such an order closes copies, as it would on a real account; there the positions tell it, here its row does.
What it has closed is counted once, however often its row comes.
"""

from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.closings import ClosedBy, Closing
from engine.core.values.copies import KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, Exchange, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.core.values.translate import INDEX_NAMES

_BY_OTHERS = frozenset(ClosedBy)
_SETTLED_IN_SHARES = " Real ones are settled in shares: that is not simulated."


def take_paper_closing(turn: Turn, account: AccountName, row: OrderRow) -> None:
    """Take in a paper order that no child stands for; what it fills leaves the copies."""
    if row.placed_by not in _BY_OTHERS:
        return
    key = Key(
        venue=Venue.PAPER,
        follower=account,
        exchange=row.exchange,
        symbol=row.symbol,
        product=row.product,
    )
    book = turn.state.book(key)
    if book is None:
        return
    known = book.closings.get(row.order_id, Closing())
    more = row.filled_quantity - known.units
    held = -row.side.sign * book.held
    if more <= 0 or held <= 0 or row.average_price is None:
        return
    price = (row.average_price * row.filled_quantity - known.rupees) / more
    units = -row.side.sign * min(more, held)
    turn.emit(
        r.HoldingClosed(
            key=key,
            order_id=row.order_id,
            units=units,
            filled=row.filled_quantity,
            price=price,
            at=turn.at,
        )
    )
    turn.touch(key)
    if row.status.is_terminal or not book.held:
        _tell(turn, book, row)


def _tell(turn: Turn, book: KeyBook, row: OrderRow) -> None:
    """Say what was closed, at which price, and what the venue says of how it came to it."""
    key, units = book.key, -row.side.sign * row.filled_quantity
    instrument = turn.state.instrument(key.exchange, key.symbol)
    expired = row.placed_by == ClosedBy.EXPIRY
    note = f" {row.status_message}." if row.status_message else ""
    shares = _SETTLED_IN_SHARES if expired and _is_of_a_share(instrument) else ""
    what = "has expired: its" if expired else "intraday (MIS) is squared off: its"
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {key.symbol} {what} {units:+d} units are closed on paper at "
        f"{row.average_price:f}.{note}{shares}",
        topic=topic_of(key.follower),
    )


def _is_of_a_share(instrument: Instrument | None) -> bool:
    """Whether a derivative is on a single share. Source: SEBI circular 2018-04-11 (physical settlement)."""
    return (
        instrument is not None
        and instrument.exchange in (Exchange.NFO, Exchange.BFO)
        and instrument.name not in INDEX_NAMES
    )
