"""Hunts for seeds of the chat that break a promise, and makes a failing plan smaller.

python -m tests.sim.hunt_chat 0 500 --seconds 300
python -m tests.sim.hunt_chat 42 --shrink        leave parts out of one plan while it fails
"""

import argparse
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.clock import SystemClock
from tests.sim.conftest import MEMORY
from tests.sim.sim_chat_day import run_chat_day
from tests.sim.sim_chat_plan import ChatPlan, chat_plan_of


def violations(plan: ChatPlan) -> list[str]:
    """Run a plan; a crash of the run is a violation too."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        return run_chat_day(plan, folder).violations
    except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to this plan
        return [f"crashed: {error!r}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shrunk(plan: ChatPlan) -> ChatPlan:
    """Return a plan of which every part is needed for it to fail."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _without_one(plan):
            if violations(candidate):
                plan, smaller = candidate, True
                break
    return plan


def _without_one(plan: ChatPlan) -> Iterator[ChatPlan]:
    for name in ("deaths", "troubles", "deeds"):
        parts = getattr(plan, name)
        if len(parts) > 3:
            yield replace(plan, **{name: parts[: len(parts) // 2]})
            yield replace(plan, **{name: parts[len(parts) // 2 :]})
        for index in range(len(parts)):
            yield replace(plan, **{name: parts[:index] + parts[index + 1 :]})


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.hunt_chat", description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int, nargs="?")
    parser.add_argument("--seconds", type=float, default=400.0)
    parser.add_argument("--shrink", action="store_true")
    asked = parser.parse_args()
    logging.disable()  # refused calls are part of many a day
    clock = SystemClock()
    until, ran, failed = clock.monotonic() + asked.seconds, 0, []
    for seed in range(asked.first, asked.last or asked.first + 1):
        if clock.monotonic() > until:
            break
        plan = chat_plan_of(seed)
        said = violations(plan)
        ran += 1
        if not said:
            continue
        failed.append(seed)
        if asked.shrink:
            plan = shrunk(plan)
            said = violations(plan)
            print(plan)  # noqa: T201 - a tool of the terminal
        print(f"== {seed}", *said[:60], sep="\n   ", flush=True)  # noqa: T201
    print(f"{ran} days, {len(failed)} broke a promise: {failed}")  # noqa: T201


if __name__ == "__main__":
    main()
