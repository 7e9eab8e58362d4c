"""Many rows with one statement: half of what SQLite takes for a row is the statement around it."""

import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import Final

#: Rows that one statement takes; what is over goes with the next smaller one. Beyond 64 nothing is won
#: (404 records: 760 us one by one, 425 us by 64, 410 us by 100), and 64 rows of our widest table stay
#: within the 999 values that older builds of SQLite take (sqlite.org/limits.html, section 9).
_AT_A_TIME: Final = (64, 16, 4, 1)


class Insert:
    """How rows get into one table."""

    def __init__(self, table: str, *columns: str) -> None:
        self._width = len(columns)
        row = f"({', '.join('?' * self._width)})"
        # OR FAIL: a failed row leaves the rows before it, where SQLite would otherwise keep a copy of every
        # page the statement changes to undo it by. Whoever inserts takes the whole transaction back.
        head = f"INSERT OR FAIL INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - names of ours
        self._statements = [(size, head + ", ".join([row] * size)) for size in _AT_A_TIME]

    def write(self, db: sqlite3.Connection, rows: Iterable[Iterable[object]]) -> None:
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
                db.execute(statement, values[at : at + step])
                at += step
