"""Nothing new is sent for an account before its own order book was read in this run and session.

Until then nobody knows what became of the orders before: a start, a login and a /resume begin so, and
a machine that wakes up. An entry waits for the master's book as well. An exit waits for the positions as well, which alone tell what other hands have
closed meanwhile. Nothing else holds it back, and this only for one look at the account, which is asked
for at once, and not for ever.
"""

from datetime import timedelta

from engine.core.risk.gates import must_wait
from engine.core.state.accounts import Account
from engine.core.state.turn import Turn, topic_of
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow

#: How soon what waits is looked at again without an event; the read itself brings it along sooner.
LOOK_AGAIN = timedelta(seconds=1)
#: How long an exit waits for that read: it takes a fraction of a second, and is tried again each second.
GOES_AFTER = timedelta(seconds=10)
#: Ticks come ten times a second (engine.pulse): where nothing was heard for so long the machine slept or
#: was stopped, or its clock was put forward. What was read before is then older than its stamps say, or by as much
#: as any pause between two reads of an account that has something open. A choice of ours.
STOOD_STILL = timedelta(seconds=10)
#: How long an exit waits for positions that know of what other hands have just closed: one read, and one more.
AFTER_A_HAND = timedelta(seconds=3)


def note_time(turn: Turn) -> None:
    """Have every account read anew where nothing was heard for long, or the clock was put forward."""
    state = turn.state
    last, state.heard_at = state.heard_at, turn.at
    if last is None or turn.at - last < STOOD_STILL:
        return
    for name, account in state.accounts.items():
        account.look_again(turn.at)
        turn.reads.add(name)


def entry_waits(turn: Turn, key: Key) -> bool:
    """Return whether an entry waits for the first read of its account's book or the master's, and have it read.

    It waits for a book that stands still too: nobody sees what it would be added to. What the master's
    orders were before may have been filled for long, or be gone.
    """
    account, master = turn.state.account(key.follower), turn.state.account(MASTER)
    waits = not has_his_book(account, key.venue)
    if waits:
        _read_soon(turn, key)
    if not master.reconciled:
        turn.reads.add(MASTER)
        turn.wake(key, turn.at + LOOK_AGAIN)
    return waits or not master.reconciled


def has_his_book(account: Account, venue: Venue) -> bool:
    """Return whether entries may go by what is known of a follower's own book; on paper that is all there is."""
    return venue is Venue.PAPER or (account.reconciled and account.stale_since is None)


def has_what_exits_need(account: Account, book: KeyBook) -> bool:
    """Return whether an account's book and positions are of this run and session, and no hand has closed the key since.

    Then no exit of the ledger waits for a look at the account.
    """
    if book.key.venue is Venue.PAPER:
        return True
    if not account.reconciled or book.key in account.hand_at:
        return False
    asked_at, back_at = account.positions_asked_at, account.back_at
    if asked_at is None or back_at is None:
        return back_at is None or not book.unproven
    return asked_at >= back_at


def _read_soon(turn: Turn, key: Key) -> None:
    turn.reads.add(key.follower)
    turn.wake(key, turn.at + LOOK_AGAIN)


def exit_waits(turn: Turn, key: Key) -> bool:
    """Return whether an exit waits for the first look at its account, and have it taken.

    A book that was read and stands still holds no exit back: nobody knows for how long it will.
    Without a session nothing waits here: that there is none is told as that. Where the account cannot be read
    at all the exit goes by the journal's word after a while, since the broker may still take it; not where
    the journal itself is in doubt (a store of the past).
    """
    state, account, book = turn.state, turn.state.account(key.follower), turn.state.book(key)
    if book is not None and has_what_exits_need(account, book):
        return False
    if _awaits_what_a_hand_left(turn, key):
        _read_soon(turn, key)
        return True
    unread = must_wait(account, key.venue)
    if not account.session_ok or not (unread or _has_old_positions(turn, key)):
        return False
    _read_soon(turn, key)
    since = account.reconcile_from or state.started_at
    if since is None:
        # The state was rebuilt within a run: the wait begins now, and ends.
        since = account.reconcile_from = turn.at
    if turn.at < since + GOES_AFTER:
        account.doubt_until = since + GOES_AFTER
        return True
    frozen = unread and state.fence.frozen is not None
    what = (
        "exits wait until it can. If it is urgent, close the positions in Kite"
        if frozen
        else "exits go out by what the journal knows. Please look in Kite"
    )
    unseen = "its order book" if unread else "what it holds"
    turn.tell_once(
        Severity.CRITICAL,
        f"{key.follower}: {unseen} cannot be read since {since:%H:%M:%S}; {what}.",
        topic=topic_of(key.follower),
        mark=waiting_mark(key.follower) if unread else f"unseen:{key.follower}:{since}",
        needs_human=True,
    )
    return frozen


def note_hand(turn: Turn, row: OrderRow, *, follower: AccountName) -> None:
    """Have the positions read where the socket tells that other hands close what is copied.

    They are read every 30 s where nothing is on its way: an exit by the last of them would open a position.
    """
    key = Key(
        venue=Venue.LIVE, follower=follower, exchange=row.exchange, symbol=row.symbol, product=row.product
    )  # fmt: skip
    book = turn.state.book(key)
    if book is None or not row.filled_quantity or book.held * row.side.sign >= 0:
        return
    account = turn.state.account(follower)
    account.hand_at[key] = turn.at
    account.doubt_until = turn.at + AFTER_A_HAND
    turn.reads.add(follower)


def _awaits_what_a_hand_left(turn: Turn, key: Key) -> bool:
    account = turn.state.account(key.follower)
    at = account.hand_at.get(key)
    if at is None or turn.at >= at + AFTER_A_HAND or not account.session_ok:
        return False
    return account.positions_asked_at is not None and account.positions_asked_at < at


def _has_old_positions(turn: Turn, key: Key) -> bool:
    """Whether the positions an exit would go by were asked for before the start, the login or the sleep.

    Where none were ever read there is nothing to be misled by but what was held overnight.
    """
    account, book = turn.state.account(key.follower), turn.state.book(key)
    if key.venue is not Venue.LIVE or account.back_at is None:
        return False
    if account.positions_asked_at is None:
        return book is not None and book.unproven
    return account.positions_asked_at < account.back_at


def waiting_mark(follower: str) -> str:
    """Return the mark of an account whose exits wait for its book."""
    return f"unread:{follower}"
