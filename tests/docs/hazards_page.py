"""Writes the table of docs/chat-hazards.md: python -m tests.docs.hazards_page."""

from collections.abc import Iterator
from pathlib import Path

from tests.docs.chat_hazards import FILES, HAZARDS, Hazard
from tests.docs.recovery_page import tests_of

PAGE = Path(__file__).parents[2] / "docs" / "chat-hazards.md"
BEGIN = "<!-- table: python -m tests.docs.hazards_page -->"
END = "<!-- end of table -->"


def full_id(short: str) -> str:
    """Return a test's id in full."""
    room, _, name = short.partition("::")
    return f"{FILES[room]}::test_{name}"


def exists(short: str) -> bool:
    """Return whether a test is there."""
    path, _, name = full_id(short).partition("::")
    return name in tests_of(path)


def row(hazard: Hazard) -> str:
    """Return a hazard as a row of the page."""
    source = f" {hazard.source}" if hazard.source else ""
    missing = f" **Not held:** {hazard.open}." if hazard.open else ""
    tests = "<br>".join(f"`{full_id(each)}`" for each in hazard.tests)
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
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
