"""Run as a script: fork a writer, kill it in the middle, look at the store; thirty times.

Forking keeps a round at a few milliseconds. Prints one line a round: what was acknowledged, what
was found, and SQLite's verdict.
"""

import os
import select
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from engine.core.decide import trading_day_of
from engine.core.values import records as r
from engine.core.values.events import Ticked
from storage.journal import STORE_NAME, Journal
from tests.core.core_world import MORNING

ROUNDS = 30


def write_for_ever(folder: Path, told: int) -> None:
    """Commit and tell each commit's number once it is durable, until killed."""
    journal = Journal.open(folder)
    number = journal.load().totp_failures
    event = Ticked(at=MORNING, trading_day=trading_day_of(MORNING))
    while True:
        number += 1
        record = r.TotpCounted(failures=number, locked=False)
        journal.commit([(event, [record])])
        os.write(told, f"{number}\n".encode())


def one_round(folder: Path, commits: int) -> tuple[int, int, str]:
    """Kill a writer after so many acknowledged commits; return acknowledged, found, verdict."""
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write_for_ever(folder, tell)
        finally:
            os._exit(1)
    os.close(tell)
    heard = b""
    while heard.count(b"\n") < commits:
        ready, _, _ = select.select([hear], [], [], 10)
        piece = os.read(hear, 65536) if ready else b""
        if not piece:
            raise SystemExit("the writer stopped by itself")
        heard += piece
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(hear, 65536):  # what it still told before it died
        heard += piece
    os.close(hear)
    acknowledged = int(heard.split(b"\n")[-2])
    journal = Journal.open(folder)
    found = journal.load().totp_failures
    journal.close()
    with closing(sqlite3.connect(folder / STORE_NAME)) as db, db:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    return acknowledged, found, verdict


if __name__ == "__main__":
    where = Path(sys.argv[1])
    for round_number in range(ROUNDS):
        print(*one_round(where, commits=1 + round_number % 7), flush=True)  # noqa: T201
