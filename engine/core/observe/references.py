"""What units carried into the day are measured from: kept, so that the day's profit survives a restart.

The previous close where any account's rows tell it; until then the newest price there is, which as the day
turns is the last of the day before.
"""

from decimal import Decimal

from engine.core.state.last_price import last_price
from engine.core.state.profit import previous_close
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.market import Venue


def note_reference(turn: Turn, exchange: str, symbol: str, *, newest: Decimal | None) -> None:
    """Note a symbol's reference; a close replaces what stood in for it, and nothing replaces a close.

    Args:
        turn: The turn.
        exchange: The segment.
        symbol: Kite ``tradingsymbol``.
        newest: Rupees that stand in until a close is told; None where there are none either.
    """
    known = turn.state.references.get((exchange, symbol))
    if known is not None and known.is_close:
        return
    close = previous_close(turn.state, exchange, symbol)
    price = close if close is not None else newest
    if price is None or (known is not None and close is None):
        return
    turn.emit(
        r.ReferenceKnown(
            exchange=exchange, symbol=symbol, price=price, close=close is not None, at=turn.at
        )
    )


def note_paper_references(turn: Turn) -> None:
    """Note what paper holdings of earlier days are measured from: no broker tells their profit."""
    for key, books in turn.state.books.items():
        if any(venue is Venue.PAPER and book.money.carried for (venue, _), book in books.items()):
            note_reference(
                turn, key.exchange, key.symbol, newest=last_price(turn.state, key) or None
            )
