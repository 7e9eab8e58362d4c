"""How closely each account is watched now, read off the state."""

from datetime import datetime, timedelta

from engine.core.planning.settled_changes import is_unshown
from engine.core.risk.scale import is_sized_by_funds
from engine.core.state.delivery import is_delivery
from engine.core.state.state import State
from engine.core.values.calendar import Calendar
from engine.core.values.child import Child
from engine.core.values.intents import IntentState
from engine.core.values.keys import MasterKey, row_key
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.offers import OfferKind
from engine.reconciler import Needs

#: The master's book while the market is open (architecture, detection: about once a second).
MASTER_OPEN_S, MASTER_CLOSED_S = 1.0, 15.0
#: A follower with a child younger than FRESH or of unknown outcome; with a resting child (at most
#: 5 s by the architecture); and with nothing open.
FOLLOWER_BUSY_S, FOLLOWER_RESTING_S, FOLLOWER_IDLE_S = 1.0, 4.0, 30.0
FRESH = timedelta(seconds=10)
POSITIONS_S, POSITIONS_BUSY_S = 30.0, 3.0
#: While an exit waits for them.
POSITIONS_DOUBTED_S = 1.0
#: Holdings, while delivery shares are copied: with every positions read they would double the
#: requests, and what was owned in the morning changes by itself only overnight.
HOLDINGS_S = 30.0
#: Funds, where somebody is sized by them: each minute while the market is open, and else so often that the
#: first order of a morning finds a reading that still counts.
FUNDS_OPEN_S, FUNDS_CLOSED_S = 60.0, 300.0
#: Most instruments one socket delivers (Kite Connect docs, websocket).
MOST_WATCHED = 3_000


def master_needs(state: State, calendar: Calendar, *, now: datetime, ready: bool) -> Needs:
    """Return how the master is to be read; ``ready`` once today's instruments are known."""
    moved = state.last_copy_at is not None and now - state.last_copy_at < FRESH
    positions_s = POSITIONS_BUSY_S if moved else POSITIONS_S
    if state.products.waiting or state.products.suspected:
        # An order waits until it is known whether he converted: with every read of the book.
        positions_s = 0.0
    return Needs(
        active=ready and state.account(MASTER).session_ok,
        book_s=MASTER_OPEN_S if calendar.any_open(now) else MASTER_CLOSED_S,
        positions_s=positions_s if state.openings_known else MASTER_OPEN_S,
    )


def follower_needs(state: State, follower: AccountName, *, now: datetime) -> Needs:
    """Return how a follower's live account is to be read."""
    account = state.account(follower)
    mine = [
        child
        for child in state.open_children.values()
        if child.key.follower == follower and child.key.venue is Venue.LIVE
    ]
    unresolved = any(
        child.state.is_unresolved
        or child.state is IntentState.SENDING
        or (child.change is not None and child.change.state in _UNSETTLED)
        or is_unshown(child)
        for child in mine
    )
    busy = not account.reconciled or unresolved or any(_is_fresh(child, now) for child in mine)
    newest = max(filter(None, (state.last_copy_at, account.filled_at)), default=None)
    moved = newest is not None and now - newest < FRESH
    doubted = account.doubt_until is not None and now < account.doubt_until
    resting = FOLLOWER_RESTING_S if mine or moved else FOLLOWER_IDLE_S
    return Needs(
        active=account.session_ok,
        book_s=FOLLOWER_BUSY_S if busy else resting,
        # All that makes him busy is a record: a child, a copy or fill, another session.
        quiet=account.session_ok and not busy and resting == FOLLOWER_IDLE_S,
        positions_s=_positions_s(doubted=doubted, moving=bool(mine) or moved),
        # A row without its tag can be told for ours only once its order id is known.
        whole=unresolved or any(child.sighting is None for child in mine),
        holdings_s=HOLDINGS_S if _holds_delivery(state, follower) else None,
    )


def funds_every_s(
    state: State, account: AccountName, calendar: Calendar, *, now: datetime
) -> float | None:
    """Return how often an account's funds are to be read; None where nobody is sized by them."""
    if not is_sized_by_funds(state, account) or not state.account(account).session_ok:
        return None
    return FUNDS_OPEN_S if calendar.any_open(now) else FUNDS_CLOSED_S


def _holds_delivery(state: State, follower: AccountName) -> bool:
    """Return whether delivery shares of an account are copied, or on their way."""
    return any(
        is_delivery(key) and book is not None and bool(book.held or book.active)
        for key, books in state.books.items()
        for book in (books.get((Venue.LIVE, follower)),)
    )


def _positions_s(*, doubted: bool, moving: bool) -> float:
    if doubted:
        return POSITIONS_DOUBTED_S
    return POSITIONS_BUSY_S if moving else POSITIONS_S


_UNSETTLED = frozenset({IntentState.SENDING, IntentState.UNKNOWN})


def _is_fresh(child: Child, now: datetime) -> bool:
    at = child.answered_at or child.sent_at or child.planned_at
    return now - at < FRESH or (child.cancel is not None and now - child.cancel.asked_at < FRESH)


def watched_tokens(state: State) -> frozenset[int]:
    """Return the instruments whose prices matter: what the master traded today and what is held."""
    keys = [key for key, position in state.master.items() if position.orders or position.net]
    keys += [key for key, books in state.books.items() if any(book.held for book in books.values())]
    keys += elsewhere_traded(state)
    found: dict[int, None] = {}
    for key in keys:
        instrument = state.instruments.find(key.exchange, key.symbol)
        if instrument is not None:
            found[instrument.token] = None
    return frozenset(list(found)[:MOST_WATCHED])


def offered_entries(state: State) -> list[MasterKey]:
    """Return what people are asked about before it is entered: they are told its price."""
    return [
        offer.question.key.master
        for offer in state.open_offers.values()
        if offer.question.kind is OfferKind.APPROVAL and offer.question.key is not None
    ]


def elsewhere_traded(state: State) -> list[MasterKey]:
    """Return delivery shares that the master traded on another exchange than their ledger's."""
    return [
        row_key(order.row)
        for key, position in state.master.items()
        if is_delivery(key)
        for order in position.orders.values()
        if order.row.exchange != key.exchange
    ]
