"""Apply the opening of a trading day: what of the days before goes on, and what is forgotten."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.state import fold_money as money
from engine.core.state.product_watch import ProductWatch
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg, is_copy_topic
from engine.core.values.logins import is_morning_topic
from engine.core.values.market import OrderId, Product
from engine.core.values.routines import EVENING

#: Copies of days before these are forgotten as a day opens. Kite's order book is of one day (Kite Connect docs,
#: orders), and shows the last one until the next begins: over no row of holidays as long as this.
KEPT_CHILDREN = timedelta(days=10)


def day_opened(state: State, record: r.DayOpened) -> None:
    """Apply a ``DayOpened``."""
    in_the_evening = (at.exchange in EVENING and it.orders for at, it in state.master.items())
    state.evening_of = state.trading_day if any(in_the_evening) else None
    state.trading_day = record.trading_day
    state.master.clear()
    state.master_key_of.clear()
    state.openings.clear()
    state.openings_known = False
    state.lent.clear()
    state.wakes.clear()
    state.entries_of_day.clear()
    # What was asked about it ends with its day.
    state.waiting_settings, state.gone_today = None, set()
    state.products = ProductWatch()
    state.fence.own.clear()
    state.fence.end_day()
    for child in list(state.open_children.values()):
        # DAY orders do not outlive their day; what filled is in ``held``.
        _let_go_of_unfilled(state, child)
        child.state = IntentState.EXPIRED if not child.has_ended else child.state
    state.open_children.clear()
    state.planned.clear()
    oldest = record.trading_day - KEPT_CHILDREN
    state.children = {
        tag: child for tag, child in state.children.items() if child.planned_at.date() >= oldest
    }
    for by_follower in state.books.values():
        for book in by_follower.values():
            exact = book.exact()
            book.clear_parts()
            book.begin_round_trip()
            book.active.clear()
            book.closings.clear()
            if (book.held_as or book.key.product) is Product.MIS:
                # The broker squares intraday positions off before the day ends, his and ours: what
                # was wanted of them would otherwise be bought again with the first order of today.
                book.held, exact = 0, 0
            book.left = _left_of_the_day(book)
            book.virtual, book.last_exit = book.held, None
            book.own, book.own_before = None, book.own
            book.unproven = bool(book.held)
            book.claim_rest = 0
            if exact:
                # Yesterday's fractions stay owed; they belong to no order of today.
                _owe_since_yesterday(book, exact)
    _rehome_converted(state)
    money.day_opened(state)
    _forget_ledgers(state)
    held = {key.symbol for key, books in state.books.items() for b in books.values() if b.held}
    state.listings = {at: kept for at, kept in state.listings.items() if at[1] in held}
    # Kite may use an order id again: it must not be taken for the order of then, nor drawn over it.
    state.child_orders.clear()
    state.cards = {
        at: sent
        for at, sent in state.cards.items()
        if not is_copy_topic(at[0]) and not is_morning_topic(at[0])
    }
    for account in state.accounts.values():
        account.reconciled, account.book_total = False, 0
        account.book_newest = None
        account.untagged.clear()
        account.twins.clear()
        account.untagged_since.clear()
        for seen in (account.bare, account.bare_frames, account.tagged):
            seen.clear()
        account.most_rows, account.ahead, account.stale_since = 0, {}, None
        # With yesterday's fills forgotten nothing tells which of them its snapshot knew of.
        account.positions_asked_at = account.positions_at = account.snapshot_before = None


def _let_go_of_unfilled(state: State, child: Child) -> None:
    """Owe nothing for what an entry did not fill by the end of its day.

    Nobody may ever have known whether it existed: carried over, it would be sent again next morning.
    """
    part = state.books[child.key.master][child.key.venue, child.key.follower].parts.get(
        child.master_order_id
    )
    if part is not None and child.leg is Leg.ENTRY and not child.has_ended:
        part.contribution = part.kept_of_filled


def _forget_ledgers(state: State) -> None:
    """Forget the ledgers that say nothing which a new one would not, so that months of trading fit into memory.

    Not while an order of theirs is kept: what it filled days ago may still be learned.
    """
    kept = {child.key for child in state.children.values()}
    for at, by_follower in list(state.books.items()):
        for whose, book in list(by_follower.items()):
            as_new = KeyBook(key=book.key, round_trip=book.round_trip)
            if book.key not in kept and book == as_new:
                del by_follower[whose]
        if not by_follower:
            del state.books[at]


def _left_of_the_day(book: KeyBook) -> Exact:
    """Return what exits were to take by the end of the day and did not, signed units of what is held.

    It is not exited by itself next morning, and no entry may do so in its place.
    """
    side = 1 if book.held > 0 else -1
    unfilled = max(0, side * (book.held - book.virtual))
    return side * min(max(side * book.left, 0) + unfilled, abs(book.held))


def _owe_since_yesterday(book: KeyBook, exact: Exact) -> None:
    book.put(OrderId(""), CopyPart(ratio=0, carry=0), contribution=exact)


def _rehome_converted(state: State) -> None:
    """Keep what its owner converted yesterday under its new product from now on."""
    for by_follower in list(state.books.values()):
        for at, book in by_follower.items():
            if book.held_as is None:
                continue
            key = replace(book.key, product=book.held_as)
            home = state.books.setdefault(key.master, {}).setdefault(at, KeyBook(key=key))
            exact = home.exact() + book.exact()
            home.held += book.held
            home.virtual, home.unproven = home.held, bool(home.held)
            home.left += book.left
            home.clear_parts()
            if exact:
                _owe_since_yesterday(home, exact)
            book.held = book.virtual = 0
            book.left = 0
            book.held_as, book.unproven = None, False
            book.clear_parts()
