"""Writes the table of docs/security.md: python -m tests.docs.security_page."""

from collections.abc import Iterator
from pathlib import Path

from tests.docs.recovery_page import tests_of
from tests.docs.security_threats import FILES, THREATS, Threat

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN = "<!-- table: python -m tests.docs.security_page -->"
END = "<!-- end of table -->"


def full_id(short: str) -> str:
    """Return a test's id in full."""
    room, _, name = short.partition("::")
    return f"{FILES[room]}::test_{name}"


def exists(short: str) -> bool:
    """Return whether a test is there."""
    path, _, name = full_id(short).partition("::")
    return name in tests_of(path)


def row(threat: Threat) -> str:
    """Return a threat as a row of the page."""
    missing = f" **Not covered:** {threat.open}." if threat.open else ""
    tests = "<br>".join(f"`{full_id(each)}`" for each in threat.tests) or "none"
    return f"| {threat.number} | {threat.words} | {threat.ours}{missing} | {tests} |"


def table() -> str:
    """Return the whole table."""

    def lines() -> Iterator[str]:
        yield "| # | threat | safeguard | tests |"
        yield "|---|---|---|---|"
        yield from map(row, THREATS)

    return "\n".join(lines())


def main() -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
