"""Reads ``requirements.lock``: what is installed, by which hashes, and what asked for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: The lock that every installation is made from.
LOCK = Path(__file__).parents[1] / "requirements.lock"

_PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
# What uv writes of the project itself: "kitecopytrader (pyproject.toml)", with ":dev" for what only
# developing needs.
_OURS, _DEV = "kitecopytrader (pyproject.toml", ":dev)"


class LockError(Exception):
    """The lock holds a line that cannot be understood; nothing can be said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One package of the lock; one that differs by Python version is in it more than once.

    Attributes:
        hashes: SHA-256 of each file that may be installed of it.
        asked_by: Names of the packages that need it.
        by_us: Whether the program itself needs it; ``by_dev``: whether developing it does.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]
    by_us: bool
    by_dev: bool


def read_lock(text: str) -> tuple[Locked, ...]:
    """Return the packages of a lock.

    Raises:
        LockError: A package is not pinned to one version.
    """
    found = []
    for block in re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE):
        if not block.strip() or block.startswith("#"):
            continue
        pinned = _PINNED.match(block)
        if pinned is None:
            raise LockError(f"not pinned to one version: {block.splitlines()[0]}")
        asked = [
            line.lstrip(" #").removeprefix("via").strip()
            for line in block.splitlines()
            if line.lstrip().startswith("#")
        ]
        ours = [each for each in asked if each.startswith(_OURS)]
        one = Locked(
            name=pinned["name"],
            version=pinned["version"],
            hashes=tuple(_HASH.findall(block)),
            asked_by=tuple(each for each in asked if each and each not in ours),
            by_us=any(not each.endswith(_DEV) for each in ours),
            by_dev=any(each.endswith(_DEV) for each in ours),
        )
        found.append(one)
    return tuple(found)


def shipped(packages: Iterable[Locked]) -> frozenset[str]:
    """Return the names of what the program itself needs, directly or through others."""
    packages = tuple(packages)
    found = {each.name for each in packages if each.by_us}
    while True:
        more = {
            each.name
            for each in packages
            if each.name not in found and found.intersection(each.asked_by)
        }
        if not more:
            return frozenset(found)
        found |= more
