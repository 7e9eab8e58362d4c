"""Writes the tables of docs/recovery.md: python -m tests.docs.recovery_page

They are made from the catalogue and from the planted faults.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from tests.core.test_core_interleavings import RACES
from tests.docs.catalogue import FILES, Entry, Status
from tests.docs.catalogue_cases import CASES
from tests.docs.catalogue_faults import FAULTS
from tests.sim.mutants.table import ELSEWHERE, MUTANTS
from tests.sim.test_sim_known_cases import CASES as KNOWN

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "recovery.md"
BEGIN = "<!-- tables: python -m tests.docs.recovery_page -->"
END = "<!-- end of tables -->"
#: What a bracket after a test's name may say.
WORDS = (
    {mutant.name for mutant in MUTANTS}
    | {case.words for case in KNOWN}
    | {f"row {race.row}: {race.words}" for race in RACES}
)


def full_id(short: str) -> str:
    """Return a test's id in full."""
    room, _, name = short.partition("::")
    return f"{FILES[room]}::test_{name}"


@functools.cache
def tests_of(path: str) -> frozenset[str]:
    """Return the names of the tests of a file; none where there is no such file."""
    if not (ROOT / path).is_file():
        return frozenset()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def exists(short: str) -> bool:
    """Return whether a test is there, and its words in brackets are among the cases of a table."""
    path, _, name = full_id(short).partition("::")
    name, _, words = name.partition("[")
    return name in tests_of(path) and (not words or words.removesuffix("]") in WORDS)


def line(entry: Entry, *, landed: bool) -> str:
    """Return a row of the page; `landed` is whether what is coming counts as there."""
    tests = (*entry.tests, *(entry.coming if landed else ()))
    done = landed and entry.coming
    status = Status.HELD if done else entry.status
    note = "" if done or not entry.note else f": {entry.note}"
    named = "<br>".join(f"`{full_id(each)}`" for each in tests)
    return f"| {entry.number} | {entry.words} | {named} | {status.value}{note} |"


def rows(entries: tuple[Entry, ...]) -> Iterator[str]:
    yield "| # | what goes wrong | tests | |"
    yield "|---|---|---|---|"
    for entry in entries:
        landed = bool(entry.coming) and all(exists(each) for each in entry.coming)
        yield line(entry, landed=landed)


def mutant_rows() -> Iterator[str]:
    yield "| planted fault | what it breaks | caught by | the promise that is said |"
    yield "|---|---|---|---|"
    for mutant in MUTANTS:
        where = mutant.plant.__module__.rpartition(".")[2]
        days = f"{len(mutant.plans)} small day{'s' if len(mutant.plans) > 1 else ''} of `{where}`"
        yield f"| {mutant.name} | {mutant.breaks} | {days} | {mutant.said.strip()} |"
    for other in ELSEWHERE:
        yield f"| {other.name} | {other.breaks} | `{other.test}` | {other.said} |"


def tables() -> str:
    """Return all tables of the page."""
    parts = (
        ("## The catalogue of faults", rows(FAULTS)),
        ("## Forty cases that other copy traders fail on", rows(CASES)),
        (f"## {len(MUTANTS) + len(ELSEWHERE)} planted faults", mutant_rows()),
    )
    return "\n\n".join(f"{heading}\n\n" + "\n".join(lines) for heading, lines in parts)


def main() -> None:
    """Write the tables into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
