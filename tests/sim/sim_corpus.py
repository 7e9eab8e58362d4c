"""Plans as text: the corpus of days that once broke a promise, and how a failing day is told."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.sim.sim_plan import Plan

CORPUS = Path(__file__).with_name("corpus.json")


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan that is run for ever.

    Attributes:
        name: Where it came from; the test's name.
        found: What was wrong when it was found.
        plan: The day.
    """

    name: str
    found: str
    plan: Plan


def corpus() -> list[Kept]:
    """Return the kept plans.

    Raises:
        msgspec.DecodeError: The file is no list of plans: mend it.
    """
    return msgspec.json.decode(CORPUS.read_bytes(), type=list[Kept])


def keep(kept: Kept) -> None:
    """Add a plan to the corpus, or put it in the place of the one of its name."""
    others = [each for each in corpus() if each.name != kept.name] if CORPUS.exists() else []
    lines = [msgspec.json.encode(each).decode() for each in (*others, kept)]
    CORPUS.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def as_text(plan: Plan) -> str:
    """Return a plan as one line."""
    return msgspec.json.encode(plan).decode()


def from_text(text: str) -> Plan:
    """Return the plan of a line; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(text, type=Plan)


def complaint(plan: Plan, violations: list[str]) -> str:
    """Return what is to be told of a plan that broke a promise: all of it, and how to run it again."""
    text = as_text(plan).replace("'", "'\\''")
    return "\n".join(
        [
            f"{len(violations)} promises were broken:", *violations, str(plan),
            "run it again, or make it smaller with --shrink:",
            f"  .venv/bin/python -m tests.sim.hunt plan '{text}'",
        ]
    )  # fmt: skip
