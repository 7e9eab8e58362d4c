"""Hunts for seeds that break a promise, and makes a failing plan smaller.

python -m tests.sim.hunt life 0 500 --seconds 300     days of the whole life of orders
python -m tests.sim.hunt odd 0 500                    the same with stalls, clocks, hands, frozen books
python -m tests.sim.hunt choices 0 500                lives of followers who are asked first, and of spreads
python -m tests.sim.hunt plain 0 500                  days of MARKET and LIMIT orders
python -m tests.sim.hunt paper 0 500                  the same on paper, in thin markets
python -m tests.sim.hunt paper-life 0 500             days of the whole life of orders on paper
python -m tests.sim.hunt life 42 --shrink             leave parts out of one plan while it fails
python -m tests.sim.hunt plan '{...}' [--shrink]      a plan as it was printed
python -m tests.sim.hunt life 55 --digest             print the fingerprint of a day
"""

import argparse
import hashlib
import logging
import re
import shutil
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.clock import SystemClock
from tests.sim.conftest import MEMORY
from tests.sim.sim_choices import choices_of
from tests.sim.sim_corpus import complaint, from_text
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_life import life_of
from tests.sim.sim_odd import odd_of
from tests.sim.sim_outcome import Outcome
from tests.sim.sim_paper import paper_life_of, paper_of
from tests.sim.sim_plan import Plan, plan_of

DAYS = {
    "life": life_of,
    "plain": plan_of,
    "odd": odd_of,
    "paper": paper_of,
    "paper-life": paper_life_of,
    "choices": choices_of,
}


def violations(plan: Plan) -> list[str]:
    """Run a plan and return what it broke."""
    return observed(plan).violations


def observed(plan: Plan) -> Outcome:
    """Run a plan; a crash of the run is a violation too."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        return run_day(plan, folder, rest_s=HEALED_S)
    except BaseException as error:  # whatever it was, it belongs to this plan
        if isinstance(error, KeyboardInterrupt):
            raise
        lines = traceback.format_exc().splitlines()[-40:]
        return Outcome(violations=[f"crashed: {error!r}", *lines])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shrunk(plan: Plan) -> Plan:
    """Return a plan from which nothing can be left out without it keeping that promise."""
    promise = {_promise(said) for said in violations(plan)}
    smaller = True
    while smaller:
        smaller = False
        for candidate in _without_one(plan):
            if promise & {_promise(said) for said in violations(candidate)}:
                plan, smaller = candidate, True
                break
    return plan


def _promise(said: str) -> str:
    """Return a violation without its figures, tags and names: which promise it is about."""
    return " ".join(re.findall(r"\b[a-z]{3,}\b", said.replace("father", "").replace("mother", "")))


def _without_one(plan: Plan) -> Iterator[Plan]:
    """Yield the plan with one part less: the bold cuts first."""
    for name in ("deaths", "troubles"):
        if getattr(plan, name):
            yield replace(plan, **{name: ()})
    half = len(plan.acts) // 2
    if half > 1:
        yield replace(plan, acts=plan.acts[half:])
        yield replace(plan, acts=plan.acts[:half])
    for name in ("deaths", "troubles", "acts"):
        parts = getattr(plan, name)
        for index in range(len(parts)):
            yield replace(plan, **{name: parts[:index] + parts[index + 1 :]})
    if len(plan.multipliers) > 1:
        for index in range(len(plan.multipliers)):
            yield replace(
                plan, multipliers=(plan.multipliers[index],), mirrors=(plan.mirrors[index],),
                sizings=plan.sizings[index : index + 1],
            )  # fmt: skip


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim.hunt", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("days", choices=[*DAYS, "plan"])
    parser.add_argument("first", help="the first seed, or a plan as text")
    parser.add_argument("last", type=int, nargs="?")
    parser.add_argument("--seconds", type=float, default=400.0)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--digest", action="store_true")
    asked = parser.parse_args()
    logging.disable()  # refused reads are part of many a day
    named: Iterable[tuple[str, Plan]]
    if asked.days == "plan":
        named = [("plan", from_text(asked.first))]
    else:
        first = int(asked.first)
        seeds = range(first, asked.last or first + 1)
        # One after the other: a range may be as long as it likes.
        named = ((f"{asked.days} {seed}", DAYS[asked.days](seed)) for seed in seeds)
    if asked.digest:
        for name, plan in named:
            print(name, digest(plan))  # noqa: T201 - a tool of the terminal
        return
    _hunt(named, seconds=asked.seconds, shrink=asked.shrink)


def _hunt(named: Iterable[tuple[str, Plan]], *, seconds: float, shrink: bool) -> None:
    clock = SystemClock()
    until, ran, failed = clock.monotonic() + seconds, 0, []
    for name, plan in named:
        if clock.monotonic() > until:
            break
        said = violations(plan)
        ran += 1
        if not said:
            continue
        failed.append(name)
        smallest = shrunk(plan) if shrink else plan
        said = violations(smallest) if shrink else said
        print(f"== {name}", complaint(smallest, said[:60]), sep="\n", flush=True)  # noqa: T201
    print(f"{ran} days, {len(failed)} broke a promise: {failed}")  # noqa: T201


def digest(plan: Plan) -> str:
    """Return the fingerprint of a day: every write, every turn of the loop, everything that was told."""
    return hashlib.sha256(repr(observed(plan)).encode()).hexdigest()


if __name__ == "__main__":
    main()
