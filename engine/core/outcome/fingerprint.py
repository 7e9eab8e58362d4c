"""Which orders without a tag may be one of ours: by all that the book and the socket have shown of them.

The tag is what tells our orders. Some saw it missing (Kite forum, discussions 5439 and 9242); then
the order is told by its form and moment, and the account's owner may place its like by hand.
"""

from collections.abc import Iterable
from datetime import timedelta

from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.commands import Place
from engine.core.values.events import BookRead
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.orders import OrderRow

#: How long an order without an answer may still appear: 8 s to 90 s late were seen (Kite forum
#: comments 35732 and 41029).
APPEARS_WITHIN = timedelta(seconds=120)
#: Kite stamps whole seconds; a row this much before our send can still be ours.
STAMP_SLACK = timedelta(seconds=2)


def remember_rows(account: Account, event: BookRead) -> None:
    """Keep what later reads are judged by: they bring only the rows that have changed since."""
    shows_tags = any(row.tag is not None for row in event.shown)
    for row in event.shown:
        stamp = row.updated_at or row.placed_at
        if stamp is not None and (account.book_newest is None or stamp > account.book_newest):
            account.book_newest = stamp
        if row.tag is None:
            account.untagged[row.order_id] = row
            account.untagged_since.setdefault(row.order_id, event.at)
            if shows_tags:
                account.bare.add(row.order_id)
        else:
            # A tag that was missing has come after all.
            account.untagged.pop(row.order_id, None)
            account.tagged.add(row.order_id)


def remember_frame(account: Account, row: OrderRow) -> None:
    """Keep what the socket said of an order's tag: reads that show none may follow.

    Of ours too, which is known by its order id then: it is never asked whose it is.
    """
    if row.tag is not None:
        account.tagged.add(row.order_id)
        account.socket_shows_tags = True
    else:
        account.bare_frames.add(row.order_id)


def candidates(state: State, child: Child) -> list[OrderRow]:
    """Return the orders that are this child if only one of them is, oldest first."""
    return [row for row in _alike(state, child) if not _is_bare(state, child, row)]


def doubtful(state: State, child: Child) -> list[OrderRow]:
    """Return the orders that are this child only if the broker lost the tag of one order alone."""
    return [row for row in _alike(state, child) if _is_bare(state, child, row)]


def new_twins(state: State, name: AccountName, rows: Iterable[OrderRow]) -> list[OrderId]:
    """Return those of an account's orders that are doubtful and not journalled as such yet.

    What the socket and the reads of this run have told of tags, the next run no longer knows.
    """
    known = state.account(name).twins
    fresh = [row for row in rows if row.tag is None and row.order_id not in known]
    if not fresh:
        return []
    waiting = [
        child
        for child in state.open_children.values()
        if child.order_id is None and (child.key.venue, child.key.follower) == (Venue.LIVE, name)
    ]
    return [
        row.order_id
        for row in fresh
        if any(_matches(state, each, row) and _is_bare(state, each, row) for each in waiting)
    ]


def _alike(state: State, child: Child) -> list[OrderRow]:
    rows = state.account(child.key.follower).untagged.values()
    found = [row for row in rows if _matches(state, child, row)]
    return sorted(found, key=lambda row: (row.placed_at or child.planned_at, row.order_id))


def _is_bare(state: State, child: Child, row: OrderRow) -> bool:
    """Whether it was seen without a tag where others had theirs: most likely its owner's.

    So is an order that kept the tags which Kite itself gave it.
    """
    account = state.account(child.key.follower)
    if row.tags or row.order_id in account.twins:
        return True
    unnamed = account.socket_shows_tags and row.order_id in account.bare_frames
    return unnamed or row.order_id in account.bare


def _matches(state: State, child: Child, row: OrderRow) -> bool:
    if row.tag is not None or child.sent_at is None or row.placed_at is None:
        return False
    sent_at = state.brokers_time(child.sent_at)
    in_time = sent_at - STAMP_SLACK <= row.placed_at <= sent_at + APPEARS_WITHIN
    return in_time and not _is_another(state, child, row) and _has_form_of(row, child.command)


def _is_another(state: State, child: Child, row: OrderRow) -> bool:
    """Whether it is known whose the order is, and that it is not this child."""
    account = state.account(child.key.follower)
    if (child.key.venue, child.key.follower, row.order_id) in state.child_orders:
        return True
    if row.order_id in account.tagged:
        # It had a tag when it was seen before; were it ours, it had been found by it.
        return True
    heard_at = account.untagged_since.get(row.order_id)
    if heard_at is not None and child.sent_at is not None and heard_at < child.sent_at:
        # It was there before ours left: his owner's, though the stamps are of one second.
        return True
    # RMS closes positions by orders of its own, without a tag and often of the same size.
    return row.placed_by not in ("", account.user_id)


def _has_form_of(row: OrderRow, command: Place) -> bool:
    if command.price is not None and (row.price != command.price or row.is_market):
        # At the very price of ours, but Kite made that price itself, of a MARKET order.
        return False
    return (
        row.exchange, row.symbol, row.side, row.product, row.quantity, row.trigger_price,
    ) == (
        command.exchange, command.symbol, command.side, command.product, command.quantity,
        command.trigger_price,
    )  # fmt: skip
