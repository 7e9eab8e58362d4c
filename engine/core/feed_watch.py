"""Whether the master can be seen at all: a feed that is gone is told, and that it is back."""

from datetime import timedelta

from engine.core.market import MASTER
from engine.core.notices import Severity
from engine.core.turn import Turn

#: A book that was not read for so long is told. While the market is shut it is read every 15 s; a
#: socket alone that is down is no alarm, since the book goes on being read once a second.
UNSEEN_FOR = timedelta(seconds=45)
_MARK = "master-unseen"


def watch_feed(turn: Turn) -> None:
    """Tell once that the master's book cannot be read while something is copied, and when it can again."""
    state = turn.state
    account = state.account(MASTER)
    if account.book_at is None or not account.session_ok:
        # Before the first read nothing is copied; a dead session is told by itself.
        return
    unseen = turn.at - account.book_at > UNSEEN_FOR
    if unseen and (state.copying or _holds_copies(turn)):
        turn.tell_once(
            Severity.ERROR,
            f"The master's order book could not be read since {account.book_at:%H:%M:%S}: what he does is "
            "not seen. It is tried again all the time; what was missed is compared then.",
            topic="engine",
            mark=_MARK,
        )
    elif not unseen and _MARK in state.told:
        state.told.discard(_MARK)
        turn.tell(Severity.INFO, "The master's order book is read again.", topic="engine")


def _holds_copies(turn: Turn) -> bool:
    return any(book.held for books in turn.state.books.values() for book in books.values())
