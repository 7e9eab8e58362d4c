"""Writes the table of docs/security.md: python -m tests.docs.security_page."""

from collections.abc import Iterator
from pathlib import Path

from tests.docs.named_tests import full_id, write_between
from tests.docs.security_broker import ON_THE_WAY
from tests.docs.security_people import IN_THE_CHAT
from tests.docs.security_secrets import OF_SECRETS
from tests.docs.security_threats import FILES, Threat

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN = "<!-- table: python -m tests.docs.security_page -->"
END = "<!-- end of table -->"
THREATS = tuple(sorted(IN_THE_CHAT + OF_SECRETS + ON_THE_WAY, key=lambda threat: threat.number))


def row(threat: Threat) -> str:
    """Return a threat as a row of the page."""
    missing = f" **Not covered:** {threat.open}." if threat.open else ""
    tests = "<br>".join(f"`{full_id(FILES, each)}`" for each in threat.tests) or "none"
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
    write_between(PAGE, BEGIN, END, table())


if __name__ == "__main__":
    main()
