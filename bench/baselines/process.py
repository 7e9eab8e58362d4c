"""``python -m bench.baselines.process PLAN``: one baseline in its own process.

Says ``ready`` once everything is open and warm, then ``done`` after the last answer of each round.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import msgspec

from bench.accounts import Client
from bench.baselines.baseline import Baseline
from bench.messages import BaselinePlan

#: Which class each is; only the one that is played is imported.
BASELINES: Mapping[Client, str] = {
    Client.FLOOR: "floor:Floor",
    Client.FLOOR_COMMIT: "floor:FloorCommit",
    Client.AIOHTTP: "aiohttp_copier:AiohttpCopier",
    Client.THREADS: "kite_sdk:KiteThreads",
    Client.LOOP: "kite_sdk:KiteLoop",
}


def main() -> None:
    """Play rounds until the process is ended."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=BaselinePlan)
    module, _, name = BASELINES[plan.group.client].partition(":")
    made = getattr(importlib.import_module(f"bench.baselines.{module}"), name)
    baseline = cast("Callable[[BaselinePlan], Baseline]", made)(plan)
    try:
        baseline.open()
        _say("ready")
        while True:
            baseline.place(baseline.next_side())
            _say("done")
    finally:
        baseline.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
