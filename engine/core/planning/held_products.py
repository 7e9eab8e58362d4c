"""Notice that a follower's owner converted his copies: their exits must name the new product."""

from msgspec.structs import replace

from engine.core.state.brokernet import held_key, knows_fills, snapshot_net
from engine.core.state.delivery import share_of
from engine.core.state.product_watch import Seen
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key, row_key
from engine.core.values.market import AccountName, Product, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import PositionRow

_Rows = tuple[PositionRow, ...]


def follow_conversions(turn: Turn, follower: AccountName, before: _Rows | None) -> None:
    """Compare the newest snapshot with one before: what left one product and came in another.

    The one before is the last that surely knew of all our fills; in a run that has seen none yet,
    the one that was kept.

    Args:
        turn: The turn; the newest snapshot is in its state already.
        follower: Whose positions were read.
        before: The rows of the snapshot before it; None where there was none.
    """
    state, watch = turn.state, turn.state.products
    books = [
        book
        for each in state.books.values()
        if (book := each.get((Venue.LIVE, follower))) is not None and (book.held or book.active)
    ]
    kept = watch.followers.get(follower)
    if kept is None and before is not None:
        kept = Seen(rows=before, held={book.key.master: book.held for book in books})
    if kept is not None:
        for book in books:
            if book.held and knows_fills(state, book):
                _look_at(turn, book, kept)
    if all(knows_fills(state, book) for book in books):
        rows = state.account(follower).positions or ()
        held = {book.key.master: book.held for book in books}
        watch.followers[follower] = Seen(rows=rows, held=held)


def _look_at(turn: Turn, book: KeyBook, before: Seen) -> None:
    state, held, key = turn.state, abs(book.held), held_key(book)
    side = 1 if book.held > 0 else -1
    net = snapshot_net(state, key)
    if net is None:
        return
    missing = held - side * (net - (book.own or 0))
    if missing <= 0:
        return
    now = state.account(book.key.follower).positions or ()
    gained = {
        product: side
        * (
            _units(key, product, now)
            - _units(key, product, before.rows)
            - _copied_since(turn, key, product, before)
        )
        for product in Product
        if product is not key.product
    }
    # Exactly what is missing, and it stands there: units that closed what his owner had on the other
    # side, or that came with trades of his, are no proof, and their exit would sell what is not there.
    found = next((product for product, units in gained.items() if units == missing), None)
    if found is None or side * (snapshot_net(state, replace(key, product=found)) or 0) < missing:
        return
    name, symbol = book.key.follower, book.key.symbol
    if missing < held:
        turn.tell_once(
            Severity.CRITICAL,
            f"{name}: {missing} of its {held} copied {symbol} were converted from {key.product.value} to "
            f"{found.value} by hand. Those are not exited with the rest: close them in Kite.",
            topic=topic_of(name),
            mark=f"part-converted:{state.trading_day}:{book.key}:{missing}",
        )
        return
    converted = snapshot_net(state, replace(key, product=found))
    own = (converted or 0) - book.held
    turn.emit(r.HeldConverted(key=book.key, product=found, own=own, at=turn.at))
    turn.touch(book.key)
    turn.tell(
        Severity.WARNING,
        f"{name}: its {held} copied {symbol} were converted from {key.product.value} to {found.value} by "
        f"hand. Their exit follows the master as {found.value}.",
        topic=topic_of(name),
    )


def _units(key: Key, product: Product, rows: _Rows) -> int:
    """Return the net of a share under a product in some positions rows."""
    share = share_of(key)
    mine = (row for row in rows if row.product is product and share_of(row_key(row)) == share)
    return sum(row.quantity for row in mine)


def _copied_since(turn: Turn, key: Key, product: Product, before: Seen) -> int:
    """Return what copies of the same share under a product have moved since a snapshot."""
    share = share_of(key)
    return sum(
        book.held - before.held.get(master, 0)
        for master, books in turn.state.books.items()
        if master.product is product and share_of(master) == share
        if (book := books.get((key.venue, key.follower))) is not None
    )
