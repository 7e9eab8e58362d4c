"""Reports of trading days out of the journal: one fold, of which a report is taken each time the day turns.

Read-only: the writer is never held up, and it may go on meanwhile.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from engine.core.chat.day_report import day_reports
from engine.core.chat.profit_samples import with_samples
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.day_report import DayReport
from engine.core.values.market import MASTER
from engine.core.values.profit_sample import ProfitSample
from engine.core.values.rules import FollowerRules
from engine.errors import StoreDamaged
from storage.codec import decode_record, decode_row
from storage.profit_samples import read_last, read_samples
from storage.schema import SCHEMA_VERSION
from storage.store_name import STORE_NAME

# What people were told and asked is in no report, and is much of a journal.
_RECORDS = """
SELECT event, kind, body FROM records
WHERE kind NOT IN ('NoticeRaised', 'NoticeShown', 'OfferOpened', 'ButtonsMade', 'OfferSettled',
                   'UpdateAnswered', 'RoutineDone')
ORDER BY seq
"""
_AT = "SELECT at FROM events WHERE seq < ? ORDER BY seq DESC LIMIT 1"
_NEWEST = "SELECT at FROM events ORDER BY seq DESC LIMIT 1"
_DAYS = "SELECT body FROM records WHERE kind = 'DayOpened' ORDER BY seq"


def past_reports(data_dir: Path, first: date, last: date) -> tuple[DayReport, ...]:
    """Return the reports of the trading days from ``first`` to ``last``, oldest first; none where none ran.

    The present day, where it is among them, is as far as the store knows it.

    Raises:
        StoreDamaged: The store cannot be read; the text says why and the mend.
    """
    with _reading(data_dir) as db:
        if db is None:
            return ()
        sampled = read_last(db, first, last)
        return tuple(
            with_samples(report, sampled)
            for state, as_of in _days(db, last)
            if state.trading_day is not None and first <= state.trading_day <= last
            for report in day_reports(state, as_of=as_of)
        )


def trading_days(data_dir: Path) -> tuple[date, ...]:
    """Return the days that the store holds, oldest first.

    Raises:
        StoreDamaged: It cannot be read.
    """
    with _reading(data_dir) as db:
        found = [] if db is None else [body for (body,) in db.execute(_DAYS)]
    records = [decode_record("DayOpened", body) for body in found]
    return tuple(
        dict.fromkeys(each.trading_day for each in records if isinstance(each, r.DayOpened))
    )


def stored_samples(data_dir: Path, day: date) -> tuple[ProfitSample, ...]:
    """Return the samples of profit of a day by account and time, thinned where there are very many.

    Raises:
        StoreDamaged: The store cannot be read.
    """
    with _reading(data_dir) as db:
        return () if db is None else tuple(read_samples(db, day))


def last_samples(data_dir: Path, first: date, last: date) -> tuple[ProfitSample, ...]:
    """Return the newest sample of each account and day, both days included.

    Raises:
        StoreDamaged: The store cannot be read.
    """
    with _reading(data_dir) as db:
        return () if db is None else tuple(read_last(db, first, last))


def _days(db: sqlite3.Connection, last: date) -> Iterator[tuple[State, datetime | None]]:
    """Yield the state as each trading day ends, up to ``last``, and when its newest event happened.

    It is one state, folded on: take what you need of it before you go on.
    """
    state = State()
    for event, kind, body in db.execute(_RECORDS):
        for record in decode_row(kind, body):
            turns = isinstance(record, r.DayOpened) and state.trading_day is not None
            if (
                turns
                and isinstance(record, r.DayOpened)
                and record.trading_day != state.trading_day
            ):
                yield _named(state), _time(db.execute(_AT, (event,)).fetchone())
                if record.trading_day > last:
                    return
            apply(state, record)
    if state.trading_day is not None:
        yield _named(state), _time(db.execute(_NEWEST).fetchone())


def _time(row: tuple[str] | None) -> datetime | None:
    return datetime.fromisoformat(row[0]) if row else None


def _named(state: State) -> State:
    """List every follower the journal knows so far; their rules are in the settings, not in the store."""
    names = {follower for books in state.books.values() for _, follower in books}
    names |= {name for name in state.accounts if name != MASTER}
    for name in sorted(names):
        user_id = state.account(name).user_id
        state.rules.setdefault(name, FollowerRules(name=name, user_id=user_id))
    return state


@contextlib.contextmanager
def _reading(data_dir: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the store to read one view of it; None where there is none."""
    path = (data_dir / STORE_NAME).absolute()
    if not path.exists():
        yield None
        return
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            db.execute("BEGIN")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version < SCHEMA_VERSION:
                raise StoreDamaged(
                    f"{path} is of an older version: start it once with copytrader run, then ask again"
                )
            if version > SCHEMA_VERSION:
                raise StoreDamaged(f"{path} was written by a newer program: install that version")
            yield db
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path} cannot be read ({error}): restore a backup") from error
