"""Samples of profit: written by the journal's writer, read beside it."""

import contextlib
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from engine.core.values.market import AccountName, Venue
from engine.core.values.profit_sample import ProfitSample

_INSERT = """
INSERT OR REPLACE INTO profit_samples (day, venue, account, at, rupees, realised)
VALUES (?, ?, ?, ?, ?, ?)
"""
_COUNT = "SELECT count(*) FROM profit_samples WHERE day = ?"
# Every so manieth of an account, counted from the newest, which says how it stands.
_THINNED = """
SELECT day, venue, account, at, rupees, realised FROM (
  SELECT *, row_number() OVER (PARTITION BY venue, account ORDER BY at DESC) AS back
  FROM profit_samples WHERE day = ?
) WHERE (back - 1) % ? = 0 ORDER BY venue, account, at
"""
#: Samples that are read of a day, about: twenty accounts of a hundred points each draw as well as of four.
MOST_READ = 2_000
# Of an account the newest sample of each day: the key's order makes it one look each.
_LAST = """
SELECT day, venue, account, max(at), rupees, realised FROM profit_samples
WHERE day BETWEEN ? AND ? GROUP BY day, venue, account ORDER BY day, venue, account
"""
# What is not the newest of its account and day.
_THINNED_OUT = """
FROM profit_samples WHERE day < ? AND at <> (
  SELECT max(newer.at) FROM profit_samples AS newer
  WHERE (newer.day, newer.venue, newer.account)
      = (profit_samples.day, profit_samples.venue, profit_samples.account)
)
"""


def add_samples(db: sqlite3.Connection, samples: Iterable[ProfitSample]) -> None:
    """Keep samples in a transaction of their own; nothing is waited for where the store is locked.

    Raises:
        sqlite3.Error: Nothing was written; leave them out, the next come in a minute.
    """
    (wait,) = db.execute("PRAGMA busy_timeout").fetchone()
    db.execute("PRAGMA busy_timeout = 0")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(_INSERT, [_row(each) for each in samples])
            db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(wait)}")


def read_samples(db: sqlite3.Connection, day: date) -> list[ProfitSample]:
    """Return the samples of a day by account and time; of many accounts every second, third or later one."""
    (count,) = db.execute(_COUNT, (day.isoformat(),)).fetchone()
    step = 1 + count // MOST_READ
    return [_sample(row) for row in db.execute(_THINNED, (day.isoformat(), step))]


def read_last(db: sqlite3.Connection, first: date, last: date) -> list[ProfitSample]:
    """Return the newest sample of each account and day, both days included."""
    return [_sample(row) for row in db.execute(_LAST, (first.isoformat(), last.isoformat()))]


def _row(sample: ProfitSample) -> tuple[str, str, str, str, str, str | None]:
    realised = None if sample.realised is None else str(sample.realised)
    day, at = sample.day.isoformat(), sample.at.isoformat()
    return (day, sample.venue.value, sample.account, at, str(sample.rupees), realised)


def _sample(row: tuple[str, str, str, str, str, str | None]) -> ProfitSample:
    day, venue, account, at, rupees, realised = row
    return ProfitSample(
        day=date.fromisoformat(day),
        venue=Venue(venue),
        account=AccountName(account),
        at=datetime.fromisoformat(at),
        rupees=Decimal(rupees),
        realised=None if realised is None else Decimal(realised),
    )


def thin_samples(db: sqlite3.Connection, before: date, *, dry_run: bool) -> int:
    """Keep of days before this one the newest sample of each account alone.

    Args:
        db: The store, in autocommit, which nobody else writes.
        before: First day of which everything stays.
        dry_run: Only count.

    Returns:
        How many samples go, or would go.

    Raises:
        sqlite3.Error: Nothing was changed.
    """
    if dry_run:
        (count,) = db.execute(f"SELECT count(*) {_THINNED_OUT}", (before.isoformat(),)).fetchone()
        return int(count)
    return db.execute(f"DELETE {_THINNED_OUT}", (before.isoformat(),)).rowcount
