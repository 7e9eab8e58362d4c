"""Many rows with one statement: half of what SQLite takes for a row is the statement around it."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

#: Rows that one statement takes; what is over goes with the next smaller one.
_AT_A_TIME: Final = (64, 16, 4, 1)
#: Values that one statement takes at most. Beyond that little is won (404 records: 760 us one by one, 461 us
#: by 16, 425 us by 64, 410 us by 100), and the first burst of a process waits for it to be compiled: 80 us
#: for 64 records or 16 placements, 360 us for 64 placements. Older builds of SQLite take 999
#: (sqlite.org/limits.html, section 9).
_MOST_VALUES: Final = 256


class Insert:
    """How rows get into one table."""

    def __init__(self, table: str, *columns: str, shared: Sequence[str] = ()) -> None:
        """Take the columns that each row has for itself, and those that all rows of one writing share.

        What is shared is bound once: of twelve columns, of which five are a row's own, a row takes half the time.
        """
        self._width, self._shared = len(columns), len(shared)
        names = ", ".join((*shared, *columns))
        # OR FAIL: a failed row leaves the rows before it, where SQLite would otherwise keep a copy of every
        # page the statement changes to undo it by. Whoever inserts takes the whole transaction back.
        head = f"INSERT OR FAIL INTO {table} ({names}) VALUES "  # noqa: S608 - names of ours
        self._statements = [
            (size, head + ", ".join([self._row()] * size))
            for size in _AT_A_TIME
            if size * self._width <= _MOST_VALUES
        ]

    def write(
        self,
        db: sqlite3.Connection,
        rows: Iterable[Iterable[object]],
        shared: Sequence[object] = (),
    ) -> None:
        """Insert rows, in order, within the caller's transaction.

        Values are best of the very types int, str and bytearray: for None, bytes and members of enums
        sqlite3 looks for an adapter each time.

        Raises:
            sqlite3.Error: Some rows may have been written: roll back.
        """
        values = list(chain.from_iterable(rows))
        at, end = 0, len(values)
        for size, statement in self._statements:
            step = size * self._width
            while end - at >= step:
                db.execute(statement, [*shared, *values[at : at + step]])
                at += step

    def _row(self) -> str:
        # Only what is shared is numbered: a value with a number is one with a name to Python 3.12.0 to 3.12.3, which
        # warns at each of them (github.com/python/cpython/issues/117995).
        places = [f"?{place + 1}" for place in range(self._shared)] + ["?"] * self._width
        return f"({', '.join(places)})"
