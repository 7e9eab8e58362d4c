"""``python -m bench.growth.recovery_process DATA_DIR``: what a start does with a store, one line of JSON about it.

``DATA_DIR snapshot EVENTS`` makes a snapshot first that lacks so many of the newest events.
"""

import resource
import sys
import time
from pathlib import Path

import msgspec

from engine.clock import SystemClock
from engine.core.state.fold import apply
from engine.core.state.state import State
from storage.chain import Head
from storage.codec import decode_row
from storage.journal import Journal
from storage.snapshot import SNAPSHOT_NAME, write_snapshot

_LATER = "SELECT seq, kind, body FROM records WHERE event <= ? ORDER BY seq"


class Recovery(msgspec.Struct):
    """Seconds of the processor, which a busy machine stretches less than the clock's, and megabytes.

    ``start_s`` is all from the process's beginning to the folded state.
    """

    start_s: float
    proved_s: float
    folded_s: float
    told_s: float
    memory_mb: float
    events: int
    orders: int


def recover(data_dir: Path) -> Recovery:
    """Open a store as a start does; say how long each step took."""
    began = time.process_time()
    journal = Journal.open(data_dir)
    proved = time.process_time()
    state = journal.load()
    folded = time.process_time()
    now = max((child.planned_at for child in state.children.values()), default=SystemClock().now())
    journal.waiting_notices((1,), since=now)
    journal.not_forwarded(("email",), since=now)
    told = time.process_time()
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Recovery(
        start_s=folded,
        proved_s=proved - began,
        folded_s=folded - proved,
        told_s=told - folded,
        memory_mb=peak_kb / 1024,
        events=journal.newest_event,
        orders=len(state.children),
    )


def snapshot_before(data_dir: Path, events: int) -> None:
    """Make a snapshot as it was some events ago."""
    (data_dir / SNAPSHOT_NAME).unlink(missing_ok=True)
    journal = Journal.open(data_dir)
    db = journal._db  # noqa: SLF001 - a store of ours, of which a part is read
    seq = max(1, journal.newest_event - events)
    (link,) = db.execute("SELECT chain FROM events WHERE seq = ?", (seq,)).fetchone()
    state, record = State(install_id=journal.install_id), 0
    for record, kind, body in db.execute(_LATER, (seq,)):  # noqa: B007 - the last one is meant
        for each in decode_row(kind, body):
            apply(state, each)
    head = Head(seq=seq, link=bytes(link))
    write_snapshot(data_dir, state, install_id=journal.install_id, head=head, record=record)
    journal.close()


def main(arguments: list[str]) -> None:
    """Answer and end."""
    data_dir = Path(arguments[0])
    if arguments[1:2] == ["snapshot"]:
        snapshot_before(data_dir, int(arguments[2]))
        return
    sys.stdout.buffer.write(msgspec.json.encode(recover(data_dir)) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
