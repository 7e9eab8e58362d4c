"""Hand copies back to the account's owner: they become his own and are not touched any more.

The holding leaves the ledger at once; what works of it is cancelled, and whatever it still fills is the
owner's own. What the master enters from then on is copied as ever.
"""

import hashlib

from engine.core.planning.offer_moot import settle_entries
from engine.core.state.cancels import want_cancel
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.control import DetachHoldings
from engine.core.values.copies import KeyBook
from engine.core.values.counts import counted
from engine.core.values.market import AccountName
from engine.core.values.position_views import DetachProposal, DetachRow

#: Why an entry is not offered any more.
HANDED_BACK = "what was copied was handed back to its owner"


def detach_proposal(
    state: State, follower: AccountName, symbol: str | None = None
) -> DetachProposal:
    """Return what of an account would be handed back, in the current mode; of one symbol if named."""
    rows = tuple(
        DetachRow(
            exchange=book.key.exchange,
            symbol=book.key.symbol,
            product=book.held_as or book.key.product,
            units=book.held,
            working=_working(book),
        )
        for book in _books(state, follower, symbol)
    )
    text = "|".join(f"{each.exchange}:{each.symbol}:{each.product}:{each.units}" for each in rows)
    return DetachProposal(rows=rows, mark=hashlib.sha256(text.encode()).hexdigest()[:16])


def take_detach(turn: Turn, request: DetachHoldings) -> tuple[bool, str]:
    """Hand back what is held and what works; the cancels go out at once, and again until they are done."""
    follower = request.follower
    if follower not in turn.state.rules:
        return False, f"No follower is named {follower!r}."
    proposal = detach_proposal(turn.state, follower, request.symbol)
    if not proposal.rows:
        return (
            True,
            f"Nothing copied is held or works for {follower}: there is nothing to hand back.",
        )
    if proposal.mark != request.mark:
        return False, "Not done: what is held has changed meanwhile."
    for book in _books(turn.state, follower, request.symbol):
        turn.emit(r.HoldingDetached(key=book.key, at=turn.at))
        settle_entries(turn, book.key, HANDED_BACK)
        for order_id in book.parts:
            turn.card(book.key.venue, order_id)
        turn.touch(book.key)
    held = [f"{row.units:+d} {row.symbol}" for row in proposal.rows if row.units]
    text = f"{follower}: {', '.join(held) or 'nothing held'} now its owner's own, not touched any more."
    if working := sum(row.working for row in proposal.rows):
        cancelled = counted(working, "working order is", "working orders are")
        text += f" {cancelled} being cancelled; what still fills is his own too."
    return True, f"{text} What the master enters from now on is copied as before."


def cancel_detached(turn: Turn, book: KeyBook) -> None:
    """Ask for the cancel that a child which was handed back needs now, if any is due."""
    for _, part in book.active_parts():
        for child in part.children:
            if child.detached and not child.has_ended:
                want_cancel(turn, child)


def _books(state: State, follower: AccountName, symbol: str | None) -> list[KeyBook]:
    found = (books.get((state.venue, follower)) for books in state.books.values())
    return [
        book
        for book in found
        if book is not None
        and symbol in (None, book.key.symbol)
        and (book.held or book.virtual or _working(book))
    ]


def _working(book: KeyBook) -> int:
    """Return how many children may still fill and were not handed back before."""
    return sum(
        not child.has_ended and not child.detached
        for _, part in book.active_parts()
        for child in part.children
    )
