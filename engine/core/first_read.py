"""Nothing new is sent for an account before its own order book was read in this run and session.

Until then nobody knows what became of the orders before: a start, a login and a /resume begin so.
Nothing else holds an exit back, and this only for one read, which is asked for at once, and not for ever.
"""

from datetime import timedelta

from engine.core.gates import must_wait
from engine.core.keys import Key
from engine.core.market import Venue
from engine.core.notices import Severity
from engine.core.turn import Turn, topic_of

#: How soon what waits is looked at again without an event; the read itself brings it along sooner.
LOOK_AGAIN = timedelta(seconds=1)
#: How long an exit waits for that read: it takes a fraction of a second, and is tried again each second.
GOES_AFTER = timedelta(seconds=10)


def entry_waits(turn: Turn, key: Key) -> bool:
    """Return whether an entry waits for the first read of its account's book, and have it read.

    It waits for a book that stands still too: nobody sees what it would be added to.
    """
    account = turn.state.account(key.follower)
    stale = key.venue is Venue.LIVE and account.stale_since is not None
    if not stale and not must_wait(account, key.venue):
        return False
    _read_soon(turn, key)
    return True


def _read_soon(turn: Turn, key: Key) -> None:
    turn.reads.add(key.follower)
    turn.wake(key, turn.at + LOOK_AGAIN)


def exit_waits(turn: Turn, key: Key) -> bool:
    """Return whether an exit waits for the first read of its account's book, and have it read.

    A book that was read and stands still holds no exit back: nobody knows for how long it will.
    Without a session nothing waits here: that there is none is told as that. Where the book cannot be read
    at all the exit goes by the journal's word after a while, since the broker may still take it; not where
    the journal itself is in doubt (a store of the past).
    """
    state, account = turn.state, turn.state.account(key.follower)
    if not account.session_ok or not must_wait(account, key.venue):
        return False
    _read_soon(turn, key)
    since = account.reconcile_from or state.started_at
    if since is None:
        # The state was rebuilt within a run: the wait begins now, and ends.
        since = account.reconcile_from = turn.at
    if turn.at < since + GOES_AFTER:
        return True
    frozen = state.fence.frozen is not None
    what = (
        "exits wait until it can. If it is urgent, close the positions in Kite"
        if frozen
        else "exits go out by what the journal knows. Please look in Kite"
    )
    turn.tell_once(
        Severity.CRITICAL,
        f"{key.follower}: its order book cannot be read since {since:%H:%M:%S}; {what}.",
        topic=topic_of(key.follower),
        mark=waiting_mark(key.follower),
        needs_human=True,
    )
    return frozen


def waiting_mark(follower: str) -> str:
    """Return the mark of an account whose exits wait for its book."""
    return f"unread:{follower}"
