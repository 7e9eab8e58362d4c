"""What the broker's own net says an exit may still take."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from engine.core.state.delivery import delivery_net, is_delivery
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key, Leg
from engine.core.values.market import Side, Venue
from engine.core.values.orders import PositionRow

#: A snapshot asked for this long after our last fill knows of it; the broker's positions lag its
#: book by seconds at most on a good day.
SNAPSHOT_LAG = timedelta(seconds=3)


def own_holding(state: State, key: Key, book: KeyBook | None) -> int | None:
    """Return the signed units an account holds besides ours in a key, where that can be known now.

    Measured anew whenever nothing copied is held or on its way, from a snapshot that knows of our
    last fill; None otherwise, and at the paper venue, where nobody else trades.
    """
    if key.venue is Venue.PAPER:
        return None
    if book is not None and (book.held or not is_proven(state, book)):
        return None
    return observed_net(state, key)


def own_before_fill(state: State, child: Child) -> int | None:
    """Return the signed units an owner holds himself as the first copy of a key fills; None where nothing new is known.

    He may have traded since the order of the master was seen, while its copy waited to leave. Only a snapshot
    counts that was answered before any of what may still fill had left: what he trades while the very copy
    rests that then fills is not told apart from the copies.
    """
    book, account = state.book(child.key), state.account(child.key.follower)
    first = child.leg is Leg.ENTRY and not child.detached and book is not None and not book.held
    if book is None or not first or child.key.venue is Venue.PAPER or account.positions_at is None:
        return None
    working = [
        each for _, part in book.active_parts() for each in part.children if not each.has_ended
    ]
    if any(each.sent_at is not None and each.sent_at <= account.positions_at for each in working):
        return None
    if (
        child.sent_at is None
        or child.sent_at <= account.positions_at
        or not knows_fills(state, book)
    ):
        return None
    own = observed_net(state, child.key)
    return None if own == (book.own or 0) else own


def held_key(book: KeyBook) -> Key:
    """Return the key under which the broker holds the copies now: a person may have converted them."""
    return book.key if book.held_as is None else replace(book.key, product=book.held_as)


def observed_net(state: State, key: Key) -> int | None:
    """Return the broker's net for people to look at: 0 where the snapshot has no such row."""
    account = state.account(key.follower)
    if account.positions is None or (is_delivery(key) and account.holdings is None):
        return None
    return snapshot_net(state, key) or 0


def _is_open(book: KeyBook) -> bool:
    if not book.active:
        return False  # asked for every follower of every order, and mostly nothing is
    return any(not child.has_ended for _, part in book.active_parts() for child in part.children)


def is_proven(state: State, book: KeyBook) -> bool:
    """Return whether the newest snapshot knows of every fill of ours, and none is on its way."""
    return not _is_open(book) and knows_fills(state, book)


def taken_unseen(book: KeyBook) -> int:
    """Return the units of a holding that open orders of ours may have taken before we hear of it, >= 0.

    An entry of the side that is held takes nothing, and may rest for hours: what it fills only adds.
    """
    return sum(
        child.outstanding
        for _, part in book.active_parts()
        for child in part.children
        if child.leg is not Leg.ENTRY or child.side.sign * book.held <= 0
    )


def knows_fills(state: State, book: KeyBook) -> bool:
    """Return whether the newest snapshot was asked for well after our last fill."""
    asked_at = state.account(book.key.follower).positions_asked_at
    if asked_at is None:
        return False
    newest = book.newest_fill
    return newest is None or asked_at >= newest + SNAPSHOT_LAG


def snapshot_net(state: State, key: Key) -> int | None:
    """Return the broker's net of the newest snapshot, signed units; None where it has no such row.

    Kite keeps the rows of closed positions for the day (Kite Connect docs, portfolio): a row that is
    not there says nothing, least of all "flat". Of delivery shares the holdings count too.
    """
    account = state.account(key.follower)
    return delivery_net(account, key) if is_delivery(key) else _net_of(account.positions or (), key)


def _net_of(rows: Iterable[PositionRow], key: Key) -> int | None:
    net = None
    for row in rows:
        if row.symbol == key.symbol and row.product is key.product and row.exchange == key.exchange:
            net = row.quantity if net is None else net + row.quantity
    return net


def broker_cover(state: State, book: KeyBook, side: Side) -> int | None:
    """Return the units that an exit on ``side`` may take by the broker's net, >= 0.

    Fills of ours that were learned after the snapshot's answer count on top of it; those learned
    while it was on its way may be in it or not, which the snapshot before it may tell. Where it may
    show all that is held they hold no exit back; where it shows less, others have closed some of it, and the
    least that it may mean counts: the next one tells. The owner's own units that stood before our
    first fill are taken out first. None where not known.
    """
    key = held_key(book)
    if key.venue is Venue.PAPER:
        return None
    account, net = state.account(key.follower), snapshot_net(state, key)
    if net is None or account.positions_at is None or account.positions_asked_at is None:
        return None
    least, most = _left(book, side, net, account.positions_asked_at, account.positions_at)
    before = account.snapshot_before
    if least < most and before is not None and not is_delivery(key):
        shown_before = _net_of(before.rows, key)
        if shown_before is not None:
            at_least, at_most = _left(book, side, shown_before, before.asked_at, before.at)
            if at_least <= most and at_most >= least:
                least, most = max(least, at_least), min(most, at_most)
    held = side.opposite.sign * book.held
    return max(0, most if most >= held else least)


def _left(book: KeyBook, side: Side, net: int, asked_at: datetime, at: datetime) -> tuple[int, int]:
    """Return the least and the most units an exit finds by a snapshot, with what we have filled since."""
    held_side = side.opposite.sign
    least = most = held_side * (net - (book.own or 0))
    for part in book.filled_since(asked_at):  # of all others it knows all
        for child in part.children:
            sign = held_side * child.side.sign
            for learned_at, units in child.fills:
                if learned_at > asked_at:
                    # What was learned while it was on its way it may know or not.
                    least += sign * units if learned_at > at else min(0, sign * units)
                    most += sign * units if learned_at > at else max(0, sign * units)
    return least, most


def may_know_more(state: State, book: KeyBook) -> bool:
    """Return whether the newest snapshot may know of a fill of our exits before we do.

    So it is until the order book was read after it, and where we learned of one after its answer.
    What works of our exits may then be the very units that are missing in it.
    """
    account = state.account(book.key.follower)
    answered_at, book_asked_at = account.positions_at, account.book_asked_at
    if answered_at is None or book_asked_at is None or book_asked_at < answered_at:
        return True
    return any(
        at > answered_at
        for part in book.filled_since(answered_at)
        for child in part.of(Leg.EXIT)
        for at, _ in child.fills
    )
