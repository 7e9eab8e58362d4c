"""``python -m bench.baseline_process PLAN``: one baseline in its own process.

Says ``ready`` once everything is open and warm, then ``done`` after the last answer of each round.
"""

import sys
from pathlib import Path

import msgspec

from bench.baselines import BASELINES
from bench.messages import BaselinePlan


def main() -> None:
    """Play rounds until the process is ended."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=BaselinePlan)
    baseline = BASELINES[plan.group.client](plan)
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
