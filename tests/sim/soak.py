"""Runs schedules by the ten thousand on every core, and says what came of them.

python -m tests.sim.soak                          100,000 schedules
python -m tests.sim.soak --schedules 5000 --first 1000000 --seconds 600
python -m tests.sim.soak --json soak.json

Three eighths of them are odd days, a quarter lives (a tenth of them on paper), an eighth each plain days (four
tenths on paper), days of people who are asked first and of spreads, and deaths at a seam, one to three deep.
Ctrl-C, or SIGTERM, ends it with the summary so far. The exit status is 1 where a promise was broken. What broke
one is said at once, and its plan is in the JSON from then on; the first are printed with the command that runs
them again.
"""

import argparse
import contextlib
import json
import logging
import multiprocessing
import platform
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.clock import SystemClock
from tests.sim.hunt import observed
from tests.sim.sim_choices import choices_of
from tests.sim.sim_corpus import as_text
from tests.sim.sim_kills import AGAIN, SCENES
from tests.sim.sim_life import life_of
from tests.sim.sim_odd import odd_of
from tests.sim.sim_paper import paper_life_of, paper_of
from tests.sim.sim_plan import Death, Plan, plan_of

SCHEDULES = 100_000
#: Failures that are printed with their plan while it runs; of the rest the seed is.
LISTED = 5
#: The share of plain days that are lived on paper; of lives it is a quarter of that.
ON_PAPER = 0.4
#: Seams that a scene passes at most.
_SEAMS = 95


@dataclass(slots=True)
class Sum:
    """What has been run so far; `first` and `last` are the least and the greatest of the seeds."""

    schedules: int = 0
    first: int | None = None
    last: int | None = None
    kills: int = 0
    lives: int = 0
    children: int = 0
    writes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[dict[str, object]] = field(default_factory=list)


def schedule(seed: int) -> tuple[str, Plan]:
    """Return the kind and the plan of a seed."""
    match seed % 8:
        case 0:
            scenes = list(SCENES)
            again = ((), *AGAIN)[seed // 8 // len(scenes) // _SEAMS % (1 + len(AGAIN))]
            places = (1 + seed // 8 // len(scenes) % _SEAMS, *again)
            name = scenes[seed // 8 % len(scenes)]
            deaths = tuple(Death("seam", n, 1.2) for n in places)
            return f"kill {name}", replace(SCENES[name], deaths=deaths)
        case 1:
            # Of a stream apart, as all that came later: the plans themselves are those of `hunt`.
            return ("paper", paper_of(seed)) if _on_paper(seed) else ("plain", plan_of(seed))
        case 2 | 3 if _on_paper(seed) and seed // 8 % 4 == 0:
            return "paper-life", paper_life_of(seed)
        case 2 | 3:
            return "life", life_of(seed)
        case 4:
            return "choices", choices_of(seed)
        case _:
            return "odd", odd_of(seed)


def _on_paper(seed: int) -> bool:
    return random.Random(f"{seed}:on-paper").random() < ON_PAPER


def _run(seed: int) -> tuple[int, str, dict[str, object]]:
    kind, plan = schedule(seed)
    outcome = observed(plan)
    found: dict[str, object] = {
        "kills": outcome.kills, "lives": outcome.lives, "children": outcome.children,
        "writes": outcome.writes, "faults": outcome.faults, "violations": outcome.violations,
    }  # fmt: skip
    return seed, kind, found


def _begin() -> None:
    logging.disable()
    # Ctrl-C is for the one who counts; he ends these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def soak(
    seeds: range, *, seconds: float, cores: int, console: Console, keep: Callable[[Sum], None]
) -> Sum:
    """Run the schedules of these seeds until they or the seconds are over, or it is told to end.

    Args:
        seeds: What is run, in this order.
        seconds: How long at most; the schedules that run then are not counted.
        cores: Processes.
        console: Where the progress and what broke a promise is shown.
        keep: Called with the sum so far whenever a promise was broken.
    """
    for told in (signal.SIGINT, signal.SIGTERM):
        # Begun in the background by a shell, it would not hear of Ctrl-C.
        signal.signal(told, signal.default_int_handler)
    total, clock = Sum(), SystemClock()
    until = clock.monotonic() + seconds
    columns = (
        TextColumn("schedules"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[broken]} broke a promise"),
    )  # fmt: skip
    with (
        contextlib.suppress(KeyboardInterrupt),
        multiprocessing.get_context("spawn").Pool(cores, initializer=_begin) as pool,
        Progress(*columns, console=console) as progress,
    ):
        bar = progress.add_task("", total=len(seeds), broken=0)
        for done in _until(pool.imap_unordered(_run, seeds, chunksize=4), clock, until):
            _add(total, *done, console=progress.console)
            if done[2]["violations"]:
                keep(total)
            progress.update(bar, advance=1, broken=len(total.broken))
    return total


def _until(
    found: Iterator[tuple[int, str, dict[str, object]]], clock: SystemClock, until: float
) -> Iterator[tuple[int, str, dict[str, object]]]:
    for each in found:
        yield each
        if clock.monotonic() > until:
            return


def _add(total: Sum, seed: int, kind: str, found: dict[str, object], *, console: Console) -> None:
    total.schedules += 1
    total.first = seed if total.first is None else min(seed, total.first)
    total.last = seed if total.last is None else max(seed, total.last)
    for name in ("kills", "lives", "children", "writes"):
        setattr(total, name, getattr(total, name) + found[name])
    total.faults.update(found["faults"])
    if not found["violations"]:
        return
    text = as_text(schedule(seed)[1])
    total.broken.append(
        {"seed": seed, "kind": kind, "violations": found["violations"], "plan": text}
    )
    said = "\n  ".join(list(found["violations"])[:8])
    if len(total.broken) <= LISTED:
        said += f"\n  .venv/bin/python -m tests.sim.hunt plan '{text}' --shrink"
    console.print(f"{kind}, seed {seed}\n  {said}", markup=False, soft_wrap=True)


def _told(total: Sum, seeds: range, took: float) -> dict[str, object]:
    """Return the summary."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "schedules": total.schedules,
        "seeds": _ran(total, seeds),
        "seconds": round(took, 1),
        "schedules a second": round(total.schedules / max(took, 0.001), 1),
        "child orders": total.children,
        "writes": total.writes,
        "lives of the program": total.lives,
        "kills": total.kills,
        "restarts": max(0, total.lives - total.schedules),
        "faults that struck": dict(total.faults.most_common()),
        "schedules that broke a promise": len(total.broken),
        "their seeds": [each["seed"] for each in total.broken],
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "commit": commit or "unknown",
    }


def _ran(total: Sum, seeds: range) -> str:
    """Return which seeds were run; where it was ended early, that too."""
    ran = "none" if total.first is None else f"{total.first} to {total.last}"
    if total.schedules == len(seeds):
        return ran
    return f"{ran} (ended early: {total.schedules} of {len(seeds)})"


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim.soak", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--schedules", type=int, default=SCHEDULES)
    parser.add_argument("--first", type=int, default=100_000, help="the first seed")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--cores", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--json", type=Path, default=Path("soak.json"), help="where it is written")
    asked = parser.parse_args()
    console, clock = Console(), SystemClock()
    seeds, began = range(asked.first, asked.first + asked.schedules), clock.monotonic()

    def keep(total: Sum) -> dict[str, object]:
        told = _told(total, seeds, clock.monotonic() - began)
        asked.json.write_text(json.dumps(told | {"broken": total.broken}, indent=1) + "\n")
        return told

    total = soak(seeds, seconds=asked.seconds, cores=asked.cores, console=console, keep=keep)
    told = keep(total)
    for name, value in told.items():
        lines = [f"  {n:7} {each}" for each, n in value.items()] if isinstance(value, dict) else []
        console.print(
            "\n".join([f"{name}:", *lines]) if lines else f"{name}: {value}", markup=False
        )
    console.print(f"written to {asked.json}", markup=False)
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
