"""What the engine's own memory comes to, evening by evening, over many days of one life of the program.

``python -m tests.sim.busy_memory --days 30`` writes one line of JSON: bytes that the code of `engine`, `storage` and `bot`
holds each evening, after a search for cycles. What the exchange of the simulation holds is not counted.
"""

import argparse
import gc
import json
import sys
import tempfile
import tracemalloc
from pathlib import Path

from tests.sim.busy_days import BusyDays, play

OURS = tuple(tracemalloc.Filter(True, f"*/{room}/*") for room in ("engine", "storage", "bot"))


def held() -> int:
    """Return the bytes that our code holds now."""
    gc.collect()
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(OURS).traces)


def evenings(days: int, *, followers: int, orders: int) -> list[int]:
    """Return what is held on each evening."""
    found: list[int] = []

    def ended(_busy: BusyDays, _day: int) -> None:
        found.append(held())

    with tempfile.TemporaryDirectory() as folder:
        tracemalloc.start(1)
        try:
            play(Path(folder), followers=followers, orders=orders, days=days, ended=ended)
        finally:
            tracemalloc.stop()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.sim.busy_memory", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--followers", type=int, default=2)
    parser.add_argument("--orders", type=int, default=20)
    asked = parser.parse_args()
    bytes_held = evenings(asked.days, followers=asked.followers, orders=asked.orders)
    sys.stdout.write(f"{json.dumps(bytes_held)}\n")
