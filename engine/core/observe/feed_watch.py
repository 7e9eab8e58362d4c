"""Whether the master can be seen at all: a feed that is gone is told, and that it is back."""

from datetime import timedelta

from engine.core.state.turn import Turn
from engine.core.values.market import MASTER
from engine.core.values.notices import Severity

#: A book that was not read for so long is told. While the market is shut it is read every 15 s; a
#: socket alone that is down is no alarm, since the book goes on being read once a second.
UNSEEN_FOR = timedelta(seconds=45)
_MARK = "master-unseen"
#: A socket that is down for so long is told, as news and no alarm. A choice of ours: a reconnect takes
#: 20 s at most, so that two have failed.
DOWN_FOR = timedelta(minutes=1)
_DOWN = "master-socket-down"


def watch_feed(turn: Turn) -> None:
    """Tell once that the master's book cannot be read while something is copied, and when it can again."""
    state = turn.state
    account = state.account(MASTER)
    if account.book_at is None or not account.session_ok:
        # Before the first read nothing is copied; a dead session is told by itself.
        return
    _watch_socket(turn)
    unseen = turn.at - account.book_at > UNSEEN_FOR
    if unseen and (state.copying or _holds_copies(turn)):
        turn.tell_once(
            Severity.ERROR,
            f"The master's order book could not be read since {account.book_at:%H:%M:%S}: {_seen(turn)}. "
            "It is tried again all the time; what was missed is compared then.",
            topic="engine",
            mark=_MARK,
        )
    elif not unseen and _MARK in state.told:
        state.told.discard(_MARK)
        turn.tell(Severity.INFO, "The master's order book is read again.", topic="engine")


def _seen(turn: Turn) -> str:
    if turn.state.stream_up:
        return "he is followed by the socket alone, and what it leaves out is not seen"
    return "what he does is not seen"


def _watch_socket(turn: Turn) -> None:
    """Tell once that the socket stays down, and that it is up again; one that never was up counts."""
    state = turn.state
    if state.stream_up:
        if _DOWN in state.told:
            state.told.discard(_DOWN)
            turn.tell(Severity.INFO, "The master's socket is up again.", topic="engine")
        return
    known = (state.started_at, state.account(MASTER).login_at, state.stream_since)
    since = max((at for at in known if at is not None), default=turn.at)
    if turn.at - since > DOWN_FOR and (state.copying or _holds_copies(turn)):
        turn.tell_once(
            Severity.WARNING,
            f"The master's socket is down since {since:%H:%M:%S}: his orders are copied about a second later, "
            "as his order book shows them. It is tried again all the time.",
            topic="engine",
            mark=_DOWN,
        )


def _holds_copies(turn: Turn) -> bool:
    return any(book.held for books in turn.state.books.values() for book in books.values())
