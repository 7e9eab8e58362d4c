"""Nothing new is sent for an account before its own order book was read in this run and session.

Until then nobody knows what became of the orders before: a start, a login and a /resume begin so.
Nothing else holds an exit back, and this only for one read, which is asked for at once.
"""

from datetime import timedelta

from engine.core.gates import must_wait
from engine.core.keys import Key
from engine.core.notices import Severity
from engine.core.turn import Turn, topic_of

#: How soon what waits is looked at again without an event; the read itself brings it along sooner.
LOOK_AGAIN = timedelta(seconds=1)
#: A read takes a fraction of a second; an exit that waits longer than this is a matter for a person.
SAID_AFTER = timedelta(seconds=10)


def entry_waits(turn: Turn, key: Key) -> bool:
    """Return whether an entry waits for the first read of its account's book, and have it read."""
    if not must_wait(turn.state.account(key.follower), key.venue):
        return False
    turn.reads.add(key.follower)
    turn.wake(key, turn.at + LOOK_AGAIN)
    return True


def exit_waits(turn: Turn, key: Key) -> bool:
    """Return whether an exit waits for the first read of its account's book, and have it read.

    Without a session nothing waits here: that there is none is told as that.
    """
    account = turn.state.account(key.follower)
    if not account.session_ok or not entry_waits(turn, key):
        return False
    since = account.reconcile_from
    if since is not None and turn.at >= since + SAID_AFTER:
        turn.tell_once(
            Severity.CRITICAL,
            f"{key.follower}: exits wait, its order book cannot be read since {since:%H:%M:%S}. They go "
            "out as soon as it can. If it is urgent, close the positions in Kite.",
            topic=topic_of(key.follower),
            mark=waiting_mark(key.follower),
            needs_human=True,
        )
    return True


def waiting_mark(follower: str) -> str:
    """Return the mark of an account whose exits wait for its book."""
    return f"unread:{follower}"
