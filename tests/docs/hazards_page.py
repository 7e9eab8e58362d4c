"""Writes the table of docs/chat-hazards.md: python -m tests.docs.hazards_page."""

from collections.abc import Iterator
from pathlib import Path

from tests.docs.chat_hazards import FILES, HAZARDS, Hazard
from tests.docs.named_tests import full_id, write_between

PAGE = Path(__file__).parents[2] / "docs" / "chat-hazards.md"
BEGIN = "<!-- table: python -m tests.docs.hazards_page -->"
END = "<!-- end of table -->"


def row(hazard: Hazard) -> str:
    """Return a hazard as a row of the page."""
    source = f" {hazard.source}" if hazard.source else ""
    missing = f" **Not held:** {hazard.open}." if hazard.open else ""
    tests = "<br>".join(f"`{full_id(FILES, each)}`" for each in hazard.tests)
    return f"| {hazard.number} | {hazard.words}{source} | {hazard.ours}{missing} | {tests} |"


def table() -> str:
    """Return the whole table."""

    def lines() -> Iterator[str]:
        yield "| # | what goes wrong with chats | what this one does | tests |"
        yield "|---|---|---|---|"
        yield from map(row, HAZARDS)

    return "\n".join(lines())


def main() -> None:
    """Write the table into the page."""
    write_between(PAGE, BEGIN, END, table())


if __name__ == "__main__":
    main()
