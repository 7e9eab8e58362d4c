"""Looks for known holes in what the lock installs, and for code that runs by itself: ``make audit``.

Exit status 0: every package was looked up and none has a known hole. 1: something was found. 2: nothing was
found, but not every package could be looked up, so that proves little.
"""

import re
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from supply_chain.lock import LOCK

#: A lookup that takes longer counts as not reachable.
_PATIENCE_S = 600.0
#: Files that run code at every start of the interpreter, and whose they are.
EXPECTED_STARTERS = {
    "distutils-precedence.pth": "setuptools",
    "_virtualenv.pth": "virtualenv",
    "a1_coverage.pth": "coverage",
}
# Source: Python documentation, module site: only such lines of a .pth file are run.
_RUNS = re.compile(r"^import[ \t]", re.MULTILINE)


class _Hole(msgspec.Struct):
    id: str
    fix_versions: list[str] = []


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    vulns: list[_Hole] = []
    skip_reason: str = ""


class _Answer(msgspec.Struct):
    dependencies: list[_Package]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: lines for people, and the exit status."""

    lines: tuple[str, ...]
    status: int


def judge(answer: bytes) -> Verdict:
    """Return what pip-audit's JSON comes to; what it skipped is never called free of holes.

    Raises:
        msgspec.MsgspecError: It is no such answer.
    """
    packages = msgspec.json.decode(answer, type=_Answer).dependencies
    lines = [
        f"{one.name} {one.version}: {hole.id}, mended in {', '.join(hole.fix_versions) or 'no version yet'}"
        for one in packages
        for hole in one.vulns
    ]
    unknown = [one.name for one in packages if one.skip_reason]
    looked_up = len(packages) - len(unknown)
    if unknown:
        told = f"{', '.join(unknown[:5])}{' and others' if len(unknown) > 5 else ''}"
        lines.append(
            f"NOT AUDITED: {len(unknown)} of {len(packages)} packages could not be looked up ({told})"
            " - run it where pypi.org is reachable"
        )
    if looked_up:
        lines.append(f"looked up: {looked_up} packages")
    found = any(one.vulns for one in packages)
    return Verdict(lines=tuple(lines), status=1 if found else 2 if unknown or not packages else 0)


def starters(folder: Path, *, expected: Collection[str] = tuple(EXPECTED_STARTERS)) -> list[str]:
    """Return files of a site-packages folder that run code at every start and are not known here."""
    found = [
        path.name
        for path in folder.glob("*.pth")
        if path.name not in expected
        and _RUNS.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    found += [name for name in ("sitecustomize.py", "usercustomize.py") if (folder / name).exists()]
    return sorted(found)


def look_up(lock: Path) -> bytes:
    """Return what pip-audit says of a lock, as JSON.

    Raises:
        OSError, subprocess.SubprocessError: It could not be asked.
    """
    command = (
        *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"),
        *("--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"),
    )
    asked = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603 - our own interpreter
    if not asked.stdout.strip():
        raise subprocess.SubprocessError(asked.stderr.decode("utf-8", "replace").strip()[-200:])
    return asked.stdout


def main(arguments: Sequence[str]) -> int:
    """Say what was found and return the exit status."""
    lock = Path(arguments[0]) if arguments else LOCK
    try:
        verdict = judge(look_up(lock))
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        why = " ".join(str(error).split())
        verdict = Verdict(
            lines=(
                f"NOT AUDITED: nothing could be looked up ({why}) - run it where pypi.org is reachable",
            ),
            status=2,
        )
    surprising = starters(Path(sysconfig.get_path("purelib")))
    for name in surprising:
        sys.stdout.write(
            f"{name} runs code at every start and is not known here - look what put it there\n"
        )
    for line in verdict.lines:
        sys.stdout.write(f"{line}\n")
    return 1 if surprising else verdict.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
