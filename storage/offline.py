"""Read the store while nothing runs: the state is folded from the journal, nothing is written."""

import contextlib
import sqlite3
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from engine.clock import Clock, SystemClock
from engine.core.chat.reading import positions_view, status_view
from engine.core.chat.reading_copies import order_numbered
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values.market import OrderId
from engine.core.values.position_views import AccountPositions
from engine.core.values.rules import FollowerRules
from engine.core.values.views import StatusView
from engine.errors import StoreDamaged
from storage.codec import decode_row
from storage.store_name import STORE_NAME


class StoredReads:
    """Status and positions as the store last knew them."""

    def __init__(self, state: State, *, clock: Clock, as_of: datetime | None = None) -> None:
        self._state = state
        self._clock = clock
        self._as_of = as_of

    def as_of(self) -> datetime | None:
        """Return when the newest event happened, or None before the first run."""
        return self._as_of

    def status(self) -> StatusView | None:
        """Return the status card; the feed is down, for nothing runs."""
        return replace(status_view(self._state, now=self._clock.now()), stream_up=False)

    def positions(self) -> tuple[AccountPositions, ...]:
        """Return the last known positions of every account."""
        return positions_view(self._state)

    def order_numbered(self, number: str) -> OrderId | None:
        """Return the master order of the last day that a card's number stands for, or None."""
        return order_numbered(self._state, number)


def offline_reads(data_dir: Path) -> StoredReads:
    """Open the store of a data folder read-only and fold it.

    Raises:
        StoreDamaged: It cannot be read; the text says why and the mend.
    """
    state, as_of = stored_state(data_dir)
    _name_followers(state)
    return StoredReads(state, clock=SystemClock(), as_of=as_of)


def stored_state(data_dir: Path) -> tuple[State, datetime | None]:
    """Return what the journal holds, folded, and when its newest event happened; nothing before the first run.

    Raises:
        StoreDamaged: It cannot be read; the text says why and the mend.
    """
    path = data_dir / STORE_NAME
    state, as_of = State(), None
    if path.exists():
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                for kind, body in db.execute("SELECT kind, body FROM records ORDER BY seq"):
                    for each in decode_row(kind, body):
                        apply(state, each)
                newest = db.execute("SELECT at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
                as_of = datetime.fromisoformat(newest[0]) if newest else None
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(f"{path} cannot be read ({error}): restore a backup") from error
    return state, as_of


def _name_followers(state: State) -> None:
    """List every follower the journal knows; their rules are in the settings, not in the store."""
    names = {follower for books in state.books.values() for _, follower in books}
    names |= {name for name in state.accounts if name != "master"}
    for name in sorted(names):
        state.rules[name] = FollowerRules(name=name, user_id=state.account(name).user_id)
