"""Writes the part of requirements.lock that the program needs to run, without what only its tests need.

``python deploy/runtime_lock.py requirements.lock`` writes to stdout, hashes and markers as they are. What asks
for a package stands in the lock itself ("# via"), so no network and no library is needed.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# How the lock names the program, and so what it needs itself; its development group is ``…toml:dev``.
_PROGRAM = "kitecopytrader (pyproject.toml)"
_FIRST_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==")


def runtime_lock(lock: str) -> str:
    """Return the lines of a lock, as ``uv pip compile`` writes it, that a program without its tests needs.

    Raises:
        ValueError: A line is of no known form: the lock was made in another way.
    """
    blocks = _blocks(lock)
    asked_by = {name: _asked_by(block) for name, block in blocks.items()}
    needed = _reached(asked_by)
    return "".join("".join(blocks[name]) for name in blocks if name in needed)


def _blocks(lock: str) -> dict[str, list[str]]:
    """Return the lines of each package, in order."""
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        begins = _FIRST_LINE.match(line)
        if begins:
            name = begins[1]
            blocks[name] = []
        elif not line.startswith(" ") or not name:
            raise ValueError(f"not a line of a lock: {line.strip()[:60]}")
        blocks[name].append(line)
    return blocks


def _asked_by(block: Iterable[str]) -> set[str]:
    """Return what asks for a package."""
    told = (line.strip() for line in block)
    names = (
        line.removeprefix("#").strip().removeprefix("via").strip()
        for line in told
        if line.startswith("#")
    )
    return {name for name in names if name}


def _reached(asked_by: Mapping[str, set[str]]) -> set[str]:
    needed = {_PROGRAM}
    while True:
        more = {name for name, by in asked_by.items() if by & needed} - needed
        if not more:
            return needed
        needed |= more


if __name__ == "__main__":
    sys.stdout.write(runtime_lock(Path(sys.argv[1]).read_text(encoding="utf-8")))
